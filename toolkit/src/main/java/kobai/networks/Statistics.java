package kobai.networks;

/**
 * The standardisation in a normalising layer, x̂ = (x − mean) / √(variance + ε), and its Jacobian,
 * which is symmetric.
 */
interface Statistics {
  /** ε. */
  float EPSILON = 1e-5f;

  /** Overwrites standard [rows × n] with x̂. */
  void standardise(Pass pass, Rows x, float[] standard);

  /**
   * Overwrites out [rows × n] with the Jacobian times v [rows × n]; out may be v.
   *
   * @param standard x̂
   */
  void project(Pass pass, float[] standard, Rows v, Rows out);

  /** 1 / √(variance + ε). */
  static float reciprocalRoot(float variance) {
    return (float) (1 / Math.sqrt((double) variance + EPSILON));
  }
}
