package kobai.optimisers;

import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/** The registry of optimisers. */
public enum Optimisers {
  /** Stochastic gradient descent. */
  SGD,
  /** Adam (Kingma and Ba 2015). */
  ADAM;

  /**
   * Makes the optimiser of {@code parameters} parameters with learning rate {@code rate}; its state
   * is ledgered.
   */
  public Optimiser create(Kernels kernels, Workspace workspace, int parameters, double rate) {
    if (!((float) rate > 0 && (float) rate < Float.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "learning rate = %s: must be a finite number > 0 (and in the range of float)"
              .formatted(rate));
    }
    return switch (this) {
      case SGD -> new Sgd(kernels, parameters, rate);
      case ADAM -> new Adam(workspace, parameters, rate);
    };
  }
}
