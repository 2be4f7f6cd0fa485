package kobai.tasks;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.models.LeakyRnn;
import kobai.models.Loss;
import kobai.models.Parameters;
import kobai.random.RandomDraws;
import kobai.random.RandomKey;

/**
 * Does what a fixed random network does, its teacher, on the same random bits.
 *
 * <pre>
 * xₜ ~ Bernoulli(½)                                           (1)  [n]
 * sₜ = (1 − α) sₜ₋₁ + α tanh(sₜ₋₁ W + xₜ W_in + b), s₀ = 0      (2)  [n]
 * yₜ = sₜ V + c                                               (3)  [n]
 * </pre>
 *
 * <p>Inputs, units and targets are equally many. W is orthogonal, W_in and V ~ N(0, 1/n), b and c ~
 * N(0, 0.1²). A network of the same shape can reach a loss of zero, so that no noise hides what is
 * left to learn.
 *
 * <p>Cost: 3 n² multiplications and n tanh a step and row, in double with {@link StrictMath}: the
 * same on every machine.
 *
 * <p>Source: Marschall, Cho and Savin (2020), Journal of Machine Learning Research 21(135); sizes
 * and laws as in their code.
 */
public final class Mimic implements Task {
  /** Units where none are asked for. */
  public static final int UNITS = 32;

  private static final double BIAS_DEVIATION = 0.1;

  private final int units;
  private final float alpha;
  private final float[] theta;
  private final int recurrentAt;
  private final int inputAt;
  private final int biasAt;
  private final int readoutAt;
  private final int readoutBiasAt;

  /** State before and after [2 × n], one for every thread, so that filling allocates nothing. */
  private final ThreadLocal<double[]> states;

  /**
   * Draws a teacher.
   *
   * @param units n, 1 to 4096
   * @param alpha its leak α ∈ (0, 1]
   * @param teacher seed of its weights
   */
  public Mimic(int units, float alpha, long teacher) {
    if (units < 1 || units > 4096) {
      throw new IllegalArgumentException("units = " + units + ": must be from 1 to 4096");
    }
    this.units = units;
    this.alpha = alpha;
    LeakyRnn network = LeakyRnn.of(units, units, units, alpha, loss());
    Parameters parameters = network.parameters();
    theta = new float[parameters.count()];
    RandomKey key = new RandomKey(teacher).child("teacher");
    network.initialise(key, theta);
    recurrentAt = parameters.tensor("recurrent").at();
    inputAt = parameters.tensor("input").at();
    biasAt = parameters.tensor("bias").at();
    readoutAt = parameters.tensor("readout").at();
    readoutBiasAt = parameters.tensor("readout bias").at();
    for (int i = 0; i < units; i++) {
      theta[biasAt + i] = (float) (BIAS_DEVIATION * gaussian(key.child("bias"), i));
      theta[readoutBiasAt + i] = (float) (BIAS_DEVIATION * gaussian(key.child("readout bias"), i));
    }
    states = ThreadLocal.withInitial(() -> new double[2 * units]);
  }

  /** Box and Muller (1958), Annals of Mathematical Statistics 29(2); 1 − u is never 0. */
  private static double gaussian(RandomKey key, int index) {
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - RandomDraws.uniform(key, 0, index)));
    return radius * StrictMath.cos(2 * Math.PI * RandomDraws.uniform(key, 1, index));
  }

  /** A copy of the weights that a {@link LeakyRnn} of these sizes would need: loss zero. */
  public float[] teacher() {
    return theta.clone();
  }

  @Override
  public String name() {
    return "mimic of a network of " + units + " units with leak " + alpha;
  }

  @Override
  public int inputSize() {
    return units;
  }

  @Override
  public int targetSize() {
    return units;
  }

  @Override
  public Loss loss() {
    return Loss.SQUARED_ERROR;
  }

  @Override
  public void fill(RandomKey key, Sequence sequence) {
    Shapes.check(this, sequence);
    double[] state = states.get();
    for (int row = 0; row < sequence.batch(); row++) {
      Arrays.fill(state, 0, units, 0);
      for (int t = 0; t < sequence.length(); t++) {
        int from = sequence.inputAt(t) + row * units;
        for (int i = 0; i < units; i++) {
          boolean one = RandomDraws.coin(key, row, (long) t * units + i);
          sequence.inputs()[from + i] = one ? 1f : 0f;
        }
        step(sequence.inputs(), from, state);
        int to = sequence.targetAt(t) + row * units;
        for (int k = 0; k < units; k++) {
          double y = theta[readoutBiasAt + k];
          for (int i = 0; i < units; i++) {
            y += state[i] * theta[readoutAt + i * units + k];
          }
          sequence.targets()[to + k] = (float) y;
        }
      }
    }
  }

  /** (2): the first half of {@code state} is advanced, the second is scratch. */
  private void step(float[] inputs, int from, double[] state) {
    for (int i = 0; i < units; i++) {
      state[units + i] = theta[biasAt + i];
    }
    for (int j = 0; j < units; j++) {
      for (int i = 0; i < units; i++) {
        state[units + i] +=
            state[j] * theta[recurrentAt + j * units + i]
                + inputs[from + j] * theta[inputAt + j * units + i];
      }
    }
    for (int i = 0; i < units; i++) {
      state[i] = (1 - alpha) * state[i] + alpha * StrictMath.tanh(state[units + i]);
    }
  }
}
