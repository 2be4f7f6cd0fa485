/**
 * Positive evidence that a gradient estimator is what it says it is, or the name of the bug.
 *
 * <p>In six tiers, cheap to costly: {@link kobai.verify.Oracle} (exact gradients in double), {@link
 * kobai.verify.ExactMoments} (means and variances over a {@link kobai.verify.Design}, without
 * randomness), {@link kobai.verify.OrderTest} (error against σ), {@link kobai.verify.Verifier} (the
 * sequential test on the real random source), {@link kobai.verify.QuadraticFormOracle} (variances),
 * {@link kobai.verify.NoiseCheck} and {@link kobai.verify.ReplayCheck} (the noise). {@link
 * kobai.verify.SequentialTest} is the one statistical engine; {@link kobai.verify.Budget} is the
 * one place where error rates are shared out.
 *
 * <p>The checker computes in double, sums in a fixed order and shares no code with what it checks.
 */
package kobai.verify;
