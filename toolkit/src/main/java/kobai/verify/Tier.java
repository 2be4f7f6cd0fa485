package kobai.verify;

/** The ways of checking a claim, cheap to costly. */
public enum Tier {
  /** T0: a deterministic gradient against backpropagation, influence and dual numbers in double. */
  GRADIENT("T0", "gradient"),
  /** T1: the exact mean over a Hadamard design against the gradient. */
  MEAN("T1", "exact mean"),
  /** T2: the error of the exact mean falls as σ². */
  ORDER("T2", "order in σ"),
  /** T3: the sequential test on the real random source against the declared target. */
  SAMPLES("T3", "samples"),
  /** T3: where the claim is BIASED, the bias against ∇L shows. */
  BIAS("T3", "bias shows"),
  /** T4: the mean squared length against theory. */
  VARIANCE("T4", "variance"),
  /** T5: the noise's law and independence, and that what is added is what is multiplied. */
  NOISE("T5", "noise");

  private final String code;
  private final String words;

  Tier(String code, String words) {
    this.code = code;
    this.words = words;
  }

  /** T0 to T5. */
  public String code() {
    return code;
  }

  /** The tier in a few words. */
  public String words() {
    return words;
  }
}
