package kobai.bayes;

/**
 * What a mean loss L says about the probability of the whole data set:
 *
 * <pre>
 * ln p(Y | w, X) = constant − κ L(w)     (1)
 * </pre>
 *
 * <p>L is the mean over rows (and the sum over steps) that estimators return, over the data set or
 * over a mini-batch of it: (1) is then an unbiased estimate when the rows are drawn uniformly.
 *
 * @param factor κ, a finite number above 0
 * @param constant what does not depend on w; it moves the bound and the variance of score-function
 *     gradients, never a mean gradient
 */
public record LikelihoodScale(double factor, double constant) {
  public LikelihoodScale {
    if (!(factor > 0 && factor < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "likelihood: factor = %s: must be a finite number > 0 (the number of rows of the data set, over the noise variance for a squared error)"
              .formatted(factor));
    }
    if (!Double.isFinite(constant)) {
      throw new IllegalArgumentException(
          "likelihood: constant = %s: must be a finite number".formatted(constant));
    }
  }

  /**
   * A loss that is the negative log-likelihood of a row, such as the cross-entropy: κ = N.
   *
   * @param rows N of the whole data set, not of a batch
   */
  public static LikelihoodScale ofRows(long rows) {
    return new LikelihoodScale(positive("rows", rows), 0);
  }

  /**
   * The squared error ½‖y − z‖² of rows with m targets under noise N(0, σ²I): κ = N/σ², constant −½
   * N m ln(2πσ²).
   *
   * @param rows N of the whole data set
   * @param targets m, numbers observed in a row over all of its steps
   * @param noiseVariance σ² &gt; 0
   */
  public static LikelihoodScale gaussian(long rows, long targets, double noiseVariance) {
    if (!(noiseVariance > 0 && noiseVariance < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "likelihood: noise variance = %s: must be a finite number > 0".formatted(noiseVariance));
    }
    double observed = (double) positive("rows", rows) * positive("targets", targets);
    return new LikelihoodScale(
        rows / noiseVariance, -0.5 * observed * Math.log(2 * Math.PI * noiseVariance));
  }

  private static long positive(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "likelihood: %s = %d: must be at least 1".formatted(name, value));
    }
    return value;
  }

  /**
   * The weight decay γ of the mean loss under which L(w) + (γ/2)‖w − m‖² has the minima of the
   * posterior with that prior, N(m, λ⁻¹I):
   *
   * <pre>
   * −ln p(w | Y) = κ (L(w) + (γ/2)‖w − m‖²) + const,   γ = λ/κ     (2)
   * </pre>
   *
   * <p>For the squared error γ = λσ²/N on the mean loss, which is λσ² on the sum over rows: the
   * noise variance does not drop out.
   */
  public double decay(GaussianPrior prior) {
    return prior.precision() / factor;
  }
}
