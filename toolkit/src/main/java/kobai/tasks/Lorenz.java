package kobai.tasks;

import kobai.data.Sequence;
import kobai.models.Loss;
import kobai.random.RandomDraws;
import kobai.random.RandomKey;

/**
 * Predicts the next point (x, y, z) of the Lorenz system, standardised.
 *
 * <pre>
 * x ← x + h s (y − x)
 * y ← y + h (x (r − z) − y)          s = 10, r = 28, b = 8/3, h = 0.005
 * z ← z + h (x y − b z)
 * </pre>
 *
 * Euler's method with the step size of the published experiment; all three right-hand sides use the
 * old point. One time step of the sequence is {@code every} steps of integration. Each row starts
 * at (1.2, 1.3, 1.6) plus a draw from [−1, 1)³ and runs for 2000 steps (10 units of time) before
 * its first point, so that it is on the attractor and, at a Lyapunov exponent of 0.9 a unit, has
 * forgotten the others.
 *
 * <p>The points are centred and divided by the standard deviation of each coordinate on the
 * attractor of this discretisation. Additions and multiplications of double only: the same bits on
 * every machine.
 *
 * <p>Cost: 2000 + T · every integration steps a row, a few nanoseconds each.
 *
 * <p>Source: Lorenz (1963), Journal of the Atmospheric Sciences 20(2), 130–141; step size and start
 * from the code of Li, Harrison, Sohl-Dickstein, Smith and Metz (2023), Variance-reduced gradient
 * estimation via noise-reuse in online evolution strategies, NeurIPS.
 */
public final class Lorenz implements Task {
  /** Integration steps a time step where none are asked for. */
  public static final int EVERY = 5;

  private static final int SIZE = 3;
  private static final double STEP = 0.005;
  private static final double S = 10;
  private static final double R = 28;
  private static final double B = 8.0 / 3;
  private static final double START_X = 1.2;
  private static final double START_Y = 1.3;
  private static final double START_Z = 1.6;
  private static final int WARM_UP = 2000;

  // Measured over 10⁸ steps of the recurrence above; x and y have mean 0 by symmetry. A test
  // measures them again.
  private static final double DEVIATION_X = 8.086;
  private static final double DEVIATION_Y = 9.109;
  private static final double MEAN_Z = 24.346;
  private static final double DEVIATION_Z = 8.207;

  private final int every;

  /**
   * Chooses the sampling.
   *
   * @param every integration steps a time step, at least 1
   */
  public Lorenz(int every) {
    this.every = TaskOption.EVERY.check(every);
  }

  @Override
  public String name() {
    return "Lorenz system every " + every + " steps";
  }

  @Override
  public int inputSize() {
    return SIZE;
  }

  @Override
  public int targetSize() {
    return SIZE;
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
      double x = START_X + offset(key, row, 0);
      double y = START_Y + offset(key, row, 1);
      double z = START_Z + offset(key, row, 2);
      for (int t = 0; t <= length; t++) {
        int steps = t == 0 ? WARM_UP : every;
        for (int step = 0; step < steps; step++) {
          double dx = S * (y - x);
          double dy = x * (R - z) - y;
          double dz = x * y - B * z;
          x += STEP * dx;
          y += STEP * dy;
          z += STEP * dz;
        }
        if (t < length) {
          put(sequence.inputs(), sequence.inputAt(t) + row * SIZE, x, y, z);
        }
        if (t > 0) {
          put(sequence.targets(), sequence.targetAt(t - 1) + row * SIZE, x, y, z);
        }
      }
    }
  }

  private static double offset(RandomKey key, int row, int coordinate) {
    return 2 * RandomDraws.uniform(key, row, coordinate) - 1;
  }

  private static void put(float[] values, int at, double x, double y, double z) {
    values[at] = (float) (x / DEVIATION_X);
    values[at + 1] = (float) (y / DEVIATION_Y);
    values[at + 2] = (float) ((z - MEAN_Z) / DEVIATION_Z);
  }
}
