package kobai.models;

/** The loss between an output row z and a target row y. */
public enum Loss {
  /** ½‖z − y‖². */
  SQUARED_ERROR,
  /** −Σⱼ yⱼ ln softmax(z)ⱼ; a row of zero targets does not count. */
  SOFTMAX_CROSS_ENTROPY
}
