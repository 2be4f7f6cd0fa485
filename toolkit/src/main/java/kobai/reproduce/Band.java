package kobai.reproduce;

import java.util.function.Function;

/**
 * A statement about the outcome that is true or false.
 *
 * @param claim what must hold, one sentence
 * @param origin where the statement and its limits come from: the publication, a derivation, or
 *     runs over several seeds (which, and how far the limit is from them)
 * @param judge decides it
 * @param held whether it held in the runs that its origin tells of. A published claim that did not
 *     is kept as it was published, and fails; the text of the experiment says what is known of the
 *     reason
 */
public record Band(String claim, String origin, Function<Outcomes, Judgement> judge, boolean held) {
  /** A statement that held. */
  public Band(String claim, String origin, Function<Outcomes, Judgement> judge) {
    this(claim, origin, judge, true);
  }

  /** The same, as a published claim that did not hold. */
  public Band notHeld() {
    return new Band(claim, origin, judge, false);
  }

  /** How a band was judged. */
  public enum Verdict {
    /** It holds. */
    PASS,
    /** It does not. */
    FAIL,
    /** What it speaks of has not been run. */
    NOT_RUN
  }

  /**
   * A verdict with its figures.
   *
   * @param verdict the verdict
   * @param observed what was seen, in words and figures
   */
  public record Judgement(Verdict verdict, String observed) {
    /** PASS or FAIL. */
    public static Judgement of(boolean holds, String observed) {
      return new Judgement(holds ? Verdict.PASS : Verdict.FAIL, observed);
    }

    /** The method, or the metric of it, is missing. */
    public static Judgement notRun(String what) {
      return new Judgement(Verdict.NOT_RUN, what + " has not been run");
    }
  }
}
