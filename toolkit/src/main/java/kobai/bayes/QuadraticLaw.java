package kobai.bayes;

/**
 * Mean and variance of estimators of ∇ E_q f in (μ, σ), q = N(μ, diag σ²), in closed form for a
 * quadratic f:
 *
 * <pre>
 * f(μ + δ) = v + aᵀδ − ½ δᵀHδ                                                           (1)
 * mean: aᵢ in μᵢ, −σᵢHᵢᵢ in σᵢ                                                          (2)
 * reparameterised: Var μᵢ = Σⱼ Hᵢⱼ²σⱼ²,   Var σᵢ = aᵢ² + Var μᵢ + Hᵢᵢ²σᵢ²               (3)
 * score function:  Var = E[(f − b)² h²] − mean²,   h = ε/σ, (ε² − 1)/σ                  (4)
 * </pre>
 *
 * <p>For (4), with t = εᵢ given, A = diag σ H diag σ, β = σ ⊙ a and the rest of ε averaged over,
 *
 * <pre>
 * α(t) = v − b + βᵢ t − ½ Aᵢᵢ t²,   r = Σ_{j≠i} Aⱼⱼ,
 * E[(f − b)² | t] = α² − α r + Σ_{j≠i} (βⱼ − t Aᵢⱼ)² + ¼ r² + ½ Σ_{j,k≠i} Aⱼₖ²          (5)
 * </pre>
 *
 * <p>a polynomial of degree 4 in t, whose moments with t² and (t² − 1)² follow from E t²ᵏ = (2k −
 * 1)!!. All variances are those of one sample; an average of S has 1/S of them, and with the mean
 * of the others as the baseline (a sample covariance of f and h, where E h = 0)
 *
 * <pre>
 * Var = (E[(f − Ef)² h²] − mean²)/S + (Var f · E h² + mean²)/(S (S − 1))                (6)
 * </pre>
 *
 * <p>(3) is {@code reparameterised}, (4) {@code score}, (6) {@code leaveOneOut}.
 *
 * @param value v
 * @param slope a [P]
 * @param curvature H [P × P], symmetric
 * @param sigma σ [P]
 */
public record QuadraticLaw(double value, double[] slope, double[][] curvature, double[] sigma) {
  public QuadraticLaw {
    slope = slope.clone();
    sigma = sigma.clone();
    double[][] copy = new double[curvature.length][];
    for (int i = 0; i < copy.length; i++) {
      copy[i] = curvature[i].clone();
    }
    curvature = copy;
  }

  private int count() {
    return sigma.length;
  }

  private double a(int i, int j) {
    return sigma[i] * curvature[i][j] * sigma[j];
  }

  /** E f. */
  public double expectation() {
    double sum = value;
    for (int i = 0; i < count(); i++) {
      sum -= 0.5 * a(i, i);
    }
    return sum;
  }

  /** Var f = ‖β‖² + ½‖A‖². */
  public double variance() {
    double sum = 0;
    for (int i = 0; i < count(); i++) {
      sum += sigma[i] * slope[i] * sigma[i] * slope[i];
      for (int j = 0; j < count(); j++) {
        sum += 0.5 * a(i, j) * a(i, j);
      }
    }
    return sum;
  }

  /** (2) [2P]. */
  public double[] mean() {
    double[] mean = new double[2 * count()];
    for (int i = 0; i < count(); i++) {
      mean[i] = slope[i];
      mean[count() + i] = -sigma[i] * curvature[i][i];
    }
    return mean;
  }

  /** (3) [2P]. */
  public double[] reparameterised() {
    double[] variance = new double[2 * count()];
    for (int i = 0; i < count(); i++) {
      for (int j = 0; j < count(); j++) {
        double part = curvature[i][j] * sigma[j];
        variance[i] += part * part;
      }
      double own = curvature[i][i] * sigma[i];
      variance[count() + i] = slope[i] * slope[i] + variance[i] + own * own;
    }
    return variance;
  }

  /**
   * (4) [2P] for baselines b [2P]: zero for the plain estimator, {@link #optimalBaselines} for the
   * best that a constant can do.
   */
  public double[] score(double[] baselines) {
    double[] mean = mean();
    double[] variance = new double[mean.length];
    for (int k = 0; k < mean.length; k++) {
      variance[k] = second(k, baselines[k]) - mean[k] * mean[k];
    }
    return variance;
  }

  /** (6) [2P]; S ≥ 2. */
  public double[] leaveOneOut(int samples) {
    double[] mean = mean();
    double[] variance = new double[mean.length];
    for (int k = 0; k < mean.length; k++) {
      double square = mean[k] * mean[k];
      double coupled = variance() * scoreSquare(k) + square;
      variance[k] =
          (second(k, expectation()) - square) / samples + coupled / (samples * (samples - 1.0));
    }
    return variance;
  }

  /** The constants E[f h²]/E[h²] [2P] that make (4) smallest. */
  public double[] optimalBaselines() {
    double[] best = new double[2 * count()];
    for (int i = 0; i < count(); i++) {
      double even = expectation() + 0.5 * a(i, i);
      // E[t²] = 1, E[t⁴] = 3; E[(t² − 1)²] = 2, E[t² (t² − 1)²] = 10.
      best[i] = even - 0.5 * a(i, i) * 3;
      best[count() + i] = even - 0.5 * a(i, i) * 5;
    }
    return best;
  }

  /** E h² of coordinate k. */
  private double scoreSquare(int k) {
    double s = sigma[k % count()];
    return (k < count() ? 1 : 2) / (s * s);
  }

  /** E[(f − b)² h²] of coordinate k, by (5). */
  private double second(int k, double baseline) {
    int i = k % count();
    double rest = 0;
    double squares = 0;
    double constant = 0;
    double quadratic = 0;
    for (int j = 0; j < count(); j++) {
      if (j == i) {
        continue;
      }
      double beta = sigma[j] * slope[j];
      rest += a(j, j);
      constant += beta * beta;
      quadratic += a(i, j) * a(i, j);
      for (int l = 0; l < count(); l++) {
        squares += l == i ? 0 : a(j, l) * a(j, l);
      }
    }
    double a0 = value - baseline;
    double a1 = sigma[i] * slope[i];
    double a2 = -0.5 * a(i, i);
    // Coefficients of 1, t² and t⁴; odd powers vanish on average.
    double c0 = a0 * a0 - a0 * rest + constant + 0.25 * rest * rest + 0.5 * squares;
    double c2 = a1 * a1 + 2 * a0 * a2 - a2 * rest + quadratic;
    double c4 = a2 * a2;
    double scale = 1 / (sigma[i] * sigma[i]);
    // E t² = 1, E t⁴ = 3, E t⁶ = 15, E t⁸ = 105.
    return k < count() ? scale * (c0 + 3 * c2 + 15 * c4) : scale * (2 * c0 + 10 * c2 + 78 * c4);
  }
}
