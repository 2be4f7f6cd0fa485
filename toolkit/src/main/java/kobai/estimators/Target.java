package kobai.estimators;

/**
 * The quantity that the expectation of an estimator equals, at fixed θ; the windows of a sequence
 * summed.
 */
public enum Target {
  /** ∇L. */
  LOSS_GRADIENT("∇L"),
  /** Σ over windows of ∇ of the window's loss, the state before the window held constant. */
  TRUNCATED_GRADIENT("∇L cut at the start of every window"),
  /**
   * Σₜ of ∇ℓₜ in which the influence of a layer reaches those above at the same step, but is not
   * carried on by their recurrence: their states before step t are held.
   */
  LAYERWISE("∇L without what a layer does through the recurrence of those above"),
  /** ∇ E L(θ + σv), one standard normal v for the whole sequence. */
  GAUSSIAN_SMOOTHED("∇ of the loss averaged over one perturbation a sequence"),
  /** ∇ E L(θ + σv₁, θ + σv₂, …), independent standard normal vectors, one a window. */
  PER_UNROLL_SMOOTHED("∇ of the loss averaged over independent perturbations, one a window"),
  /**
   * Σ over windows of ∇ E L(θ + σv; s), s the state that the unperturbed network has before the
   * window.
   */
  TRUNCATED_SMOOTHED("truncated ∇ of the loss averaged over one perturbation a window"),
  /** ∇ E L(θ + σv₁, θ + σv₂, …), independent standard normal vectors, one every two windows. */
  PER_PERIOD_SMOOTHED("∇ of the loss averaged over independent perturbations, one a noise period"),
  /**
   * Σ over windows of ∂/∂θₜ E Lₜ(θ + σv₁, …, θ + σvₜ): the own window's share, the state before it
   * reached under the perturbations so far.
   */
  CARRIED_SMOOTHED("truncated ∇ of the loss averaged over perturbed windows, states carried"),
  /** The same value; both halves of a pair start from the positive one's state. */
  POSITIVE_SMOOTHED("truncated ∇ of the loss averaged over perturbed windows, pairs share a state"),
  /**
   * Σ over windows of ∂Lₜ/∂θₜ(θ) + Σᵣ ∂/∂θᵣ E Lₜ(θ + σv₁, …, θ + σvₜ), r before t: as
   * PER_UNROLL_SMOOTHED, the own window's share without noise.
   */
  ANALYTIC_SMOOTHED("∇ of the loss averaged over independent perturbations of earlier windows"),
  /**
   * E ∇L(θ + σ V) B Bᵀ/r in every matrix, V = A Bᵀ/√r one a sequence or window: ∇L up to O(σ²), the
   * second derivatives adding nothing.
   */
  LOW_RANK_SMOOTHED("∇ averaged over low-rank perturbations, ∇L up to O(σ²)"),
  /** The same of every window, the state before it held. */
  LOW_RANK_TRUNCATED("truncated ∇ averaged over low-rank perturbations"),
  /**
   * ∇ E of the loss over independent standard normal perturbations, σ times each, of every
   * pre-activation at every step.
   */
  ACTIVITY_SMOOTHED("∇ of the loss averaged over perturbed activations"),
  /** An approximation of ∇L that only its own equations describe: there is no closed form. */
  APPROXIMATION("an approximation of ∇L");

  private final String words;

  Target(String words) {
    this.words = words;
  }

  /** The target in a few words. */
  public String words() {
    return words;
  }
}
