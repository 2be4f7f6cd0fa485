package kobai.verify;

/**
 * How a check ended. Only {@link #UNBIASED} and {@link #BIASED_BUT_WITHIN} are positive evidence
 * for the estimator.
 */
public enum Verdict {
  /** Every bias that is looked at lies within the tolerance. */
  UNBIASED,
  /** A bias was found, and it lies within the tolerance: a warning. */
  BIASED_BUT_WITHIN,
  /** A bias was found. */
  BIASED,
  /** Not enough evidence for either; a failure, with the number of samples that are missing. */
  UNDECIDED,
  /** The estimator broke the rules of the game, so that no statistics were done. */
  CONTRACT_VIOLATION;

  /** Whether the claim of being unbiased holds. */
  public boolean passed() {
    return this == UNBIASED || this == BIASED_BUT_WITHIN;
  }
}
