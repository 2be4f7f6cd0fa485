package kobai.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import kobai.data.MiniBatches;
import kobai.estimators.Setup;
import kobai.memory.StateExchange;
import kobai.memory.StateRecord;
import kobai.memory.Workspace;
import kobai.models.RecurrentModel;
import kobai.networks.Network;
import kobai.random.RandomKey;

/**
 * A run in progress: epochs one after the other, until they are all done, validation has not become
 * better for long enough, or a number has stopped being finite.
 *
 * <pre>{@code
 * var run = new TrainingRun(settings, data);
 * while (!run.finished()) {
 *   report(run.epoch());
 * }
 * Score test = run.test();
 * }</pre>
 *
 * <p>All memory is taken by the constructor; an iteration allocates nothing. Not thread-safe.
 */
public final class TrainingRun {
  private final TrainingSettings settings;
  private final TrainingData data;
  private final MiniBatches batches;
  private final Learner learner;
  private final Judge judge;
  private final float[] best;
  private final List<EpochPoint> curve = new ArrayList<>();
  private long bestEpoch;
  private double bestLoss = Double.POSITIVE_INFINITY;
  private long epoch;
  private long diverged = -1;
  private double seconds;

  /**
   * Hears of iterations.
   *
   * <p>Called on the thread of the run; what it takes counts as training time.
   */
  public interface Listener {
    /**
     * After every iteration.
     *
     * @param done iterations of the run so far
     * @param loss of the last one, per scored step
     */
    void iterated(long done, double loss);
  }

  /**
   * Takes all memory and initialises θ.
   *
   * @throws IllegalArgumentException if model, data and settings do not fit together; everything
   *     that is wrong is named
   */
  public TrainingRun(TrainingSettings settings, TrainingData data) {
    check(settings, data);
    this.settings = settings;
    this.data = data;
    batches = new MiniBatches(data.count(Part.TRAINING), settings.setup().batch());
    Workspace workspace = Workspace.allocating();
    learner = new Learner(settings, data, batches, workspace);
    Setup setup = settings.setup();
    judge =
        new Judge(
            setup.model(),
            data,
            batches,
            new RandomKey(settings.seed()).child("order"),
            setup.kernels(),
            workspace.child("judge"));
    best = settings.patience() > 0 ? learner.theta().clone() : new float[0];
    curve.add(point(Double.NaN, Double.NaN));
  }

  private static void check(TrainingSettings settings, TrainingData data) {
    List<String> problems = new ArrayList<>();
    RecurrentModel model = settings.setup().model();
    int window = settings.setup().window();
    int batch = settings.setup().batch();
    check(
        problems,
        inputs(model) == data.shape().count(),
        "model: input size = %s: must be %s for %s",
        inputs(model),
        data.shape().count(),
        data.name());
    check(
        problems,
        model.targetSize() == data.targetSize(),
        "model: target size = %s: must be %s for %s",
        model.targetSize(),
        data.targetSize(),
        data.name());
    check(
        problems,
        window <= data.length(),
        "window = %s: must be at most %s, the steps of an example of %s",
        window,
        data.length(),
        data.name());
    check(
        problems,
        batch <= data.count(Part.TRAINING),
        "batch = %s: must be at most %s, the training examples of %s",
        batch,
        data.count(Part.TRAINING),
        data.name());
    check(
        problems,
        settings.patience() == 0 || data.count(Part.VALIDATION) > 0,
        "patience = %s: must be 0 without validation examples (%s has none)",
        settings.patience(),
        data.name());
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", problems));
    }
  }

  private static int inputs(RecurrentModel model) {
    return model instanceof Network network ? network.shape().count() : model.inputSize();
  }

  private static void check(
      List<String> problems, boolean holds, String message, Object... values) {
    if (!holds) {
      problems.add(message.formatted(values));
    }
  }

  private EpochPoint point(double trainingLoss, double gradientNorm) {
    return new EpochPoint(
        (int) epoch,
        epoch * batches.iterationsPerEpoch() * learner.updatesPerIteration(),
        epoch * batches.iterationsPerEpoch() * batches.batch(),
        seconds,
        trainingLoss,
        judge.score(weights(learner.theta()), Part.VALIDATION),
        gradientNorm);
  }

  /** Trains an epoch, judges θ on the validation examples and adds a point to the curve. */
  public EpochPoint epoch(Listener listener) {
    if (finished()) {
      throw new IllegalArgumentException(
          "epoch = %d: the run has finished (ask finished() first)".formatted(epoch + 1));
    }
    long start = System.nanoTime();
    int iterations = batches.iterationsPerEpoch();
    double loss = 0;
    double norm = 0;
    int done = 0;
    while (done < iterations && diverged < 0) {
      long number = epoch * iterations + done;
      double own = learner.iterate(number);
      loss += own;
      norm = Math.max(norm, learner.gradientNorm());
      done++;
      if (!Double.isFinite(own)) {
        diverged = number;
      }
      listener.iterated(number + 1, own);
    }
    seconds += (System.nanoTime() - start) / 1e9;
    epoch++;
    EpochPoint point = point(loss / done, norm);
    curve.add(point);
    double judged = point.validation().loss();
    if (judged < bestLoss) {
      bestLoss = judged;
      bestEpoch = epoch;
      System.arraycopy(learner.theta(), 0, best, 0, best.length);
    }
    return point;
  }

  /** {@link #epoch(Listener)} that nobody listens to. */
  public EpochPoint epoch() {
    return epoch((done, loss) -> {});
  }

  /** Whether there is no epoch left to do. */
  public boolean finished() {
    return epoch >= settings.epochs() || stopped() || diverged >= 0;
  }

  /** Whether validation has not become better for as many epochs as the patience. */
  public boolean stopped() {
    return settings.patience() > 0 && epoch - bestEpoch >= settings.patience();
  }

  /** The iteration in which a loss or a gradient was not finite, from 0, if there was one. */
  public OptionalLong diverged() {
    return diverged < 0 ? OptionalLong.empty() : OptionalLong.of(diverged);
  }

  /** The score of {@link #chosen} on the test examples. */
  public Score test() {
    return judge.score(weights(chosen()), Part.TEST);
  }

  /**
   * A copy of the θ that is kept: with patience that of the best validation loss, else the last.
   * With a law of the weights it is ξ = [μ | ln σ].
   */
  public float[] chosen() {
    return settings.patience() > 0 && bestEpoch > 0 ? best.clone() : learner.theta().clone();
  }

  /** The epoch that {@link #chosen} is of. */
  public long chosenEpoch() {
    return settings.patience() > 0 && bestEpoch > 0 ? bestEpoch : epoch;
  }

  private float[] weights(float[] parameters) {
    return parameters.length == learner.weights()
        ? parameters
        : Arrays.copyOf(parameters, learner.weights());
  }

  /**
   * What samples say of the test examples together: samples of the weights from the law that was
   * learnt, or, where there is dropout, of its masks.
   *
   * @return nothing if there is neither
   */
  public Optional<Predictive> predictive(int samples) {
    return new PredictiveLaw(settings, data, judge).predict(chosen(), samples);
  }

  /**
   * What is said of the numbers of the test examples, by samples where there are any to draw.
   *
   * @param samples at most; 0 for the network without noise
   * @return nothing if there are no numbers to predict, or the model states no density of them
   */
  public Optional<PredictiveNumbers> numbers(int samples) {
    return new RegressionLaw(settings, data, judge).predict(chosen(), samples);
  }

  /** The validation score after the last epoch. */
  public Score validation() {
    return curve.getLast().validation();
  }

  /** Points so far, that before training first. */
  public List<EpochPoint> curve() {
    return List.copyOf(curve);
  }

  /** Iterations of an epoch. */
  public int iterationsPerEpoch() {
    return batches.iterationsPerEpoch();
  }

  /** What it was made with. */
  public TrainingSettings settings() {
    return settings;
  }

  /** What it learns from. */
  public TrainingData data() {
    return data;
  }

  /** Memory of θ, estimator, optimiser and judge, by the ledger. */
  public long bytes() {
    return learner.bytes();
  }

  /** The state after the last epoch. */
  public Checkpoint checkpoint() {
    StateRecord record = new StateRecord();
    exchange(record.writer());
    return new Checkpoint(identity(), epoch, record, curve());
  }

  /**
   * Goes back to a state; later epochs have the bits that they had after it.
   *
   * @throws IllegalArgumentException if it is of other settings or other data; every difference is
   *     named, and the run is as it was
   */
  public void restore(Checkpoint checkpoint) {
    List<String> differences = checkpoint.differences(identity());
    if (!differences.isEmpty()) {
      throw new IllegalArgumentException(
          "checkpoint: must be of the same run\n" + String.join("\n", differences));
    }
    checkpoint.state().restore(this::exchange);
    curve.clear();
    curve.addAll(checkpoint.curve());
  }

  private Map<String, String> identity() {
    var identity = new LinkedHashMap<>(settings.lines());
    identity.put("data", data.name());
    identity.put("training examples", String.valueOf(data.count(Part.TRAINING)));
    identity.put("validation examples", String.valueOf(data.count(Part.VALIDATION)));
    return identity;
  }

  private void exchange(StateExchange state) {
    epoch = state.number("epoch", epoch);
    diverged = state.number("diverged", diverged);
    seconds = state.real("seconds", seconds);
    bestEpoch = state.number("best epoch", bestEpoch);
    bestLoss = state.real("best loss", bestLoss);
    state.floats("best theta", best);
    learner.exchange(state.child("learner"));
  }
}
