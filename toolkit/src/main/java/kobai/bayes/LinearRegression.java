package kobai.bayes;

import kobai.data.Sequence;

/**
 * Bayesian linear regression, the model in which everything is known: y = Xw + e, e ~ N(0, s²I), w
 * ~ N(m1, τ²I), in double.
 *
 * <pre>
 * H = XᵀX/s²,   Λ = H + I/τ²                                                 (1)  [P × P]
 * posterior N(w̄, Λ⁻¹),   w̄ = Λ⁻¹(Xᵀy/s² + m1/τ²)                             (2)
 * ln p(y) = ln p(y | w̄) + ln p(w̄) + ½ P ln 2π − ½ ln |Λ|                     (3)
 * ELBO(μ, σ) = ln p(y | μ) − ½ Σᵢ Hᵢᵢσᵢ² − KL[N(μ, diag σ²) ‖ N(m1, τ²I)]    (4)
 * best diagonal q: μ = w̄, σᵢ² = 1/Λᵢᵢ                                         (5)
 * ln p(y) − ELBO at (5) = ½ (Σᵢ ln Λᵢᵢ − ln |Λ|) ≥ 0                          (6)
 * </pre>
 *
 * <p>(6) is zero where Λ is diagonal: an orthogonal design. (2) is {@code posteriorMean} and {@code
 * posteriorCovariance}, (3) {@code evidence}, (4) {@code bound}, (5) {@code bestDeviations}, (6)
 * {@code gap}.
 *
 * <p>Source: Bishop (2006), Pattern Recognition and Machine Learning, sections 3.3 and 3.5; (5)
 * section 10.1.2.
 */
public final class LinearRegression {
  private final double[][] inputs;
  private final double[] targets;
  private final double noiseVariance;
  private final GaussianPrior prior;
  private final double[][] information;
  private final double[][] precision;
  private final Cholesky factor;
  private final double[] mean;

  /**
   * @param inputs X [N × P]
   * @param targets y [N]
   * @param noiseVariance s² &gt; 0
   */
  public LinearRegression(
      double[][] inputs, double[] targets, double noiseVariance, GaussianPrior prior) {
    if (inputs.length == 0 || inputs[0].length == 0 || inputs.length != targets.length) {
      throw new IllegalArgumentException(
          "linear regression: %d rows of inputs, %d targets: must be as many, and at least 1"
              .formatted(inputs.length, targets.length));
    }
    this.inputs = new double[inputs.length][];
    for (int n = 0; n < inputs.length; n++) {
      if (inputs[n].length != inputs[0].length) {
        throw new IllegalArgumentException(
            "linear regression: inputs[%d] has %d features: must be %d, as in row 0"
                .formatted(n, inputs[n].length, inputs[0].length));
      }
      this.inputs[n] = inputs[n].clone();
    }
    this.targets = targets.clone();
    this.noiseVariance = noiseVariance;
    this.prior = prior;
    likelihood(); // refuses a noise variance out of range
    int p = features();
    information = new double[p][p];
    double[] right = new double[p];
    for (int i = 0; i < p; i++) {
      for (int n = 0; n < rows(); n++) {
        for (int j = 0; j < p; j++) {
          information[i][j] += inputs[n][i] * inputs[n][j] / noiseVariance;
        }
        right[i] += inputs[n][i] * targets[n] / noiseVariance;
      }
      right[i] += prior.mean() * prior.precision();
    }
    precision = copy(information);
    for (int i = 0; i < p; i++) {
      precision[i][i] += prior.precision();
    }
    factor = new Cholesky(precision);
    mean = factor.solve(right);
  }

  private static double[][] copy(double[][] matrix) {
    double[][] copy = new double[matrix.length][];
    for (int i = 0; i < copy.length; i++) {
      copy[i] = matrix[i].clone();
    }
    return copy;
  }

  /** N. */
  public int rows() {
    return inputs.length;
  }

  /** P. */
  public int features() {
    return inputs[0].length;
  }

  /** The prior. */
  public GaussianPrior prior() {
    return prior;
  }

  /** The model that estimators take. */
  public LinearModel model() {
    return new LinearModel(features());
  }

  /** The data as one step of N rows, in float. */
  public Sequence sequence() {
    int[] all = new int[rows()];
    for (int n = 0; n < all.length; n++) {
      all[n] = n;
    }
    return batch(all);
  }

  /** Those rows of the data, as a mini-batch. */
  public Sequence batch(int[] rows) {
    int p = features();
    Sequence sequence = Sequence.allocate(1, rows.length, p, 1);
    for (int r = 0; r < rows.length; r++) {
      for (int i = 0; i < p; i++) {
        sequence.inputs()[r * p + i] = (float) inputs[rows[r]][i];
      }
      sequence.targets()[r] = (float) targets[rows[r]];
    }
    return sequence;
  }

  /** What the mean squared error of the model means here: κ = N/s². */
  public LikelihoodScale likelihood() {
    return LikelihoodScale.gaussian(rows(), 1, noiseVariance);
  }

  /** H of (1) [P × P]. */
  public double[][] information() {
    return copy(information);
  }

  /** Λ of (1) [P × P]. */
  public double[][] posteriorPrecision() {
    return copy(precision);
  }

  /** W̄ of (2) [P]. */
  public double[] posteriorMean() {
    return mean.clone();
  }

  /** Λ⁻¹ of (2) [P × P]. */
  public double[][] posteriorCovariance() {
    return factor.inverse();
  }

  /** Draws from the posterior: w̄ + L⁻ᵀz for a vector z [P] of standard normal draws, Λ = LLᵀ. */
  public double[] posteriorDraw(double[] normal) {
    double[] draw = factor.backward(normal);
    for (int i = 0; i < draw.length; i++) {
      draw[i] += mean[i];
    }
    return draw;
  }

  /** Ln p(y | w). */
  public double logLikelihood(double[] w) {
    double squares = 0;
    for (int n = 0; n < rows(); n++) {
      double error = targets[n] - dot(inputs[n], w);
      squares += error * error;
    }
    return likelihood().constant() - 0.5 * squares / noiseVariance;
  }

  /** Ln p(w). */
  public double logPrior(double[] w) {
    double squares = 0;
    for (double x : w) {
      squares += (x - prior.mean()) * (x - prior.mean());
    }
    return -0.5 * squares * prior.precision()
        - 0.5 * w.length * Math.log(2 * Math.PI * prior.variance());
  }

  /** (3). */
  public double evidence() {
    return logLikelihood(mean)
        + logPrior(mean)
        + 0.5 * (features() * Math.log(2 * Math.PI) - factor.logDeterminant());
  }

  /** KL[N(μ, diag σ²) ‖ N(m1, τ²I)]. */
  public double divergence(double[] mu, double[] sigma) {
    double sum = 0;
    for (int i = 0; i < mu.length; i++) {
      double away = mu[i] - prior.mean();
      sum +=
          0.5 * ((sigma[i] * sigma[i] + away * away) * prior.precision() - 1)
              - Math.log(sigma[i] / prior.deviation());
    }
    return sum;
  }

  /** (4). */
  public double bound(double[] mu, double[] sigma) {
    double spread = 0;
    for (int i = 0; i < mu.length; i++) {
      spread += information[i][i] * sigma[i] * sigma[i];
    }
    return logLikelihood(mu) - 0.5 * spread - divergence(mu, sigma);
  }

  /** The deviations of (5) [P]; the means are those of the posterior. */
  public double[] bestDeviations() {
    double[] sigma = new double[features()];
    for (int i = 0; i < sigma.length; i++) {
      sigma[i] = 1 / Math.sqrt(precision[i][i]);
    }
    return sigma;
  }

  /** (6): KL[best diagonal q ‖ posterior]. */
  public double gap() {
    double sum = -factor.logDeterminant();
    for (int i = 0; i < features(); i++) {
      sum += Math.log(precision[i][i]);
    }
    return 0.5 * sum;
  }

  /** Ln p(y | ·) about μ, for the laws of its estimators at (μ, σ). */
  public QuadraticLaw law(double[] mu, double[] sigma) {
    double[] slope = new double[features()];
    for (int n = 0; n < rows(); n++) {
      double error = (targets[n] - dot(inputs[n], mu)) / noiseVariance;
      for (int i = 0; i < slope.length; i++) {
        slope[i] += error * inputs[n][i];
      }
    }
    return new QuadraticLaw(logLikelihood(mu), slope, information, sigma);
  }

  /**
   * Variances in (μ, σ) [2P] of one sample of ∇ E_q ln p(y | w) with the noise moved to the
   * pre-activations, aₙ = mₙ + sₙζₙ, mₙ = xₙᵀμ, sₙ² = Σⱼ xₙⱼ²σⱼ², a draw for each row:
   *
   * <pre>
   * Var μᵢ = Σₙ xₙᵢ² sₙ²/s⁴,   Var σᵢ = Σₙ (σᵢxₙᵢ²/(sₙs²))² ((mₙ − yₙ)² + 2sₙ²)     (7)
   * </pre>
   *
   * <p>since ∂/∂μᵢ = −Σₙ (aₙ − yₙ)xₙᵢ/s² and ∂aₙ/∂σᵢ = ζₙσᵢxₙᵢ²/sₙ.
   */
  public double[] localVariance(double[] mu, double[] sigma) {
    int p = features();
    double[] variance = new double[2 * p];
    for (int n = 0; n < rows(); n++) {
      double spread = 0;
      for (int i = 0; i < p; i++) {
        spread += inputs[n][i] * inputs[n][i] * sigma[i] * sigma[i];
      }
      double error = dot(inputs[n], mu) - targets[n];
      for (int i = 0; i < p; i++) {
        double x = inputs[n][i] / noiseVariance;
        variance[i] += x * x * spread;
        double rate = sigma[i] * inputs[n][i] * x;
        variance[p + i] += rate * rate / spread * (error * error + 2 * spread);
      }
    }
    return variance;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
