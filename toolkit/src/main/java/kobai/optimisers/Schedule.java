package kobai.optimisers;

/** How the learning rate changes: ηₜ = η f(t). A pure function of the iteration. */
public interface Schedule {
  /** The rate never changes. */
  Schedule CONSTANT = t -> 1;

  /** f(t) ≥ 0 of iteration t = 0, 1, … */
  double factor(long t);

  /**
   * This schedule after a linear warm-up.
   *
   * <pre>
   * f(t) min(1, (t + 1) / W)     (1)
   * </pre>
   *
   * <p>The schedule keeps its own time: it does not start after the warm-up but under it.
   *
   * <p>Source: Goyal et al. (2017), arXiv:1706.02677, section 2.2.
   *
   * @param iterations W ≥ 1
   */
  default Schedule warmedUp(long iterations) {
    if (iterations < 1) {
      throw new IllegalArgumentException(
          "warm-up = %d: must be at least 1 iteration (leave it out for none)"
              .formatted(iterations));
    }
    return t -> t + 1 >= iterations ? factor(t) : factor(t) * ((t + 1) / (double) iterations);
  }
}
