package kobai.bayes;

import kobai.verify.Design;

/**
 * The product of five-point Gauss–Hermite rules, 5^D runs: exact Gaussian expectations of
 * polynomials of degree up to 9 in each variable, enough for the square of a score-function
 * gradient of a quadratic (degree 8).
 *
 * <p>Nodes are the roots of He₅ = x (x⁴ − 10x² + 15): 0 and x² = 5 ± √10, with weights 8/15 and (7
 * ∓ 2√10)/60.
 */
record FivePointDesign(int factors) implements Design {
  private static final double[] NODES = {
    0,
    Math.sqrt(5 - Math.sqrt(10)),
    -Math.sqrt(5 - Math.sqrt(10)),
    Math.sqrt(5 + Math.sqrt(10)),
    -Math.sqrt(5 + Math.sqrt(10))
  };
  private static final double[] WEIGHTS = {
    8.0 / 15,
    (7 + 2 * Math.sqrt(10)) / 60,
    (7 + 2 * Math.sqrt(10)) / 60,
    (7 - 2 * Math.sqrt(10)) / 60,
    (7 - 2 * Math.sqrt(10)) / 60
  };

  @Override
  public String name() {
    return "5-point Gauss–Hermite";
  }

  @Override
  public int runs() {
    return (int) Math.round(Math.pow(5, factors));
  }

  @Override
  public double weight(int run) {
    double weight = 1;
    for (int factor = 0, rest = run; factor < factors; factor++, rest /= 5) {
      weight *= WEIGHTS[rest % 5];
    }
    return weight;
  }

  @Override
  public double value(int run, int factor) {
    int rest = run;
    for (int f = 0; f < factor; f++) {
      rest /= 5;
    }
    return NODES[rest % 5];
  }
}
