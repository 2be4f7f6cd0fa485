package kobai.optimisers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The references of {@link Published} against steps worked out by hand, at 1e-15. Unless said
 * otherwise η = 1/10 and θ starts at 1. Numbers are chosen so that every root is rational.
 */
class PublishedTest {
  private static final double LIMIT = 1e-15;

  private static void expect(double expected, Published rule) {
    assertEquals(expected, rule.value(0), LIMIT);
  }

  /** ‖(3, −4)‖ = 5, ‖(−5, 12)‖ = 13, ‖0‖ = 0. */
  @Test
  @DisplayName("§2.1: steepest descent along the normalised gradient")
  void normalisedDescent() {
    Published rule = Published.normalised(0.1, 1, 1);
    rule.step(3, -4);
    assertEquals(1 - 0.3 / 5, rule.value(0), LIMIT);
    assertEquals(1 + 0.4 / 5, rule.value(1), LIMIT);
    rule.step(-5, 12);
    assertEquals(0.94 + 0.5 / 13, rule.value(0), LIMIT);
    assertEquals(1.08 - 1.2 / 13, rule.value(1), LIMIT);
    rule.step(0, 0);
    assertEquals(0.94 + 0.5 / 13, rule.value(0), LIMIT);
  }

  @Test
  void sgd() {
    Published rule = Published.sgd(0.1, 1);
    rule.step(3);
    expect(0.7, rule);
    rule.step(-4);
    expect(1.1, rule);
  }

  /** μ = 9/10: m = 0.3, then 0.27 − 0.4 = −0.13, then −0.117 + 0.1 = −0.017. */
  @Test
  @DisplayName("§2.5: momentum")
  void momentum() {
    Published rule = Published.momentum(0.1, 0.9, 1);
    rule.step(3);
    expect(0.7, rule);
    rule.step(-4);
    expect(0.83, rule);
    rule.step(1);
    expect(0.847, rule);
  }

  /** The same m: steps 0.27 + 0.3, then −0.117 − 0.4, then −0.0153 + 0.1. */
  @Test
  void nesterov() {
    Published rule = Published.nesterov(0.1, 0.9, 1);
    rule.step(3);
    expect(0.43, rule);
    rule.step(-4);
    expect(0.947, rule);
    rule.step(1);
    expect(0.8623, rule);
  }

  /** ε = 7: √(9 + 7) = 4, then √(9 + 9 + 7) = 5. */
  @Test
  @DisplayName("§2.6: AdaGrad with ε inside the root")
  void adagrad() {
    Published rule = Published.adagrad(0.1, 7, 1);
    rule.step(3);
    expect(1 - 0.3 / 4, rule);
    rule.step(-3);
    expect(0.925 + 0.3 / 5, rule);
  }

  /** β₂ = 3/4, ε = 1/2: v = 16/4 = 4, then 3 + 4/4 = 4; both divisors are 2.5. */
  @Test
  @DisplayName("§2.7: RMSProp")
  void rmsprop() {
    Published rule = Published.rmsprop(0.1, 0.75, 0.5, 1);
    rule.step(4);
    expect(1 - 0.4 / 2.5, rule);
    rule.step(-2);
    expect(0.84 + 0.2 / 2.5, rule);
  }

  /**
   * β₁ = 1/2, β₂ = 3/4, g = 4 then −10. m = 2, m̂ = 2 / (1/2) = 4, v = 4, v̂ = 4 / (1/4) = 16. Then
   * m = 1 − 5 = −4, m̂ = −4 / (3/4) = −16/3, v = 3 + 25 = 28, v̂ = 28 / (7/16) = 64. With ε = 1/2
   * the divisors are 4.5 and 8.5.
   */
  @Test
  @DisplayName("§2.8: Adam with ε outside the root, corrected by powers of the step count")
  void adam() {
    Published rule = Published.adam(false, 0.1, 0.5, 0.75, 0.5, 1);
    rule.step(4);
    expect(1 - 4 / 45.0, rule);
    rule.step(-10);
    expect(1 - 4 / 45.0 + 16 / 255.0, rule);
  }

  /** As above; ε = 26.25 inside the root: √42.25 = 6.5, then √90.25 = 9.5. */
  @Test
  @DisplayName("§2.9: Adam with ε inside the root")
  void adamInsideRoot() {
    Published rule = Published.adam(true, 0.1, 0.5, 0.75, 26.25, 1);
    rule.step(4);
    expect(1 - 4 / 65.0, rule);
    rule.step(-10);
    expect(1 - 4 / 65.0 + 16 / 285.0, rule);
  }

  /** As Adam, λ = 1/4: θ is first multiplied by 1 − 1/40. */
  @Test
  @DisplayName("§2.11: AdamW, whose decay is decoupled")
  void adamW() {
    Published adam = Published.adam(false, 0.1, 0.5, 0.75, 0.5, 1);
    Published rule = Published.decoupled(0.1, 0.25, adam);
    rule.step(4);
    expect(0.975 - 4 / 45.0, adam);
    rule.step(-10);
    expect((0.975 - 4 / 45.0) * 0.975 + 16 / 255.0, adam);
  }

  /**
   * β₁ = 1/2, β₂ = 24/25, ε = 1, γ = 1, g = 5 then −5. m = 5/2, √(1 − β₂) = 1/5, s = (1/10) (1/5) /
   * (1/2) / (√1 + 1) = 1/50. Then m = −5/4, √(1 − β₂²) = 7/25, v = 24/25 + 1 = 49/25, s = (1/10)
   * (7/25) / (3/4) / (7/5 + 1) = 7/450. Bounds: ½ and 2 times η*, then ⅔ and 1½ times.
   */
  @Test
  @DisplayName("§2.10: AdaBound")
  void adaBound() {
    Published between = Published.adabound(0.1, 0.5, 0.96, 1, 0.012, 1, 1); // 0.006, 0.024
    between.step(5);
    expect(1 - 2.5 / 50, between);
    between.step(-5); // 0.008, 0.018
    expect(0.95 + 1.25 * 7 / 450, between);
    Published above = Published.adabound(0.1, 0.5, 0.96, 1, 0.004, 1, 1); // at most 0.008
    above.step(5);
    expect(1 - 2.5 * 0.008, above);
    above.step(-5); // at most 0.006
    expect(0.98 + 1.25 * 0.006, above);
    Published below = Published.adabound(0.1, 0.5, 0.96, 1, 0.05, 1, 1); // at least 0.025
    below.step(5);
    expect(1 - 2.5 * 0.025, below);
    below.step(-5); // at least 1/30
    expect(0.9375 + 1.25 / 30, below);
  }

  /** c = 1 makes (3, −4) into (0.6, −0.8) and leaves (0.6, 0) alone. */
  @Test
  void clippingByNorm() {
    Published sgd = Published.sgd(0.1, 1, 1);
    Published rule = Published.clippedByNorm(1, sgd);
    rule.step(3, -4);
    assertEquals(0.94, sgd.value(0), LIMIT);
    assertEquals(1.08, sgd.value(1), LIMIT);
    rule.step(0.6, 0);
    assertEquals(0.88, sgd.value(0), LIMIT);
  }

  /** c = 2 makes (3, −4) into (2, −2) and leaves (1, −1) alone. */
  @Test
  void clippingByValue() {
    Published sgd = Published.sgd(0.1, 1, 1);
    Published rule = Published.clippedByValue(2, sgd);
    rule.step(3, -4);
    assertEquals(0.8, sgd.value(0), LIMIT);
    assertEquals(1.2, sgd.value(1), LIMIT);
    rule.step(1, -1);
    assertEquals(0.7, sgd.value(0), LIMIT);
    assertEquals(1.3, sgd.value(1), LIMIT);
  }

  /** λ = 1/2: g = 3 + 0.5, then −4 + 0.325. */
  @Test
  void coupledDecay() {
    Published sgd = Published.sgd(0.1, 1);
    Published rule = Published.coupled(0.5, sgd);
    rule.step(3);
    expect(0.65, sgd);
    rule.step(-4);
    expect(0.65 + 0.3675, sgd);
  }

  /**
   * Nesterov's own form, with the gradient at φ − μm: φ ← φ − m, and θ = φ − μm throughout. On f =
   * θ²/2, where g is that point.
   */
  @Test
  void nesterovInThetaIsNesterovsLookahead() {
    Published rule = Published.nesterov(0.1, 0.9, 1);
    double phi = 1;
    double m = 0;
    for (int t = 0; t < 20; t++) {
      double ahead = phi - 0.9 * m;
      expect(ahead, rule);
      rule.step(rule.value(0));
      m = 0.9 * m + 0.1 * ahead;
      phi -= m;
    }
  }
}
