package kobai.verify;

/**
 * The mean of estimates by differences of losses, at a σ that need not be small, over a symmetric
 * design and in double: what an estimator of a smoothed gradient must give over the same design up
 * to rounding, whatever the orders in σ that are left.
 *
 * <pre>
 * one noise an episode      1/σ Σ_r w_r L(θ + σv) v                                    (1)
 * one noise an unroll       1/σ Σ_r w_r Σₜ Lₜ(θ + σv₁, …, θ + σvₜ) (v₁ + … + vₜ)        (2)
 * rounding                  Σ_r |w_r| · 4 u Σₜ |Lₜ| ‖v‖ / σ                            (3)
 * </pre>
 *
 * <p>For a design that is exact for Gaussian polynomials of degree 5, (1) and (2) are the gradients
 * of the smoothed losses up to σ⁴ times their fifth derivatives.
 *
 * @param gradient (1) or (2), [P]
 * @param rounding (3) in float: the most that the rounding of losses may move it by, as a length
 */
public record SmoothedMean(double[] gradient, double rounding) {
  /**
   * Evaluates (1) or (2); the first noise variables of the design are the ones used.
   *
   * @param persistent whether every unroll draws a noise of its own
   */
  public static SmoothedMean of(
      boolean persistent, Oracle oracle, float[] theta, int[] ends, double sigma, Design design) {
    int count = theta.length;
    int windows = persistent ? ends.length : 1;
    int[] cuts = windows == 1 ? new int[] {ends[ends.length - 1]} : ends;
    double[] wide = Vectors.widen(theta);
    double[] noise = new double[design.factors()];
    double[] sum = new double[count];
    double rounding = 0;
    for (int run = 0; run < design.runs(); run++) {
      design.fill(run, noise);
      double[][] thetas = Vectors.rows(windows, u -> wide.clone());
      double[] credit = new double[count];
      for (int t = 0; t < windows; t++) {
        for (int p = 0; p < count; p++) {
          double v = noise[t * count + p];
          thetas[t][p] += sigma * v;
          credit[p] += v;
        }
        double loss = oracle.loss(thetas, cuts, t == 0 ? 0 : cuts[t - 1], cuts[t]);
        double weight = design.weight(run);
        Vectors.add(weight * loss / sigma, credit, sum);
        rounding +=
            Math.abs(weight) * 4 * ErrorModel.FLOAT * Math.abs(loss) * Vectors.norm(credit) / sigma;
      }
    }
    return new SmoothedMean(sum, rounding);
  }
}
