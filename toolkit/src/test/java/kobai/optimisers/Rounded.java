package kobai.optimisers;

/**
 * A number in double with a bound on how far a float computation of the same formula may be from
 * it: running error analysis.
 *
 * <p>Every operation charges two roundings to float, its own and that of a constant (rate, β, ε, a
 * correction) that it may take in: the programs compute such constants in double and round them
 * once. A tenth of a per cent is for the products of roundings.
 *
 * <p>Source: Higham (2002), Accuracy and Stability of Numerical Algorithms, section 3.3.
 */
record Rounded(double value, double error) {
  /** Half the spacing of floats at 1, twice, and the second order. */
  private static final double TWO_ROUNDINGS = 2 * 0x1p-24 * 1.001;

  static Rounded exactly(double value) {
    return new Rounded(value, 0);
  }

  Rounded plus(Rounded other) {
    return rounded(value + other.value, error + other.error);
  }

  Rounded plus(double constant) {
    return plus(exactly(constant));
  }

  Rounded minus(Rounded other) {
    return rounded(value - other.value, error + other.error);
  }

  Rounded times(Rounded other) {
    return rounded(
        value * other.value,
        Math.abs(value) * other.error + Math.abs(other.value) * error + error * other.error);
  }

  Rounded times(double constant) {
    return times(exactly(constant));
  }

  Rounded over(Rounded other) {
    double quotient = value / other.value;
    return rounded(
        quotient,
        (error + Math.abs(quotient) * other.error) / (Math.abs(other.value) - other.error));
  }

  Rounded over(double constant) {
    return over(exactly(constant));
  }

  Rounded root() {
    double root = Math.sqrt(value);
    return rounded(root, root - Math.sqrt(Math.max(0, value - error)));
  }

  /** No number moves further than its bounds or itself. */
  Rounded within(double low, double high) {
    double bounded = Math.min(Math.max(value, low), high);
    return rounded(bounded, error);
  }

  private static Rounded rounded(double value, double error) {
    return new Rounded(value, error + TWO_ROUNDINGS * (Math.abs(value) + error));
  }
}
