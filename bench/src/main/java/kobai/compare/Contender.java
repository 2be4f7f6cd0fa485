package kobai.compare;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import kobai.estimators.Algorithm;
import kobai.estimators.Claim;
import kobai.models.RecurrentModel;

/**
 * An algorithm with a rule for its windows: what a line of a chart or a row of a table stands for.
 *
 * @param algorithm the estimator
 * @param window K, or {@link #WHOLE} for one window over the whole sequence, however long
 */
public record Contender(Algorithm algorithm, int window) {
  /** One window over the whole sequence. */
  public static final int WHOLE = 0;

  /** The length of its windows on a sequence of {@code length} steps. */
  public int window(int length) {
    return window == WHOLE ? length : Math.min(window, length);
  }

  /** Its name in reports: {@code BPTT (K=T)}, {@code RTRL (K=1)}. */
  public String label() {
    return "%s (K=%s)"
        .formatted(algorithm.name().replace('_', '-'), window == WHOLE ? "T" : window);
  }

  /** What it claims of that network on a sequence of {@code length} steps. */
  public Claim claim(RecurrentModel model, int length) {
    return algorithm.claimOn(model, window(length) == length);
  }

  /** Whether its gradient is meant to be the exact one of that network and so many steps. */
  public boolean exact(RecurrentModel model, int length) {
    return claim(model, length) == Claim.EXACT;
  }

  /**
   * The ways in which these algorithms are used in practice. An algorithm that is exact on whole
   * sequences only, or that says the same on whole sequences alone (BPTT, ES), is compared whole
   * and truncated; checkpointing, which is for long windows, whole; an algorithm that is exact on
   * windows (RTRL) step by step and in windows; one that is unbiased on windows (PES) in windows,
   * since on one window it is ES.
   *
   * @param window K of those that use windows
   * @param length T; windows of that length are the whole sequence
   */
  public static List<Contender> of(Collection<Algorithm> algorithms, int window, int length) {
    int cut = window >= length ? WHOLE : window;
    List<Contender> contenders = new ArrayList<>();
    for (Algorithm algorithm : algorithms) {
      boolean truncated = algorithm.windows() == Claim.BIASED && algorithm.whole() != Claim.BIASED;
      if (truncated) {
        add(contenders, new Contender(algorithm, WHOLE));
      }
      if (algorithm.windows() == Claim.EXACT && length > 1) {
        add(contenders, new Contender(algorithm, 1));
      }
      if (algorithm != Algorithm.BPTT_CHECKPOINTED) {
        add(contenders, new Contender(algorithm, cut));
      }
    }
    return contenders;
  }

  private static void add(List<Contender> contenders, Contender contender) {
    if (!contenders.contains(contender)) {
      contenders.add(contender);
    }
  }
}
