package kobai.estimators;

/** What an estimator says of its expectation. Every claim is tested, {@link #BIASED} too. */
public enum Claim {
  /** Equals the gradient up to rounding. */
  EXACT,
  /** Equals the gradient in expectation. */
  UNBIASED,
  /** Equals, in expectation, the gradient of the loss averaged over the perturbation. */
  UNBIASED_FOR_SMOOTHED,
  /** Differs from the gradient in expectation; some problem in the suite shows it. */
  BIASED
}
