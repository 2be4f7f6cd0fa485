package kobai.verify;

import kobai.random.RandomKey;

/**
 * The one place where the error rates of the test suite are shared out.
 *
 * <p>The chance that a run of the whole suite on correct code fails by chance is at most α_run =
 * 10⁻⁹: at most 100 statistical tests, each at α = 10⁻¹¹. Ten thousand runs then raise a false
 * alarm with a chance of 10⁻⁵. A bias of ε passes a test with a chance of β = 10⁻⁴; what is missed
 * by one test only gets harder to miss as it grows.
 *
 * <p>Seeds of the suite are fixed: a test's outcome is a pure function of the code, so it cannot
 * flake, and a change of the random streams draws again once, at α_run. The nightly run takes a
 * fresh seed and prints it. No test is repeated until it passes.
 */
public final class Budget {
  /** Chance of any false alarm in one run of the suite. */
  public static final double ALPHA_RUN = 1e-9;

  /** Most statistical tests in the suite. */
  public static final int TESTS = 100;

  /** α of one test, {@link #ALPHA_RUN} / {@link #TESTS}. */
  public static final double ALPHA = 1e-11;

  /** β of one test. */
  public static final double BETA = 1e-4;

  /** Seed of the suite. */
  public static final long MASTER_SEED = 20261121;

  private Budget() {}

  /** The seed of a test, from its name. */
  public static long seed(String test) {
    return new RandomKey(MASTER_SEED).child(test).seed();
  }
}
