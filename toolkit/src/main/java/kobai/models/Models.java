package kobai.models;

/** The registry of models that can be made from sizes alone. */
public enum Models {
  /** Leaky tanh network, orthogonal recurrent matrix; α = 1 is Elman's network. */
  LEAKY_RNN(
      "sₜ = (1 − α) sₜ₋₁ + α tanh(sₜ₋₁ W + xₜ W_in + b), linear readout",
      "Elman (1990), Cognitive Science 14(2)");

  private final String equation;
  private final String source;

  Models(String equation, String source) {
    this.equation = equation;
    this.source = source;
  }

  /** Its defining equation. */
  public String equation() {
    return equation;
  }

  /** The publication. */
  public String source() {
    return source;
  }

  /**
   * Makes the model.
   *
   * @param alpha leak rate α ∈ (0, 1]
   */
  public DifferentiableModel create(
      int inputSize, int hidden, int targetSize, float alpha, Loss loss) {
    return switch (this) {
      case LEAKY_RNN -> LeakyRnn.of(inputSize, hidden, targetSize, alpha, loss);
    };
  }
}
