package kobai.verify;

/**
 * A finite set of weighted noise vectors that takes the place of a random source: averages over its
 * runs equal expectations exactly, for the functions that its class comment names.
 */
public interface Design {
  /** What it is, in a few words. */
  String name();

  /** Number of noise variables. */
  int factors();

  /** Number of noise vectors. */
  int runs();

  /** Weight of a run; the weights sum to one and may be negative. */
  double weight(int run);

  /** The value of a noise variable in a run. */
  double value(int run, int factor);

  /** Overwrites out with the noise vector of a run. */
  default void fill(int run, double[] out) {
    for (int factor = 0; factor < factors(); factor++) {
      out[factor] = value(run, factor);
    }
  }
}
