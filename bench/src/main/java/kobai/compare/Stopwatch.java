package kobai.compare;

import kobai.compare.ComparePlan.Planned;

/** Measures the time of cells. */
public interface Stopwatch {
  /**
   * Measures one cell. A second measurement takes the place of the first.
   *
   * @param warmth how many times the usual warm-up
   * @throws Failure if there is no result
   */
  Timing time(Planned planned, int warmth) throws Failure;

  /** All raw results so far as a JSON array in the format of JMH. */
  String json();

  /** A cell that gave no result. */
  final class Failure extends Exception {
    private static final long serialVersionUID = 1;

    private final boolean wrongAnswer;

    /**
     * Says why.
     *
     * @param wrongAnswer whether it was not timed because its answer is wrong
     */
    public Failure(String message, boolean wrongAnswer) {
      super(message);
      this.wrongAnswer = wrongAnswer;
    }

    /** Whether the answer was wrong. */
    public boolean wrongAnswer() {
      return wrongAnswer;
    }
  }
}
