package kobai.reproduce;

import java.util.List;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.memory.Workspace;
import kobai.models.LorenzSystem;
import kobai.models.Rollout;
import kobai.random.RandomKey;
import kobai.report.Chart;
import kobai.report.Table;
import kobai.report.Unit;

/** Why the exact gradient does not help {@link LorenzLearning}: its loss on one line. */
final class LorenzSlice {
  /** The method of the experiment that this is. */
  static final String METHOD = "slice";

  private static final int POINTS = 100;
  private static final int DRAWS = 400;
  private static final int REPEATS = 25;

  private LorenzSlice() {}

  /** The loss and its smoothed version on the line from the start to θ*, and both gradients. */
  static void run(int length, Recorder recorder) {
    Sequence sequence = LorenzLearning.SYSTEM.sequence(length, 1);
    Rollout rollout =
        LorenzLearning.SYSTEM.rollout(LorenzLearning.KERNELS, Workspace.allocating(), length, 1);
    int draws = length == LorenzLearning.LENGTH ? DRAWS : 4;
    int points = length == LorenzLearning.LENGTH ? POINTS : 4;
    gradients(length, sequence, draws, recorder);
    float[] start = LorenzLearning.start();
    float[] noise = new float[2 * draws];
    LorenzLearning.KERNELS.gaussian(
        new RandomKey(0).child("slice").seed(), 0, 0, 0, noise, 0, noise.length);
    float[] theta = new float[2];
    float[] moved = new float[2];
    double[] losses = new double[points + 1];
    double[] means = new double[points + 1];
    for (int i = 0; i <= points; i++) {
      for (int p = 0; p < 2; p++) {
        theta[p] = (float) (start[p] + (LorenzSystem.TRUTH[p] - start[p]) * i / points);
      }
      losses[i] = rollout.run(theta, sequence, 0, length, new float[3], 0, 0) / length;
      for (int draw = 0; draw < draws; draw++) {
        for (int p = 0; p < 2; p++) {
          moved[p] = (float) (theta[p] + LorenzLearning.SIGMA * noise[2 * draw + p]);
        }
        means[i] += rollout.run(moved, sequence, 0, length, new float[3], 0, 0);
      }
      means[i] /= (double) length * draws;
      recorder.progress((double) i / points);
    }
    for (int i = 0; i <= points; i++) {
      recorder.point("loss", (double) i / points, losses[i]);
    }
    for (int i = 0; i <= points; i++) {
      recorder.point("smoothed loss", (double) i / points, means[i]);
    }
  }

  /**
   * The exact gradient of the mean loss at the start, and the smoothed one by {@code draws} pairs.
   */
  private static void gradients(int length, Sequence sequence, int draws, Recorder recorder) {
    float[] theta = LorenzLearning.start();
    float[] gradient = new float[2];
    Setup setup =
        Setup.of(LorenzLearning.SYSTEM, length)
            .withParticles(2 * draws)
            .withSigma(LorenzLearning.SIGMA);
    GradientEstimator exact = Algorithm.BPTT.create(setup);
    exact.reset(0);
    double loss = exact.estimate(theta, sequence, 0, length, gradient);
    recorder.value("loss at start", loss / length);
    recorder.value("exact gradient a", gradient[0] / length);
    recorder.value("exact gradient r", gradient[1] / length);
    GradientEstimator smooth = Algorithm.NRES.create(setup);
    double[] sum = new double[2];
    double[] squares = new double[2];
    for (int repeat = 0; repeat < REPEATS; repeat++) {
      smooth.reset(repeat);
      smooth.estimate(theta, sequence, 0, length, gradient);
      for (int p = 0; p < 2; p++) {
        double value = gradient[p] / length;
        sum[p] += value;
        squares[p] += value * value;
      }
    }
    for (int p = 0; p < 2; p++) {
      double mean = sum[p] / REPEATS;
      String name = p == 0 ? "a" : "r";
      recorder.value("smoothed gradient " + name, mean);
      recorder.value(
          "standard error " + name,
          Math.sqrt((squares[p] / REPEATS - mean * mean) / (REPEATS - 1)));
    }
  }

  /** What must hold. */
  static Band band() {
    return new Band(
        "At the start the exact gradient is more than 100 times the smoothed one, and of the"
            + " other sign along log r",
        "derived in double precision: exact (3.37·10⁴, −9.84·10⁵), smoothed (72 ± 8, 1024 ±"
            + " 12). Float states move the exact one by 2 %: a rounding of 6·10⁻⁸ grows by up"
            + " to 3.5·10⁶",
        LorenzSlice::judge);
  }

  private static Band.Judgement judge(Outcomes outcomes) {
    if (!outcomes.has(METHOD, "loss at start")) {
      return Band.Judgement.notRun(METHOD);
    }
    double exact = value(outcomes, "exact gradient r");
    double smoothed = value(outcomes, "smoothed gradient r");
    return Band.Judgement.of(
        exact < 0 && smoothed > 0 && -exact > 100 * smoothed,
        "along log r: exact %s, smoothed %s"
            .formatted(Unit.PLAIN.text(exact), Unit.PLAIN.text(smoothed)));
  }

  /** The loss and its smoothed version along the line. */
  static Chart chart(Outcomes outcomes) {
    var slice =
        Chart.lines(
                "The loss on the way from the start to the truth",
                "The loss jumps up and down all the way; its average over θ + ε, σ = 0.04, falls"
                    + " smoothly to the truth.")
            .x("share of the way", Unit.PLAIN, Chart.Scale.LINEAR)
            .y("mean loss of a step", Unit.PLAIN, Chart.Scale.LINEAR)
            .series("loss");
    Spread.curve(slice, outcomes, METHOD, "loss", "of θ");
    Spread.curve(slice, outcomes, METHOD, "smoothed loss", "averaged over θ + ε");
    return slice.build();
  }

  /** Both gradients at the start. */
  static Table table(Outcomes outcomes) {
    var table =
        Table.captioned("Gradient of the mean loss of a step at the start")
            .text("gradient")
            .number("along log a", Unit.PLAIN)
            .number("along log r", Unit.PLAIN);
    if (outcomes.has(METHOD, "loss at start")) {
      for (String kind : List.of("exact", "smoothed")) {
        table.row(
            kind, value(outcomes, kind + " gradient a"), value(outcomes, kind + " gradient r"));
      }
      table.row(
          "standard error of the smoothed",
          value(outcomes, "standard error a"),
          value(outcomes, "standard error r"));
    }
    return table.build();
  }

  private static double value(Outcomes outcomes, String metric) {
    return outcomes.values(METHOD, metric)[0];
  }
}
