package kobai.claims;

/** Is told how far a verification is; never by two threads at once. */
public interface ClaimObserver {
  /** A check begins. */
  void started(ClaimCell cell);

  /** A check has ended; in the order of ending. */
  void ended(ClaimOutcome outcome);
}
