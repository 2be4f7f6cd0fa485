package kobai.training;

import kobai.bayes.Coordinates;
import kobai.bayes.GaussianPrior;
import kobai.bayes.LikelihoodScale;
import kobai.bayes.Reparameterised;
import kobai.bayes.Variational;
import kobai.data.MiniBatches;
import kobai.estimators.Claim;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.kernels.Kernels;
import kobai.memory.StateExchange;
import kobai.memory.Workspace;
import kobai.models.Loss;
import kobai.models.RecurrentModel;
import kobai.networks.Likelihood;
import kobai.networks.Network;
import kobai.optimisers.Optimiser;
import kobai.optimisers.Schedules;
import kobai.parallel.Workers;
import kobai.random.RandomKey;

/**
 * θ and all that moves it: one call of {@link #iterate} is one mini-batch.
 *
 * <pre>
 * g = Σ_c (B_c/B) g_c          (1)   over chunks c of the rows of a mini-batch
 * </pre>
 *
 * <p>A large mini-batch of an exact algorithm is cut into chunks of {@value #CHUNK_ROWS} rows that
 * the workers of the setup share; the cut does not depend on their number, and (1) adds in the
 * order of the chunks. Other algorithms get the workers themselves.
 */
final class Learner {
  /** Rows of a chunk: enough to amortise the packing of the weights. */
  private static final int CHUNK_ROWS = 64;

  /** Parameters that a worker adds up at a time: a few cache lines' worth of work, and L1-sized. */
  private static final int CHUNK_PARAMETERS = 4096;

  private final Setup setup;
  private final Kernels kernels;
  private final Workspace workspace;
  private final int window;
  private final int length;
  private final int scored;
  private final int parameters;
  private final float lossScale;
  private final Chunk[] chunks;
  private final Workers workers;
  private final Workers.Task fill;
  private final Workers.Task estimate;
  private final Workers.Task sum;
  private final Optimiser optimiser;
  private final float[] theta;
  private final float[] gradient;
  private long iteration;
  private int from;
  private double gradientNorm;

  Learner(TrainingSettings settings, TrainingData data, MiniBatches batches, Workspace workspace) {
    this.workspace = workspace;
    setup = settings.setup();
    kernels = setup.kernels();
    window = setup.window();
    length = data.length();
    scored = data.scoredSteps();
    int weights = setup.model().parameters().count();
    parameters = settings.bayes().isPresent() ? Math.multiplyExact(2, weights) : weights;
    int count = chunkCount(settings);
    workers = count > 1 ? setup.workers() : Workers.single();
    RandomKey key = new RandomKey(settings.seed());
    chunks = new Chunk[count];
    LikelihoodScale likelihood = likelihood(setup.model(), data);
    lossScale = settings.bayes().isPresent() ? (float) (1 / likelihood.factor()) : 1;
    for (int c = 0; c < count; c++) {
      Workspace own = count == 1 ? workspace : workspace.child("chunk " + c);
      Setup part =
          setup
              .withBatch(setup.batch() / count)
              .withWorkers(count == 1 ? setup.workers() : Workers.single());
      chunks[c] =
          new Chunk(
              c,
              key,
              data,
              batches,
              part,
              estimator(settings, part, own, likelihood),
              own,
              parameters);
    }
    theta = workspace.floats("theta", parameters);
    gradient = count == 1 ? chunks[0].gradient() : workspace.floats("gradient", parameters);
    optimiser =
        settings
            .optimiser()
            .create(
                kernels,
                workspace.child("optimiser"),
                parameters,
                Schedules.parse(settings.schedule(), updates(settings, data, batches)));
    initialise(settings, key, weights);
    fill = (chunk, worker) -> chunks[chunk].fill(iteration);
    estimate = (chunk, worker) -> chunks[chunk].estimate(theta, from, to());
    sum = (chunk, worker) -> sum(chunk);
  }

  /** A squared error is read as a Gaussian of variance 1; other losses are likelihoods already. */
  private static LikelihoodScale likelihood(RecurrentModel model, TrainingData data) {
    long rows = data.count(Part.TRAINING);
    boolean squared =
        model instanceof Network network
            ? network.likelihood().kind() == Likelihood.Kind.SQUARED_ERROR
            : data.loss() == Loss.SQUARED_ERROR;
    return squared
        ? LikelihoodScale.gaussian(rows, (long) data.targetSize() * data.scoredSteps(), 1)
        : LikelihoodScale.ofRows(rows);
  }

  private static int chunkCount(TrainingSettings settings) {
    boolean separable =
        settings.algorithm().whole() == Claim.EXACT
            && !settings.algorithm().stochastic()
            && settings.bayes().isEmpty()
            && !Normalisation.of(settings.setup().model());
    int batch = settings.setup().batch();
    return separable && batch > CHUNK_ROWS && batch % CHUNK_ROWS == 0 ? batch / CHUNK_ROWS : 1;
  }

  private static GradientEstimator estimator(
      TrainingSettings settings, Setup setup, Workspace workspace, LikelihoodScale likelihood) {
    if (settings.bayes().isEmpty()) {
      return settings.algorithm().create(setup, workspace.child("estimator"));
    }
    BayesSettings bayes = settings.bayes().get();
    Variational variational =
        Variational.of(new GaussianPrior(0, bayes.priorDeviation()), likelihood)
            .withSamples(bayes.samples())
            .withImplementation(setup.implementation())
            .withNoise(setup.noise());
    return new Reparameterised(
        variational,
        workspace.child("bound"),
        setup.model().parameters().count(),
        own -> settings.algorithm().create(setup, own));
  }

  private void initialise(TrainingSettings settings, RandomKey key, int weights) {
    if (settings.bayes().isEmpty()) {
      setup.model().initialise(key.child("theta"), theta);
      return;
    }
    float[] means = new float[weights];
    setup.model().initialise(key.child("theta"), means);
    Coordinates.LOG_SIGMA.initialise(means, settings.bayes().get().initialDeviation(), theta);
  }

  private static long updates(TrainingSettings settings, TrainingData data, MiniBatches batches) {
    int window = settings.setup().window();
    long windows = (data.length() + window - 1) / window;
    return windows * batches.iterationsPerEpoch() * settings.epochs();
  }

  /** Updates of θ that an iteration makes. */
  int updatesPerIteration() {
    return (length + window - 1) / window;
  }

  private int to() {
    return Math.min(from + window, length);
  }

  /**
   * Learns from the mini-batch of that number; θ is updated after each window. Allocates nothing.
   *
   * @return the loss per scored step, means over the rows; not finite if the loss or the gradient
   *     was not: θ is then as it was before that window
   */
  double iterate(long number) {
    iteration = number;
    workers.run(chunks.length, fill);
    double loss = 0;
    gradientNorm = 0;
    for (from = 0; from < length; from += window) {
      workers.run(chunks.length, estimate);
      for (Chunk chunk : chunks) {
        loss += chunk.loss() / chunks.length;
      }
      if (chunks.length > 1) {
        workers.run((parameters + CHUNK_PARAMETERS - 1) / CHUNK_PARAMETERS, sum);
      }
      if (lossScale != 1) {
        kernels.scale(lossScale, gradient, 0, parameters);
      }
      double norm = norm();
      if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
        return Double.NaN;
      }
      gradientNorm = Math.max(gradientNorm, norm);
      optimiser.update(theta, gradient);
    }
    return loss * lossScale / scored;
  }

  /** (1) for some parameters. */
  private void sum(int chunk) {
    int at = chunk * CHUNK_PARAMETERS;
    int count = Math.min(CHUNK_PARAMETERS, parameters - at);
    System.arraycopy(chunks[0].gradient(), at, gradient, at, count);
    for (int c = 1; c < chunks.length; c++) {
      kernels.axpy(1f, chunks[c].gradient(), at, gradient, at, count);
    }
    kernels.scale(1f / chunks.length, gradient, at, count);
  }

  private double norm() {
    float squares = kernels.squaredNorm(gradient, 0, parameters);
    if (squares <= Float.MAX_VALUE) {
      return Math.sqrt(squares);
    }
    double sum = 0; // squares of floats do not overflow in double
    for (int i = 0; i < parameters; i++) {
      sum += (double) gradient[i] * gradient[i];
    }
    return Math.sqrt(sum);
  }

  /** The largest norm of an estimate in the last iteration. */
  double gradientNorm() {
    return gradientNorm;
  }

  /** θ itself, or ξ of the law of the weights. */
  float[] theta() {
    return theta;
  }

  /** The floats that are weights: θ, or the means of ξ. */
  int weights() {
    return setup.model().parameters().count();
  }

  /** Bytes of everything, by the ledger. */
  long bytes() {
    return workspace.bytes();
  }

  void exchange(StateExchange state) {
    state.floats("theta", theta);
    optimiser.exchange(state.child("optimiser"));
  }
}
