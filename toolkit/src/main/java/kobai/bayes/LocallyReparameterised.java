package kobai.bayes;

import java.util.function.Function;
import kobai.data.Sequence;
import kobai.estimators.GradientEstimator;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.networks.Layer;
import kobai.networks.Network;
import kobai.networks.VariationalDense;
import kobai.random.NoiseSource;
import kobai.random.RandomKey;

/**
 * The gradient of the negative bound F with the noise moved from the weights to the
 * pre-activations: each row of the batch, each step and each unit has a draw of its own.
 *
 * <pre>
 * a = x M + b + √(x² σ_M² + σ_b²) ⊙ ζ,   ζ ~ N(0, I)               (1)
 * θ = [μ₁ | σ₁² | μ₂ | σ₂² | …],   g = κ ∇θ L(θ, ζ)                (2)
 * ∂F/∂μ ≈ g_μ + ∂KL/∂μ,   ∂F/∂σ ≈ 2σ ⊙ g_{σ²} + ∂KL/∂σ             (3)
 * </pre>
 *
 * <p>(1) is the layer {@link VariationalDense}, (2) and (3) are {@code estimate}, averaged over S
 * samples. ξ = [μ₁ | μ₂ | … | ρ₁ | ρ₂ | …] [2P]: what {@link Reparameterised} takes for the network
 * with {@code dense} layers in their place.
 *
 * <p>Claim: for one layer of weights unbiased for the same ∇F as {@link Reparameterised}, which has
 * one draw of the weights for all rows. For more layers, too: given what a layer reads, the
 * pre-activations of one row have the law (1); rows see independent weights, which changes no
 * expectation of a sum over rows. The covariance between rows vanishes, so that on a mini-batch of
 * M rows the variance falls as 1/M, where that of a shared draw does not.
 *
 * <p>Cost: S inner estimates of about twice the work; memory O(P) and one inner estimator.
 *
 * <p>Source: Kingma, Salimans and Welling (2015), NeurIPS, arXiv 1506.02557.
 */
public final class LocallyReparameterised implements GradientEstimator {
  private final Workspace workspace;
  private final Kernels kernels;
  private final NoiseSource noise;
  private final LikelihoodScale likelihood;
  private final int samples;
  private final int[] halves;
  private final int masks;
  private final int parameters;
  private final DiagonalGaussian law;
  private final GradientEstimator inner;
  private final float[] theta;
  private final float[] g;
  private final float[] zeta;
  private final int batch;
  private long key;

  /**
   * Takes all memory.
   *
   * @param network all of whose layers with parameters are {@code variational}
   * @param batch rows of the sequences
   * @param inner makes an estimator of the gradient of the network's loss in the workspace given to
   *     it
   */
  public LocallyReparameterised(
      Variational variational,
      Workspace workspace,
      Network network,
      int batch,
      Function<Workspace, GradientEstimator> inner) {
    halves = halves(network);
    this.workspace = workspace;
    this.batch = batch;
    kernels = variational.kernels();
    noise = variational.noise();
    likelihood = variational.likelihood();
    samples = variational.samples();
    masks = network.inputSize() - network.shape().count();
    parameters = network.parameters().count() / 2;
    law = new DiagonalGaussian(variational, workspace, parameters);
    theta = workspace.floats("means and variances", 2L * parameters);
    g = workspace.floats("gradient in means and variances", 2L * parameters);
    zeta = workspace.floats("noise of a step", (long) batch * masks);
    this.inner = inner.apply(workspace.child("inner"));
  }

  private static int[] halves(Network network) {
    int[] halves = new int[network.layers().size()];
    for (int l = 0; l < halves.length; l++) {
      Layer layer = network.layers().get(l);
      if (layer instanceof VariationalDense dense) {
        halves[l] = dense.half();
      } else if (layer.parameters() > 0 || layer.masks() > 0) {
        throw new IllegalArgumentException(
            "layer %d = %s: must be variational or have neither parameters nor masks (the bound needs the law of every weight)"
                .formatted(l + 1, layer.text()));
      }
    }
    return halves;
  }

  @Override
  public void reset(long seed) {
    key = RandomKey.childSeed(seed, "pre-activations");
    inner.reset(RandomKey.childSeed(seed, "inner"));
  }

  /**
   * Overwrites gradient [2P] with this window's share of ∇F at xi [2P] and returns its share of F.
   * The columns of noise behind the real input of the sequence are overwritten, too.
   */
  @Override
  public double estimate(float[] xi, Sequence sequence, int from, int to, float[] gradient) {
    if (sequence.batch() != batch) {
      throw new IllegalArgumentException(
          "sequence: batch = %d: must be %d".formatted(sequence.batch(), batch));
    }
    law.read(xi);
    means(xi);
    DiagonalGaussian.clear(gradient, parameters);
    double loss = 0;
    for (int s = 0; s < samples; s++) {
      draw(sequence, from, to, s);
      loss += inner.estimate(theta, sequence, from, to, g);
      kernels.scale((float) (likelihood.factor() / samples), g, 0, 2 * parameters);
      gather(gradient);
    }
    double share = (to - from) / (double) sequence.length();
    law.finish(xi, share, gradient);
    double cost = likelihood.factor() * loss / samples - share * likelihood.constant();
    return cost + share * law.divergence(xi);
  }

  /** θ of (2). */
  private void means(float[] xi) {
    int from = 0;
    for (int half : halves) {
      int to = 2 * from;
      System.arraycopy(xi, from, theta, to, half);
      kernels.multiply(law.sigma(), from, law.sigma(), from, theta, to + half, half);
      from += half;
    }
  }

  /** Adds the gradient of (3) without the divergence. */
  private void gather(float[] gradient) {
    float[] sigma = law.sigma();
    int at = 0;
    for (int half : halves) {
      kernels.axpy(1f, g, 2 * at, gradient, at, half);
      kernels.scale(2f, g, 2 * at + half, half);
      kernels.multiplyAdd(sigma, at, g, 2 * at + half, gradient, parameters + at, half);
      at += half;
    }
  }

  private void draw(Sequence sequence, int from, int to, int sample) {
    int row = sequence.inputSize();
    for (int t = from; t < to; t++) {
      noise.fill(key, t, sample, zeta, 0, batch * masks);
      for (int b = 0; b < batch; b++) {
        int at = sequence.inputAt(t) + (b + 1) * row - masks;
        System.arraycopy(zeta, b * masks, sequence.inputs(), at, masks);
      }
    }
  }

  @Override
  public Workspace workspace() {
    return workspace;
  }
}
