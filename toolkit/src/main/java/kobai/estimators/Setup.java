package kobai.estimators;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.DiagonalModel;
import kobai.models.DifferentiableModel;
import kobai.models.LayeredModel;
import kobai.models.NodePerturbableModel;
import kobai.models.RecurrentModel;
import kobai.models.RowLocalModel;
import kobai.models.RowLocalShape;
import kobai.models.RowLocalTape;
import kobai.models.SparseRowLocalModel;
import kobai.models.StepModel;
import kobai.parallel.Workers;
import kobai.random.NoiseSource;

/**
 * Everything an estimator is made from. Start from {@link #of} and change what matters.
 *
 * @param model the computation
 * @param implementation kernels to run on
 * @param batch rows B of the sequences
 * @param window most steps a call of {@code estimate} will cover
 * @param particles N, even: both halves of an antithetic pair count
 * @param sigma scale σ of perturbations
 * @param noise source of perturbations of variance one
 * @param workers threads; results do not depend on their number
 * @param tapeBudget bytes that checkpointing may use; 0 means as few as one level of checkpoints
 *     allows, O(√T)
 * @param rank r of low-rank perturbations and of low-rank influence
 * @param tangents directions k that a forward gradient averages over
 * @param innerRate rate at which an estimator learns its own auxiliary quantities (kernels,
 *     synthetic gradients, decorrelation); 0 means the one its publication gives
 * @param evolution variants of evolution strategies
 */
public record Setup(
    RecurrentModel model,
    Implementation implementation,
    int batch,
    int window,
    int particles,
    double sigma,
    NoiseSource noise,
    Workers workers,
    long tapeBudget,
    int rank,
    int tangents,
    double innerRate,
    EvolutionOptions evolution) {
  public Setup {
    List<String> problems = new ArrayList<>();
    check(problems, batch >= 1, "batch = %s: must be at least 1", batch);
    check(problems, window >= 1, "window = %s: must be at least 1", window);
    check(
        problems,
        particles >= 2 && particles % 2 == 0,
        "particles = %s: must be an even number ≥ 2 (both halves of an antithetic pair count)",
        particles);
    check(
        problems,
        sigma > 0 && sigma < Double.POSITIVE_INFINITY && (float) sigma >= Float.MIN_NORMAL,
        "sigma = %s: must be a finite number > 0",
        sigma);
    check(problems, tapeBudget >= 0, "tape budget = %s: must be a number of bytes ≥ 0", tapeBudget);
    check(problems, rank >= 1, "rank = %s: must be at least 1", rank);
    check(problems, tangents >= 1, "tangents = %s: must be at least 1", tangents);
    check(
        problems,
        innerRate >= 0 && innerRate < Double.POSITIVE_INFINITY,
        "inner rate = %s: must be a finite number ≥ 0 (0 means the algorithm's own)",
        innerRate);
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", problems));
    }
  }

  /**
   * Vector kernels, batch 1, windows of up to {@code window} steps, N = 32, σ = 0.01, Gaussian
   * noise, one thread, rank 1, one tangent.
   */
  public static Setup of(RecurrentModel model, int window) {
    return new Setup(
        model,
        Implementation.VECTOR,
        1,
        window,
        32,
        0.01,
        NoiseSource.gaussian(Implementation.VECTOR.kernels()),
        Workers.single(),
        0,
        1,
        1,
        0,
        EvolutionOptions.DEFAULT);
  }

  /** The same for another model. */
  public Setup withModel(RecurrentModel value) {
    return new Setup(
        value,
        implementation,
        batch,
        window,
        particles,
        sigma,
        noise,
        workers,
        tapeBudget,
        rank,
        tangents,
        innerRate,
        evolution);
  }

  /** The same with other kernels. */
  public Setup withImplementation(Implementation value) {
    return new Setup(
        model,
        value,
        batch,
        window,
        particles,
        sigma,
        noise,
        workers,
        tapeBudget,
        rank,
        tangents,
        innerRate,
        evolution);
  }

  /** The same with another batch. */
  public Setup withBatch(int value) {
    return new Setup(
        model,
        implementation,
        value,
        window,
        particles,
        sigma,
        noise,
        workers,
        tapeBudget,
        rank,
        tangents,
        innerRate,
        evolution);
  }

  /** The same with another longest window. */
  public Setup withWindow(int value) {
    return new Setup(
        model,
        implementation,
        batch,
        value,
        particles,
        sigma,
        noise,
        workers,
        tapeBudget,
        rank,
        tangents,
        innerRate,
        evolution);
  }

  /** The same with another number of particles. */
  public Setup withParticles(int value) {
    return new Setup(
        model,
        implementation,
        batch,
        window,
        value,
        sigma,
        noise,
        workers,
        tapeBudget,
        rank,
        tangents,
        innerRate,
        evolution);
  }

  /** The same with another perturbation scale. */
  public Setup withSigma(double value) {
    return new Setup(
        model,
        implementation,
        batch,
        window,
        particles,
        value,
        noise,
        workers,
        tapeBudget,
        rank,
        tangents,
        innerRate,
        evolution);
  }

  /** The same with another source of noise. */
  public Setup withNoise(NoiseSource value) {
    return new Setup(
        model,
        implementation,
        batch,
        window,
        particles,
        sigma,
        value,
        workers,
        tapeBudget,
        rank,
        tangents,
        innerRate,
        evolution);
  }

  /** The same on other threads; the caller closes them. */
  public Setup withWorkers(Workers value) {
    return new Setup(
        model,
        implementation,
        batch,
        window,
        particles,
        sigma,
        noise,
        value,
        tapeBudget,
        rank,
        tangents,
        innerRate,
        evolution);
  }

  /** The same with another budget for checkpointing. */
  public Setup withTapeBudget(long value) {
    return new Setup(
        model,
        implementation,
        batch,
        window,
        particles,
        sigma,
        noise,
        workers,
        value,
        rank,
        tangents,
        innerRate,
        evolution);
  }

  /** The same with another rank. */
  public Setup withRank(int value) {
    return new Setup(
        model,
        implementation,
        batch,
        window,
        particles,
        sigma,
        noise,
        workers,
        tapeBudget,
        value,
        tangents,
        innerRate,
        evolution);
  }

  /** The same with another number of tangents. */
  public Setup withTangents(int value) {
    return new Setup(
        model,
        implementation,
        batch,
        window,
        particles,
        sigma,
        noise,
        workers,
        tapeBudget,
        rank,
        value,
        innerRate,
        evolution);
  }

  /** The same with another inner rate. */
  public Setup withInnerRate(double value) {
    return new Setup(
        model,
        implementation,
        batch,
        window,
        particles,
        sigma,
        noise,
        workers,
        tapeBudget,
        rank,
        tangents,
        value,
        evolution);
  }

  /** The same with other variants of evolution strategies. */
  public Setup withEvolution(EvolutionOptions value) {
    return new Setup(
        model,
        implementation,
        batch,
        window,
        particles,
        sigma,
        noise,
        workers,
        tapeBudget,
        rank,
        tangents,
        innerRate,
        value);
  }

  /** The kernels of {@link #implementation}. */
  public Kernels kernels() {
    return implementation.kernels();
  }

  /** Floats of state of the whole batch. */
  long stateSize() {
    return (long) batch * model.stateSize();
  }

  /**
   * The rank r, refused where a matrix of rank {@code most} holds no more; {@code why} says whose.
   */
  int rank(int most, String why) {
    if (rank > most) {
      throw new IllegalArgumentException(
          "rank = %d: must be in [1, %d] (%s; at %d the approximation is exact)"
              .formatted(rank, most, why, most));
    }
    return rank;
  }

  DifferentiableModel differentiable(String algorithm) {
    return capability(
        DifferentiableModel.class,
        algorithm,
        "no derivatives",
        c -> c == Claim.UNBIASED_FOR_SMOOTHED);
  }

  StepModel stepwise(String algorithm) {
    return capability(
        StepModel.class,
        algorithm,
        "no stepwise derivatives",
        c -> c == Claim.EXACT || c == Claim.UNBIASED);
  }

  NodePerturbableModel nodePerturbable(String algorithm) {
    String lack = "no pre-activations that accept noise";
    NodePerturbableModel perturbable =
        capability(
            NodePerturbableModel.class, algorithm, lack, c -> c == Claim.UNBIASED_FOR_SMOOTHED);
    if (perturbable.nodes() == 0) {
      throw new Unsupported(
          "%s: %s has %s".formatted(algorithm, model.name(), lack),
          c -> c == Claim.UNBIASED_FOR_SMOOTHED);
    }
    return perturbable;
  }

  RowLocalModel rowLocal(String algorithm) {
    return capability(
        RowLocalModel.class,
        algorithm,
        model instanceof SparseRowLocalModel
            ? "weights that do not exist"
            : "parameters that touch more than one unit",
        c -> c == Claim.EXACT || c == Claim.UNBIASED);
  }

  DiagonalModel diagonal(String algorithm) {
    return capability(DiagonalModel.class, algorithm, "units that interact", c -> c == Claim.EXACT);
  }

  /** The row-local cell, or a stack of them. */
  LayeredModel layered(String algorithm) {
    return model instanceof LayeredModel layered && !layered.cells().isEmpty()
        ? layered
        : rowLocal(algorithm);
  }

  /**
   * The same, if units interact in one of them. What leaves out their interaction leaves out
   * nothing elsewhere: it would be exact on a cell, and on a stack what RTRL_DIAGONAL is, not what
   * its line in the registry says.
   */
  LayeredModel interacting(String algorithm) {
    LayeredModel layered = layered(algorithm);
    if (layered.cells().stream().allMatch(RowLocalShape::diagonal)) {
      throw new IllegalArgumentException(
          (layered.deep()
                  ? "%s: %s has units that do not interact, so nothing would be left out within a"
                      + " layer; use RTRL_DIAGONAL (layerwise there; exact: RTRL, BPTT)"
                  : "%s: %s has units that do not interact, so nothing would be left out; use"
                      + " RTRL_DIAGONAL")
              .formatted(algorithm, model.name()));
    }
    return layered;
  }

  /** The tape of a row-local model, sparse or not. */
  RowLocalTape rowLocalTape(String algorithm, Workspace workspace) {
    return model instanceof SparseRowLocalModel sparse
        ? sparse.tape(kernels(), workspace, window, batch)
        : rowLocal(algorithm).tape(kernels(), workspace, window, batch);
  }

  private <T> T capability(Class<T> type, String algorithm, String lack, Predicate<Claim> instead) {
    if (!type.isInstance(model)) {
      throw new Unsupported("%s: %s has %s".formatted(algorithm, model.name(), lack), instead);
    }
    return type.cast(model);
  }

  private static void check(List<String> problems, boolean holds, String message, Object value) {
    if (!holds) {
      problems.add(message.formatted(value));
    }
  }
}
