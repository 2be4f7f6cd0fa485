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
   * sin 2πu by way of the nearest quarter turn. The two series are those of StrictMath, bit for
   * bit; StrictMath itself allocates where the compiler has seen it reduce large angles elsewhere.
   */
  private static double sine(double turns) {
    double quarters = Math.rint(4 * turns);
    double angle = 2 * Math.PI * (turns - quarters / 4);
    return switch ((int) ((long) quarters & 3)) {
      case 0 -> nearSine(angle);
      case 1 -> nearCosine(angle);
      case 2 -> -nearSine(angle);
      default -> -nearCosine(angle);
    };
  }

  /** sin x for |x| ≤ π/4: x and a polynomial of degree 13 (FDLIBM 5.3, k_sin.c). */
  static double nearSine(double x) {
    double z = x * x;
    double r =
        8.33333333332248946124e-03
            + z
                * (-1.98412698298579493134e-04
                    + z
                        * (2.75573137070700676789e-06
                            + z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)));
    return x + z * x * (-1.66666666666666324348e-01 + z * r);
  }

  /** cos x for |x| ≤ π/4: a polynomial of degree 14, its first terms split (k_cos.c). */
  static double nearCosine(double x) {
    double z = x * x;
    double r =
        z
            * (4.16666666666666019037e-02
                + z
                    * (-1.38888888888741095749e-03
                        + z
                            * (2.48015872894767294178e-05
                                + z
                                    * (-2.75573143513906633035e-07
                                        + z
                                            * (2.08757232129817482790e-09
                                                + z * -1.13596475577881948265e-11)))));
    int high = (int) (Double.doubleToRawLongBits(x) >>> 32) & 0x7fffffff;
    if (high < 0x3FD33333) { // |x| < 0.3
      return 1 - (0.5 * z - z * r);
    }
    double part =
        high > 0x3fe90000 ? 0.28125 : Double.longBitsToDouble((long) (high - 0x00200000) << 32);
    return 1 - part - (0.5 * z - part - z * r);
  }
}
