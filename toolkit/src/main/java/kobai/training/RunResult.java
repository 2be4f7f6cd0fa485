package kobai.training;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A finished run.
 *
 * @param settings what it was made with
 * @param curve its points, that before training first
 * @param chosenEpoch the epoch whose θ was tested
 * @param stopped whether early stopping ended it
 * @param diverged the iteration in which a number was not finite, if there was one
 * @param test score of the chosen θ
 * @param predictive what samples of the weights or of the masks say of the test examples
 * @param numbers what is said of the numbers of the test examples, where these are predicted
 * @param bytes memory, by the ledger
 */
public record RunResult(
    TrainingSettings settings,
    List<EpochPoint> curve,
    long chosenEpoch,
    boolean stopped,
    OptionalLong diverged,
    Score test,
    Optional<Predictive> predictive,
    Optional<PredictiveNumbers> numbers,
    long bytes) {
  public RunResult {
    curve = List.copyOf(curve);
  }

  /** Name of the run in files: the algorithm and the seed. */
  public static String name(TrainingSettings settings) {
    return settings.algorithm().commandName() + "-seed-" + settings.seed();
  }
}
