package kobai.reproduce;

import java.util.Arrays;
import kobai.bayes.ControlVariate;
import kobai.bayes.Coordinates;
import kobai.bayes.GaussianPrior;
import kobai.bayes.LinearRegression;
import kobai.bayes.LocallyReparameterised;
import kobai.bayes.QuadraticLaw;
import kobai.bayes.Reparameterised;
import kobai.bayes.ScoreFunction;
import kobai.bayes.Variational;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.networks.Likelihood;
import kobai.networks.Network;
import kobai.networks.Shape;
import kobai.random.RandomKey;

/**
 * The gradients of the evidence bound that {@link Reparameterisation} compares, on one Bayesian
 * linear regression, with the mean and the variance that each must have.
 */
enum BoundGradient {
  LOCAL("local"),
  REPARAMETERISED("reparameterised"),
  SCORE("score"),
  LEAVE_ONE_OUT("score-leave-one-out"),
  OPTIMAL("score-optimal");

  /** Rows of the regression. */
  static final int ROWS = 64;

  static final double NOISE_VARIANCE = 0.25;
  static final GaussianPrior PRIOR = new GaussianPrior(0, 1);

  /** Samples S of an estimate. */
  static final int SAMPLES = 8;

  private static final Kernels KERNELS = Implementation.VECTOR.kernels();

  final String label;

  BoundGradient(String label) {
    this.label = label;
  }

  static BoundGradient of(String label) {
    return Arrays.stream(values()).filter(m -> m.label.equals(label)).findFirst().orElseThrow();
  }

  /** Trace of the variance of an estimate of S samples; NaN if it has no closed form. */
  double law(LinearRegression regression, double[] mu, double[] sigma) {
    QuadraticLaw law = regression.law(mu, sigma);
    return switch (this) {
      case LOCAL -> sum(regression.localVariance(mu, sigma)) / SAMPLES;
      case REPARAMETERISED -> sum(law.reparameterised()) / SAMPLES;
      case SCORE -> sum(law.score(new double[2 * law.sigma().length])) / SAMPLES;
      case LEAVE_ONE_OUT -> sum(law.leaveOneOut(SAMPLES));
      case OPTIMAL -> Double.NaN;
    };
  }

  /**
   * The same problem for every seed: inputs N(0, 1) but for the last, which is 1, weights from the
   * prior.
   */
  static LinearRegression regression(int features) {
    RandomKey key = new RandomKey(0).child("problem").child(features);
    float[] draws = new float[ROWS * features + features + ROWS];
    KERNELS.gaussian(key.seed(), 0, 0, 0, draws, 0, draws.length);
    double[][] x = new double[ROWS][features];
    double[] y = new double[ROWS];
    int at = 0;
    for (double[] row : x) {
      for (int i = 0; i < features; i++) {
        row[i] = draws[at++];
      }
      row[features - 1] = 1;
    }
    for (int n = 0; n < ROWS; n++) {
      for (int i = 0; i < features; i++) {
        y[n] += x[n][i] * draws[at + i];
      }
      // Rounded to float, as estimators will read it.
      y[n] = (float) (y[n] + Math.sqrt(NOISE_VARIANCE) * draws[at + features + n]);
    }
    return new LinearRegression(x, y, NOISE_VARIANCE, PRIOR);
  }

  /**
   * The mini-batch of a regression as one of its own: (N/M) Σ over M rows of (y − wᵀx)²/(2s²) is
   * the sum over rows with noise variance s²M/N.
   */
  static LinearRegression batch(LinearRegression whole, int[] rows) {
    Sequence data = whole.batch(rows);
    int p = whole.features();
    double[][] x = new double[rows.length][p];
    double[] y = new double[rows.length];
    for (int r = 0; r < rows.length; r++) {
      y[r] = data.targets()[r];
      for (int i = 0; i < p; i++) {
        x[r][i] = data.inputs()[r * p + i];
      }
    }
    return new LinearRegression(x, y, NOISE_VARIANCE * rows.length / ROWS, PRIOR);
  }

  /** Makes the estimator for that data. */
  GradientEstimator estimator(LinearRegression regression, Coordinates coordinates) {
    int rows = regression.rows();
    Variational variational =
        Variational.of(regression.prior(), regression.likelihood())
            .withCoordinates(coordinates)
            .withSamples(SAMPLES);
    return switch (this) {
      case LOCAL -> {
        Network network = local(regression);
        Setup setup = Setup.of(network, 1).withBatch(rows);
        yield new LocallyReparameterised(
            variational,
            Workspace.allocating(),
            network,
            rows,
            workspace -> Algorithm.BPTT.create(setup, workspace));
      }
      case REPARAMETERISED -> {
        Setup setup = Setup.of(regression.model(), 1).withBatch(rows);
        yield new Reparameterised(
            variational,
            Workspace.allocating(),
            regression.features(),
            workspace -> Algorithm.BPTT.create(setup, workspace));
      }
      case SCORE, LEAVE_ONE_OUT, OPTIMAL ->
          new ScoreFunction(
              variational,
              switch (this) {
                case LEAVE_ONE_OUT -> ControlVariate.LEAVE_ONE_OUT;
                case OPTIMAL -> ControlVariate.OPTIMAL;
                default -> ControlVariate.NONE;
              },
              Workspace.allocating(),
              regression.model(),
              1,
              rows);
    };
  }

  /** The layer whose bias is the weight of the input that is 1. */
  private static Network local(LinearRegression regression) {
    return Network.of(
        "variational(1)", Shape.of(regression.features() - 1), 1, Likelihood.SQUARED_ERROR);
  }

  /** The data as the method reads them: room for noise in the place of the input that is 1. */
  Sequence data(LinearRegression regression) {
    Sequence data = regression.sequence();
    if (this == LOCAL) {
      for (int r = 1; r <= data.batch(); r++) {
        data.inputs()[r * data.inputSize() - 1] = 0;
      }
    }
    return data;
  }

  /** Mean and variance that an estimator of a regression's bound should have at (μ, σ). */
  static final class Exact {
    final double[] mean;
    final double variance;

    Exact(BoundGradient method, LinearRegression regression, double[] mu, double[] sigma) {
      QuadraticLaw law = regression.law(mu, sigma);
      mean = law.mean();
      int p = mu.length;
      for (int i = 0; i < p; i++) {
        mean[i] = -mean[i] + PRIOR.precision() * (mu[i] - PRIOR.mean());
        mean[p + i] = -mean[p + i] + PRIOR.precision() * sigma[i] - 1 / sigma[i];
      }
      variance = method.law(regression, mu, sigma);
    }

    /** ‖ĝ − E ĝ‖². */
    double distance(float[] gradient) {
      double sum = 0;
      for (int k = 0; k < mean.length; k++) {
        double away = gradient[k] - mean[k];
        sum += away * away;
      }
      return sum;
    }
  }

  /** ξ = [μ | σ] in single precision. */
  static float[] xi(double[] mu, double[] sigma) {
    float[] xi = new float[2 * mu.length];
    for (int i = 0; i < mu.length; i++) {
      xi[i] = (float) mu[i];
      xi[mu.length + i] = (float) sigma[i];
    }
    return xi;
  }

  private static double sum(double[] values) {
    return Arrays.stream(values).sum();
  }
}
