package kobai.verify;

import java.util.Arrays;
import kobai.estimators.Target;
import kobai.estimators.VarianceLaw;

/**
 * Mean and variance of estimators that are quadratic forms in independent noise e of mean 0,
 * variance 1 and kurtosis κ, which to first order in σ all perturbation methods are:
 *
 * <pre>
 * ĝᵢ = eᵀ Aᵢ e,   E ĝᵢ = tr Aᵢ,   Var ĝᵢ = ‖Aᵢ‖² + tr(Aᵢ Aᵢ) + (κ − 3) Σₖ (Aᵢ)ₖₖ²        (1)
 * </pre>
 *
 * <p>(1) is ½‖Aᵢ + Aᵢᵀ‖² + (κ − 3) Σ diag² written out: Var(eᵀBe) = 2 tr B² + (κ − 3) Σ Bₖₖ² for
 * symmetric B. The estimators differ in A only. With G[s][r] (P-vectors) the gradient in the noise
 * of unroll r of the losses that noise s is credited with,
 *
 * <pre>
 * ĝ = Σ_{s,r} ε_s ⟨G[s][r], ε_r⟩                                                            (2)
 * Aᵢ[(s, i), (r, j)] = G[s][r]ⱼ                                                             (3)
 * one noise an episode (ES, NRES, weight perturbation, forward gradient): K = 1, G = ∇L
 * independent windows (truncated ES): G[t][t] = ∂Lₜ/∂θₜ, zero elsewhere
 * persistent (PES): G[s][r] = Σ_{t ≥ max(s, r)} ∂Lₜ/∂θᵣ
 * node perturbation: ĝᵢ = ⟨cᵢ, e⟩⟨h, e⟩, Aᵢ = cᵢ hᵀ, c the eligibilities and h the loss's gradient in the noise
 * </pre>
 *
 * <p>An average over N/2 antithetic pairs has the variance of one pair over N/2.
 *
 * <p>Source: (1): Seber and Lee (2003), Linear Regression Analysis, theorem 1.6; (2) for PES:
 * Vicol, Metz and Sohl-Dickstein (2021), ICML, appendix.
 */
public final class QuadraticFormOracle {
  private final double[] mean;
  private final double[] frobenius;
  private final double[] cross;
  private final double[] diagonal;
  private final double[] scale;

  private QuadraticFormOracle(
      double[] mean, double[] frobenius, double[] cross, double[] diagonal, double[] scale) {
    this.mean = mean;
    this.frobenius = frobenius;
    this.cross = cross;
    this.diagonal = diagonal;
    this.scale = scale;
  }

  /** One noise vector an episode, all losses credited to it. */
  public static QuadraticFormOracle shared(double[] gradient) {
    return blocks(new double[][][] {{gradient}});
  }

  /**
   * A fresh noise vector every unroll that is credited with the unroll's own loss only; {@code
   * g[t][r]} = ∂Lₜ/∂θᵣ.
   */
  public static QuadraticFormOracle truncated(double[][][] g) {
    double[][][] credits = new double[g.length][g.length][g[0][0].length];
    for (int t = 0; t < g.length; t++) {
      credits[t][t] = g[t][t];
    }
    return blocks(credits);
  }

  /**
   * A fresh noise vector every unroll that is credited with all losses since; {@code g[t][r]} =
   * ∂Lₜ/∂θᵣ.
   */
  public static QuadraticFormOracle persistent(double[][][] g) {
    int unrolls = g.length;
    double[][][] credits = new double[unrolls][unrolls][g[0][0].length];
    for (int s = 0; s < unrolls; s++) {
      for (int r = 0; r < unrolls; r++) {
        for (int t = Math.max(s, r); t < unrolls; t++) {
          Vectors.add(1, g[t][r], credits[s][r]);
        }
      }
    }
    return blocks(credits);
  }

  /**
   * As {@link #persistent}, but every unroll credits the total so far and takes back what it
   * credited before: Σ over all pairs of noise s and loss t, whichever came first.
   */
  public static QuadraticFormOracle telescoping(double[][][] g) {
    double[][][] credits = new double[g.length][g.length][g[0][0].length];
    for (double[][] row : credits) {
      for (int r = 0; r < g.length; r++) {
        for (double[][] loss : g) {
          Vectors.add(1, loss[r], row[r]);
        }
      }
    }
    return blocks(credits);
  }

  /**
   * As {@link #persistent}, with the own unroll's share ∂Lₜ/∂θₜ exact instead of credited: G[s][r]
   * = Σ_{t > max(s, r)} ∂Lₜ/∂θᵣ, and Σₜ ∂Lₜ/∂θₜ added to the mean.
   */
  public static QuadraticFormOracle analytic(double[][][] g) {
    int unrolls = g.length;
    double[][][] credits = new double[unrolls][unrolls][g[0][0].length];
    double[] exact = new double[g[0][0].length];
    for (int t = 0; t < unrolls; t++) {
      Vectors.add(1, g[t][t], exact);
      for (int s = 0; s < t; s++) {
        for (int r = 0; r < t; r++) {
          Vectors.add(1, g[t][r], credits[s][r]);
        }
      }
    }
    return blocks(credits, exact);
  }

  /** The blocks of unrolls two by two. */
  private static double[][][] pairs(double[][][] g) {
    int unrolls = Math.ceilDiv(g.length, 2);
    double[][][] sums = new double[unrolls][unrolls][g[0][0].length];
    for (int t = 0; t < g.length; t++) {
      for (int r = 0; r < g.length; r++) {
        Vectors.add(1, g[t][r], sums[t / 2][r / 2]);
      }
    }
    return sums;
  }

  /**
   * What an estimator with that target draws and credits, in unrolls with the blocks g[t][r] =
   * ∂Lₜ/∂θᵣ.
   */
  public static QuadraticFormOracle of(Target target, double[][][] g) {
    return switch (target) {
      case GAUSSIAN_SMOOTHED, LOSS_GRADIENT -> shared(Vectors.total(g));
      case TRUNCATED_SMOOTHED, TRUNCATED_GRADIENT, POSITIVE_SMOOTHED -> truncated(g);
      case CARRIED_SMOOTHED -> blocks(g);
      case PER_UNROLL_SMOOTHED -> persistent(g);
      case PER_PERIOD_SMOOTHED -> persistent(pairs(g));
      case ANALYTIC_SMOOTHED -> analytic(g);
      case LOW_RANK_SMOOTHED, LOW_RANK_TRUNCATED ->
          throw new IllegalArgumentException(
              "target = %s: must be one of a quadratic form (a low-rank perturbation has degree two in its noise)"
                  .formatted(target));
      case LAYERWISE, ACTIVITY_SMOOTHED, APPROXIMATION ->
          throw new IllegalArgumentException(
              "target = %s: must be one whose noise is in θ (use credited or forms)"
                  .formatted(target));
    };
  }

  /** The same for an estimator of that target that follows that law. */
  static QuadraticFormOracle of(VarianceLaw law, Target target, double[][][] g) {
    return switch (law) {
      case PAIRS_OF_TOTALS -> telescoping(g);
      case PAIRS_OF_EARLIER -> analytic(g);
      case NONE, PAIRS, PARTICLES, TANGENTS -> of(target, g);
    };
  }

  /** (2) for any G[s][r] [K × K × P]. */
  public static QuadraticFormOracle blocks(double[][][] g) {
    return blocks(g, new double[g[0][0].length]);
  }

  private static QuadraticFormOracle blocks(double[][][] g, double[] constant) {
    int unrolls = g.length;
    int count = g[0][0].length;
    double[] mean = constant.clone();
    double[] cross = new double[count];
    double[] diagonal = new double[count];
    double total = 0;
    for (int s = 0; s < unrolls; s++) {
      Vectors.add(1, g[s][s], mean);
      for (int r = 0; r < unrolls; r++) {
        total += Vectors.dot(g[s][r], g[s][r]);
        for (int i = 0; i < count; i++) {
          cross[i] += g[s][r][i] * g[r][s][i];
        }
      }
      for (int i = 0; i < count; i++) {
        diagonal[i] += g[s][s][i] * g[s][s][i];
      }
    }
    double[] frobenius = new double[count];
    Arrays.fill(frobenius, total);
    // The channel ⟨ĝ, g⟩ has A = Σᵢ gᵢ Aᵢ, so A[(s, i), (r, j)] = gᵢ G[s][r]ⱼ.
    double[] scale = {Vectors.dot(mean, mean) * total, 0, 0};
    for (int s = 0; s < unrolls; s++) {
      for (int r = 0; r < unrolls; r++) {
        scale[1] += Vectors.dot(mean, g[s][r]) * Vectors.dot(mean, g[r][s]);
      }
      for (int i = 0; i < count; i++) {
        scale[2] += mean[i] * mean[i] * g[s][s][i] * g[s][s][i];
      }
    }
    return new QuadraticFormOracle(mean, frobenius, cross, diagonal, scale);
  }

  /**
   * Estimators of the form ĝᵢ = ⟨cᵢ, e⟩⟨h, e⟩.
   *
   * @param credits c [P × D]
   * @param sensitivities h [D]
   */
  public static QuadraticFormOracle credited(double[][] credits, double[] sensitivities) {
    double[][][] forms = new double[credits.length][sensitivities.length][sensitivities.length];
    for (int i = 0; i < credits.length; i++) {
      for (int k = 0; k < sensitivities.length; k++) {
        for (int l = 0; l < sensitivities.length; l++) {
          forms[i][k][l] = credits[i][k] * sensitivities[l];
        }
      }
    }
    return forms(forms);
  }

  /** (1) for any A [P × D × D], by the letter. */
  public static QuadraticFormOracle forms(double[][][] forms) {
    int count = forms.length;
    double[] mean = new double[count];
    double[] frobenius = new double[count];
    double[] cross = new double[count];
    double[] diagonal = new double[count];
    int size = forms[0].length;
    double[][] along = new double[size][size];
    for (int i = 0; i < count; i++) {
      for (int k = 0; k < size; k++) {
        mean[i] += forms[i][k][k];
      }
      add(forms[i], frobenius, cross, diagonal, i);
    }
    for (int i = 0; i < count; i++) {
      for (int k = 0; k < size; k++) {
        Vectors.add(mean[i], forms[i][k], along[k]);
      }
    }
    double[][] scale = new double[3][1];
    add(along, scale[0], scale[1], scale[2], 0);
    return new QuadraticFormOracle(
        mean, frobenius, cross, diagonal, new double[] {scale[0][0], scale[1][0], scale[2][0]});
  }

  private static void add(
      double[][] form, double[] frobenius, double[] cross, double[] diagonal, int i) {
    for (int k = 0; k < form.length; k++) {
      for (int l = 0; l < form.length; l++) {
        frobenius[i] += form[k][l] * form[k][l];
        cross[i] += form[k][l] * form[l][k];
      }
      diagonal[i] += form[k][k] * form[k][k];
    }
  }

  /** E ĝ [P]. */
  public double[] mean() {
    return mean.clone();
  }

  /** Var ĝᵢ [P] of the average of that many independent estimates. */
  public double[] variance(double kurtosis, int averaged) {
    double[] variance = new double[mean.length];
    for (int i = 0; i < variance.length; i++) {
      variance[i] = (frobenius[i] + cross[i] + (kurtosis - 3) * diagonal[i]) / averaged;
    }
    return variance;
  }

  /** Σᵢ Var ĝᵢ. */
  public double trace(double kurtosis, int averaged) {
    double sum = 0;
    for (double v : variance(kurtosis, averaged)) {
      sum += v;
    }
    return sum;
  }

  /** E‖ĝ‖². */
  public double squaredNorm(double kurtosis, int averaged) {
    return Vectors.dot(mean, mean) + trace(kurtosis, averaged);
  }

  /**
   * The variance of ⟨ĝ, g⟩/‖g‖², g = E ĝ, which decides how many samples the scale channel needs.
   */
  public double scaleVariance(double kurtosis, int averaged) {
    double norm = Vectors.dot(mean, mean);
    return (scale[0] + scale[1] + (kurtosis - 3) * scale[2]) / (norm * norm * averaged);
  }
}
