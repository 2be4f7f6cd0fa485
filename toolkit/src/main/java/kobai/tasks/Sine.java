package kobai.tasks;

import kobai.data.Sequence;
import kobai.models.Loss;
import kobai.random.RandomDraws;
import kobai.random.RandomKey;

/**
 * Predicts the next value of sin 2π(f t + φ). Each row draws its frequency f, in turns a step,
 * uniformly from [1/50, 1/10), and its phase φ uniformly from [0, 1); two values are needed to tell
 * f.
 *
 * <p>Values are made with {@link StrictMath}, the same on every machine.
 */
public final class Sine implements Task {
  private static final double LOWEST_FREQUENCY = 1.0 / 50;
  private static final double HIGHEST_FREQUENCY = 1.0 / 10;
  private static final int FREQUENCY_DRAW = 0;
  private static final int PHASE_DRAW = 1;

  @Override
  public String name() {
    return "sine of random frequency and phase";
  }

  @Override
  public int inputSize() {
    return 1;
  }

  @Override
  public int targetSize() {
    return 1;
  }

  @Override
  public Loss loss() {
    return Loss.SQUARED_ERROR;
  }

  @Override
  public void fill(RandomKey key, Sequence sequence) {
    Shapes.check(this, sequence);
    int length = sequence.length();
    for (int row = 0; row < sequence.batch(); row++) {
      double frequency =
          LOWEST_FREQUENCY
              + (HIGHEST_FREQUENCY - LOWEST_FREQUENCY)
                  * RandomDraws.uniform(key, row, FREQUENCY_DRAW);
      double phase = RandomDraws.uniform(key, row, PHASE_DRAW);
      for (int t = 0; t <= length; t++) {
        float value = (float) sine(frequency * t + phase);
        if (t < length) {
          sequence.inputs()[sequence.inputAt(t) + row] = value;
        }
        if (t > 0) {
          sequence.targets()[sequence.targetAt(t - 1) + row] = value;
        }
      }
    }
  }

  /**
   * sin 2πu by way of the nearest quarter turn: within π/4 of it StrictMath needs no reduction,
   * which would allocate.
   */
  private static double sine(double turns) {
    double quarters = Math.rint(4 * turns);
    double angle = 2 * Math.PI * (turns - quarters / 4);
    return switch ((int) ((long) quarters & 3)) {
      case 0 -> StrictMath.sin(angle);
      case 1 -> StrictMath.cos(angle);
      case 2 -> -StrictMath.sin(angle);
      default -> -StrictMath.cos(angle);
    };
  }
}
