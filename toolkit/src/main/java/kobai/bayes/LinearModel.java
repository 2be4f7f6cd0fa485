package kobai.bayes;

import kobai.models.DynamicalSystem;
import kobai.models.Parameters;
import kobai.random.RandomKey;

/**
 * z = wᵀx with loss ½(y − z)²: the model of {@link LinearRegression}, small and in double within a
 * step. Its state is z, which the next step does not read.
 */
public final class LinearModel implements DynamicalSystem {
  private final int features;
  private final Parameters parameters;

  /**
   * @param features P, at least 1
   */
  public LinearModel(int features) {
    if (features < 1) {
      throw new IllegalArgumentException("features = " + features + ": must be at least 1");
    }
    this.features = features;
    parameters = new Parameters.Builder().add("w", 1, features).build();
  }

  @Override
  public String name() {
    return "linear(features=%d)".formatted(features);
  }

  @Override
  public int stateSize() {
    return 1;
  }

  @Override
  public int inputSize() {
    return features;
  }

  @Override
  public int targetSize() {
    return 1;
  }

  @Override
  public Parameters parameters() {
    return parameters;
  }

  /** Overwrites theta with zeros, whatever the key. */
  @Override
  public void initialise(RandomKey key, float[] theta) {
    java.util.Arrays.fill(theta, 0f);
  }

  @Override
  public double start(int i) {
    return 0;
  }

  @Override
  public int coefficients() {
    return features;
  }

  @Override
  public void prepare(float[] theta, double[] coefficients) {
    for (int i = 0; i < features; i++) {
      coefficients[i] = theta[i];
    }
  }

  @Override
  public void step(
      double[] coefficients,
      float[] inputs,
      int inputAt,
      float[] states,
      int beforeAt,
      int afterAt) {
    double sum = 0;
    for (int i = 0; i < features; i++) {
      sum += coefficients[i] * inputs[inputAt + i];
    }
    states[afterAt] = (float) sum;
  }

  @Override
  public double loss(float[] states, int afterAt, float[] targets, int targetAt, double[] q) {
    q[0] = (double) states[afterAt] - targets[targetAt];
    return 0.5 * q[0] * q[0];
  }

  @Override
  public void derivatives(
      double[] coefficients,
      float[] inputs,
      int inputAt,
      float[] states,
      int beforeAt,
      double[] jacobian,
      double[] immediate) {
    jacobian[0] = 0;
    for (int i = 0; i < features; i++) {
      immediate[i] = inputs[inputAt + i];
    }
  }
}
