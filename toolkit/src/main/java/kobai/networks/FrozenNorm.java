package kobai.networks;

import kobai.kernels.Kernels;
import kobai.models.Parameters;
import kobai.random.RandomKey;

/**
 * Batch normalisation in inference mode: an affine function of every row alone,
 *
 * <pre>
 * x̂ = (x − mean) / √(variance + ε),  y = γ x̂ + β      (1)
 * </pre>
 *
 * with the given statistics of every channel. θ is that of {@link BatchNorm}.
 *
 * <p>Source: Ioffe and Szegedy (2015), ICML, algorithm 2.
 */
public final class FrozenNorm implements Layer {
  private final BatchNorm training;
  private final float[] statistics;
  private final float[] roots;

  FrozenNorm(BatchNorm training, float[] statistics) {
    this.training = training;
    this.statistics = statistics;
    roots = new float[training.input().channels()];
    for (int j = 0; j < roots.length; j++) {
      roots[j] = Statistics.reciprocalRoot(variance(j));
    }
  }

  /** Mean of a channel. */
  public float mean(int channel) {
    return statistics[channel];
  }

  /** Variance of a channel. */
  public float variance(int channel) {
    return statistics[training.input().channels() + channel];
  }

  /** 1 / √(variance + ε) of a channel. */
  float root(int channel) {
    return roots[channel];
  }

  @Override
  public String text() {
    return "batchnorm(inference)";
  }

  @Override
  public Shape input() {
    return training.input();
  }

  @Override
  public Shape output() {
    return training.output();
  }

  @Override
  public void describe(Parameters.Builder builder, String number) {
    training.describe(builder, number);
  }

  @Override
  public void initialise(RandomKey key, float[] theta, int at) {
    training.initialise(key, theta, at);
  }

  @Override
  public int nodes() {
    return training.nodes();
  }

  @Override
  public int masks() {
    return 0;
  }

  @Override
  public int scratch(Kernels kernels, int rows) {
    return 0;
  }

  @Override
  public LayerRun run(Place place) {
    return new NormRun(input(), place, new FixedStatistics(this));
  }
}
