package kobai.bayes;

import java.util.List;
import kobai.networks.Dense;
import kobai.networks.Dropout;
import kobai.networks.Layer;
import kobai.networks.Network;

/**
 * Dropout read as variational Bayes. A mask on the numbers that a dense layer reads is a mask on
 * the rows of its weights, so that dropout draws weights from q(w; M):
 *
 * <pre>
 * w = M ⊙ z,   z = m/keep by row, m ~ Bernoulli(keep)                   (1)
 * ∂/∂M E[ln p(Y | w)] = E[z ⊙ ∂ ln p(Y | w)/∂w]                         (2)
 * KL[q ‖ N(0, λ⁻¹I)] ≈ Σ over weights ½ λ M²/keep + const               (3)
 * </pre>
 *
 * <p>(2) has the form of the reparameterised gradient with the mask in the place of the noise, and
 * is what backpropagation through dropout computes. (3), with each point mass widened to a narrow
 * Gaussian, whose entropy does not depend on M, makes the decay of the mean loss λ/(κ keep): {@link
 * #decay}. In the form without inverted scaling, w = M′ ⊙ m with M = keep M′, it is the published ½
 * λ keep M′². Biases are not masked: keep = 1.
 *
 * <p>Both (1) and the product in (2) are {@code multiply}.
 *
 * <p>Source: Gal and Ghahramani (2016), ICML, arXiv 1506.02142, section 3 and appendix 3.
 */
public final class MaskedWeights {
  private MaskedWeights() {}

  /**
   * Overwrites to [P] with from ⊙ z for the masks of one row of data.
   *
   * @param network every dropout layer of which stands before a dense one
   * @param masks of that row, in the order of the layers, from {@code masksAt} on
   * @param from [P]; may be {@code to}
   */
  public static void multiply(
      Network network, float[] masks, int masksAt, float[] from, float[] to) {
    List<Layer> layers = network.layers();
    System.arraycopy(from, 0, to, 0, network.parameters().count());
    int at = 0;
    int mask = masksAt;
    for (int l = 0; l < layers.size(); l++) {
      if (layers.get(l) instanceof Dropout dropout) {
        if (l + 1 == layers.size() || !(layers.get(l + 1) instanceof Dense dense)) {
          throw new IllegalArgumentException(
              "layer %d = %s: must stand before a dense layer (a mask is one of the rows of its weights)"
                  .formatted(l + 1, dropout.text()));
        }
        for (int i = 0; i < dropout.masks(); i++) {
          for (int j = 0; j < dense.units(); j++) {
            to[at + i * dense.units() + j] *= masks[mask + i];
          }
        }
      }
      at += layers.get(l).parameters();
      mask += layers.get(l).masks();
    }
  }

  /** The weight decay of the mean loss that (3) stands for: λ/(κ keep). */
  public static double decay(GaussianPrior prior, LikelihoodScale likelihood, double keep) {
    if (!(keep > 0 && keep <= 1)) {
      throw new IllegalArgumentException(
          "keep = %s: must be in (0, 1] (the probability that a number is kept)".formatted(keep));
    }
    return likelihood.decay(prior) / keep;
  }
}
