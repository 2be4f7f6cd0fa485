package kobai.tasks;

import java.util.List;
import kobai.data.RegressionData;
import kobai.data.Sequence;
import kobai.models.Loss;
import kobai.random.RandomDraws;
import kobai.random.RandomKey;
import kobai.random.RandomPermutation;

/**
 * Predicts numbers from an example that is seen whole, in one step: the task of a feed-forward
 * network (T = 1). In a longer sequence every step is an example of its own.
 *
 * <p>The rows of a step are drawn without replacement, as in {@link Classification}.
 */
public final class Regression implements Task {
  /** Examples of {@link #wave} unless another number is asked for. */
  public static final int EXAMPLES = 1000;

  /** The noise of {@link #wave} at x = −1. */
  public static final double LEAST_NOISE = 0.05;

  /** The noise of {@link #wave} at x = 1. */
  public static final double MOST_NOISE = 0.25;

  private final RegressionData data;

  /** The task of those examples. */
  public Regression(RegressionData data) {
    this.data = data;
  }

  /**
   * Points of a sine whose noise grows along it:
   *
   * <pre>
   * x ~ U(−1, 1),   y = sin 2πx + s(x) ε,   ε ~ N(0, 1),   s(x) = 0.15 + 0.1 x
   * </pre>
   *
   * <p>A pure function of the key; a longer one begins with a shorter one.
   */
  public static RegressionData wave(RandomKey key, int examples) {
    if (examples < 1) {
      throw new IllegalArgumentException("examples = %d: must be at least 1".formatted(examples));
    }
    float[] inputs = new float[examples];
    float[] targets = new float[examples];
    for (int i = 0; i < examples; i++) {
      double x = 2 * RandomDraws.uniform(key, i, 0) - 1;
      // Box and Muller (1958); 1 − u is in (0, 1], so that the logarithm is finite.
      double radius = Math.sqrt(-2 * StrictMath.log(1 - RandomDraws.uniform(key, i, 1)));
      double normal = radius * StrictMath.cos(2 * Math.PI * RandomDraws.uniform(key, i, 2));
      inputs[i] = (float) x;
      targets[i] = (float) (StrictMath.sin(2 * Math.PI * x) + noise(x) * normal);
    }
    return RegressionData.of(
        "a sine with noise that grows along it", List.of("y"), new int[] {1}, inputs, targets);
  }

  /** The standard deviation s of the noise of {@link #wave}. */
  public static double noise(double x) {
    return LEAST_NOISE + (MOST_NOISE - LEAST_NOISE) * (x + 1) / 2;
  }

  /** The examples. */
  public RegressionData data() {
    return data;
  }

  @Override
  public String name() {
    return "numbers of " + data.name();
  }

  @Override
  public int inputSize() {
    return data.inputs();
  }

  @Override
  public int targetSize() {
    return data.targets();
  }

  @Override
  public Loss loss() {
    return Loss.SQUARED_ERROR;
  }

  @Override
  public void fill(RandomKey key, Sequence sequence) {
    Shapes.check(this, sequence);
    int examples = data.examples();
    for (int t = 0; t < sequence.length(); t++) {
      long stepSeed = RandomKey.childSeed(key.seed(), t);
      for (int row = 0; row < sequence.batch(); row++) {
        long roundSeed = RandomKey.childSeed(stepSeed, row / examples);
        int example = RandomPermutation.at(roundSeed, examples, row % examples);
        data.copyInputs(example, sequence.inputs(), sequence.inputAt(t) + row * inputSize());
        data.copyTargets(example, sequence.targets(), sequence.targetAt(t) + row * targetSize());
      }
    }
  }
}
