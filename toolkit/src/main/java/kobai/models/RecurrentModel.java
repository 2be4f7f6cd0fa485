package kobai.models;

import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.random.RandomKey;

/**
 * A computation unrolled over time, sₜ = f(θ, sₜ₋₁, xₜ) with loss ℓₜ(θ, sₜ, yₜ): all that a
 * black-box estimator needs. A model is an immutable description; the objects it makes hold the
 * buffers.
 *
 * <p>The unit of work is the window [from, to), not the step: a model may hoist the products that
 * do not depend on the state out of the time loop, and it packs its weights once a window.
 */
public interface RecurrentModel {
  /** The model in a few words, for reports and messages. */
  String name();

  /** Floats of state per row, n. */
  int stateSize();

  /** Floats of input per row and step, d. */
  int inputSize();

  /** Floats of target per row and step, m. */
  int targetSize();

  /** The layout of θ. */
  Parameters parameters();

  /** Overwrites theta [P] with initial values. */
  void initialise(RandomKey key, float[] theta);

  /** Makes an evaluator of windows of up to {@code window} steps of {@code batch} rows. */
  Rollout rollout(Kernels kernels, Workspace workspace, int window, int batch);
}
