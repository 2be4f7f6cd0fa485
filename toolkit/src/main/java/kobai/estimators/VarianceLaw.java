package kobai.estimators;

/**
 * Which closed form the variance of a stochastic estimate follows, to first order in σ: that of a
 * quadratic form in independent noise, which the blocks ∂Lₜ/∂θᵣ determine. An estimate with
 * low-rank perturbations is of degree four in the factors that it draws and no quadratic form; its
 * contract holds the variance of one pair to a formula of its own. Those of random signs and of
 * noise on nodes depend on Jacobians that the blocks do not hold.
 */
public enum VarianceLaw {
  /** None that a target and its blocks determine, or there is no variance. */
  NONE,
  /** The quadratic form of the target, averaged over N/2 antithetic pairs. */
  PAIRS,
  /** As PAIRS, every window credited with the total so far, less what it was credited before. */
  PAIRS_OF_TOTALS,
  /** As PAIRS, a window's own share exact instead of credited. */
  PAIRS_OF_EARLIER,
  /** The quadratic form of the target, averaged over N particles. */
  PARTICLES,
  /** The quadratic form of the target, averaged over the tangents of the setup. */
  TANGENTS
}
