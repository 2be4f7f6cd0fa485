package kobai.bayes;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.estimators.GradientEstimator;
import kobai.memory.Workspace;
import kobai.models.RecurrentModel;
import kobai.models.Rollout;
import kobai.random.NoiseSource;
import kobai.random.RandomKey;

/**
 * The score-function gradient of the negative bound F = KL[q ‖ p] − E_q ln p(Y | w, X): needs
 * losses only.
 *
 * <pre>
 * cₛ = κ L(wₛ) − constant,   wₛ = μ + σ ⊙ εₛ                   (1)
 * hₛ = ∇ ln q(wₛ):   εₛ/σ in μ,   (εₛ² − 1)/σ in σ             (2)  [2P]
 * ∂F/∂(μ, σ) ≈ 1/S Σₛ (cₛ − bₛ) hₛ + ∂KL/∂(μ, σ)               (3)  [2P]
 * </pre>
 *
 * <p>(1) is {@code costs}, the sum of (3) without its factor 1/σ is {@code shared} for b that is
 * the same in all coordinates and {@code optimal} for the other. The divergence is exact, as in
 * {@link Reparameterised}.
 *
 * <p>Claim: unbiased for ∇F, on whole sequences and on windows, whatever the control variate.
 *
 * <p>Variance on ln p = c − ½(w − ŵ)ᵀH(w − ŵ): {@link QuadraticLaw}. Without a control variate it
 * grows with the square of the constant.
 *
 * <p>Cost: S forward passes and O(S P), with {@link ControlVariate#OPTIMAL} O(S² P); memory S P
 * floats and S states.
 *
 * <p>Source: Williams (1992), Machine Learning 8, 229–256; for variational inference Paisley, Blei
 * and Jordan (2012), ICML, and Ranganath, Gerrish and Blei (2014), AISTATS.
 */
public final class ScoreFunction implements GradientEstimator {
  private final Workspace workspace;
  private final NoiseSource noise;
  private final LikelihoodScale likelihood;
  private final ControlVariate control;
  private final int samples;
  private final int parameters;
  private final DiagonalGaussian law;
  private final Rollout rollout;
  private final float[] w;
  private final float[][] epsilon;
  private final float[][] states;
  private final double[] costs;
  private long key;

  /**
   * Takes all memory.
   *
   * @param window most steps of an estimate
   * @param batch rows of the sequences
   */
  public ScoreFunction(
      Variational variational,
      ControlVariate control,
      Workspace workspace,
      RecurrentModel model,
      int window,
      int batch) {
    if (control != ControlVariate.NONE && variational.samples() < 2) {
      throw new IllegalArgumentException(
          "samples = %d: must be at least 2 with the control variate %s (which is made from the other samples; NONE takes 1)"
              .formatted(variational.samples(), control));
    }
    this.workspace = workspace;
    this.control = control;
    noise = variational.noise();
    likelihood = variational.likelihood();
    samples = variational.samples();
    parameters = model.parameters().count();
    law = new DiagonalGaussian(variational, workspace, parameters);
    w = workspace.floats("w", parameters);
    rollout = model.rollout(variational.kernels(), workspace.child("rollout"), window, batch);
    costs = workspace.doubles("costs", samples);
    epsilon = new float[samples][];
    states = new float[samples][];
    for (int s = 0; s < samples; s++) {
      epsilon[s] = workspace.floats("epsilon " + s, parameters);
      states[s] = workspace.floats("state " + s, (long) batch * model.stateSize());
    }
  }

  @Override
  public void reset(long seed) {
    key = RandomKey.childSeed(seed, "weights");
    for (float[] state : states) {
      Arrays.fill(state, 0f);
    }
  }

  /**
   * Overwrites gradient [2P] with this window's share of ∇F at xi [2P] and returns its share of F,
   * both estimated from the same samples.
   */
  @Override
  public double estimate(float[] xi, Sequence sequence, int from, int to, float[] gradient) {
    law.read(xi);
    DiagonalGaussian.clear(gradient, parameters);
    double share = (to - from) / (double) sequence.length();
    double sum = costs(xi, sequence, from, to, share);
    if (control == ControlVariate.OPTIMAL) {
      optimal(gradient);
    } else {
      shared(sum, gradient);
    }
    float[] sigma = law.sigma();
    for (int i = 0; i < parameters; i++) {
      gradient[i] /= sigma[i];
      gradient[parameters + i] /= sigma[i];
    }
    law.finish(xi, share, gradient);
    return sum / samples + share * law.divergence(xi);
  }

  private double costs(float[] xi, Sequence sequence, int from, int to, double share) {
    double sum = 0;
    for (int s = 0; s < samples; s++) {
      noise.fill(key, 0, s, epsilon[s], 0, parameters);
      law.weights(xi, epsilon[s], w);
      double loss = rollout.run(w, sequence, from, to, states[s], 0, 0);
      costs[s] = likelihood.factor() * loss - share * likelihood.constant();
      sum += costs[s];
    }
    return sum;
  }

  /** Leaving one out, cₛ − bₛ = (cₛ − c̄) S/(S − 1). */
  private void shared(double sum, float[] gradient) {
    for (int s = 0; s < samples; s++) {
      float weight =
          (float)
              (control == ControlVariate.NONE
                  ? costs[s] / samples
                  : (costs[s] - sum / samples) / (samples - 1));
      float[] e = epsilon[s];
      for (int i = 0; i < parameters; i++) {
        gradient[i] += weight * e[i];
        gradient[parameters + i] += weight * (e[i] * e[i] - 1f);
      }
    }
  }

  private void optimal(float[] gradient) {
    for (int i = 0; i < parameters; i++) {
      double ofMean = 0;
      double ofSigma = 0;
      for (int s = 0; s < samples; s++) {
        double e = epsilon[s][i];
        ofMean += (costs[s] - others(s, i, false)) * e;
        ofSigma += (costs[s] - others(s, i, true)) * (e * e - 1);
      }
      gradient[i] = (float) (ofMean / samples);
      gradient[parameters + i] = (float) (ofSigma / samples);
    }
  }

  /** The mean cost of the other samples, weighted with the squares of their score i; 0 if none. */
  private double others(int sample, int i, boolean ofSigma) {
    double weighted = 0;
    double weights = 0;
    for (int s = 0; s < samples; s++) {
      if (s != sample) {
        double e = epsilon[s][i];
        double score = ofSigma ? e * e - 1 : e;
        weighted += costs[s] * score * score;
        weights += score * score;
      }
    }
    return weights > 0 ? weighted / weights : 0;
  }

  @Override
  public Workspace workspace() {
    return workspace;
  }
}
