package kobai.optimisers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import kobai.kernels.Implementation;
import kobai.memory.StateRecord;
import kobai.memory.Workspace;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The float programs against {@link Published}, and what all optimisers share. */
class UpdateRulesTest {
  private static final int PARAMETERS = 101;
  private static final double RATE = 0.013;

  private static Optimiser create(OptimiserSettings settings, int parameters) {
    return settings.create(
        Implementation.VECTOR.kernels(), Workspace.allocating(), parameters, Schedule.CONSTANT);
  }

  /** A rule, or a rule within a wrapper, and the formula that it must follow. */
  record Case(String text, Published rule, Published stepped) {
    @Override
    public String toString() {
      return text;
    }
  }

  private static Case plain(String text, Published rule) {
    return new Case(text, rule, rule);
  }

  static Stream<Case> cases() {
    double[] start = gaussian(PARAMETERS, 1);
    double b1 = 0.9;
    double b2 = 0.999;
    List<Case> cases = new ArrayList<>();
    cases.add(plain("normalised-descent", Published.normalised(RATE, start)));
    cases.add(plain("sgd", Published.sgd(RATE, start)));
    cases.add(plain("momentum", Published.momentum(RATE, 0.9, start)));
    cases.add(plain("nesterov", Published.nesterov(RATE, 0.9, start)));
    cases.add(plain("adagrad", Published.adagrad(RATE, 1e-10, start)));
    cases.add(plain("rmsprop", Published.rmsprop(RATE, 0.9, 1e-8, start)));
    cases.add(plain("adam", Published.adam(false, RATE, b1, b2, 1e-8, start)));
    cases.add(
        plain(
            "adam(beta1=0.5, beta2=0.75, epsilon=0.1)",
            Published.adam(false, RATE, 0.5, 0.75, 0.1, start)));
    cases.add(
        plain("adam-inside-root(epsilon=0.1)", Published.adam(true, RATE, b1, b2, 0.1, start)));
    cases.add(plain("adabound", Published.adabound(RATE, b1, b2, 1e-8, 0.1, 1e-3, start)));
    cases.add(
        plain(
            "adabound(gamma=1, final-rate=0.01)",
            Published.adabound(RATE, b1, b2, 1e-8, 0.01, 1, start)));
    Published adamW = Published.adam(false, RATE, b1, b2, 1e-8, start);
    cases.add(new Case("adamw", adamW, Published.decoupled(RATE, 0.01, adamW)));
    Published coupled = Published.momentum(RATE, 0.9, start);
    cases.add(new Case("momentum(decay=0.3)", coupled, Published.coupled(0.3, coupled)));
    Published byNorm = Published.momentum(RATE, 0.9, start);
    cases.add(new Case("momentum(clip-norm=2)", byNorm, Published.clippedByNorm(2, byNorm)));
    Published byValue = Published.sgd(RATE, start);
    cases.add(new Case("sgd(clip-value=0.5)", byValue, Published.clippedByValue(0.5, byValue)));
    Published both = Published.sgd(RATE, start);
    cases.add(
        new Case(
            "sgd(clip-norm=2, decay=0.3)",
            both,
            Published.clippedByNorm(2, Published.coupled(0.3, both))));
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  @DisplayName("§2.1, §2.5, §2.6, §2.7, §2.8, §2.9, §2.10, §2.11: the program follows the formulas")
  void theProgramFollowsThePublishedFormulaWithinTheRunningErrorBound(Case one) {
    Optimiser optimiser = create(OptimiserSettings.parse(one.text, RATE), PARAMETERS);
    float[] theta = floats(gaussian(PARAMETERS, 1));
    double[] start = gaussian(PARAMETERS, 1);
    for (int t = 0; t < 20; t++) {
      double[] gradient = gaussian(PARAMETERS, 100 + t);
      optimiser.update(theta, floats(gradient));
      one.stepped.step(gradient);
      for (int i = 0; i < PARAMETERS; i++) {
        double bound = one.rule.theta[i].error();
        assertEquals(one.rule.value(i), theta[i], bound, "step " + t + ", parameter " + i);
      }
    }
    double moved = 0;
    double bound = 0;
    for (int i = 0; i < PARAMETERS; i++) {
      moved += Math.abs(theta[i] - start[i]);
      bound += one.rule.theta[i].error();
    }
    assertTrue(bound < 1e-3 * moved, "the bound says nothing: " + bound + " of " + moved);
  }

  @Test
  void everyOptimiserIsHeldToAFormula() {
    List<String> texts = cases().map(one -> one.text.split("\\(")[0]).toList();
    for (Optimisers optimiser : Optimisers.values()) {
      assertTrue(texts.contains(optimiser.commandName()), optimiser.name());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRestoredOptimiserContinuesBitForBit(Optimisers kind) {
    OptimiserSettings settings =
        OptimiserSettings.of(kind, RATE)
            .with(OptimiserOption.DECAY, 0.1)
            .with(OptimiserOption.CLIP_NORM, 3);
    Schedule schedule = Schedules.parse("cosine(warm-up=3)", 12);
    Optimiser through =
        settings.create(
            Implementation.SCALAR.kernels(), Workspace.allocating(), PARAMETERS, schedule);
    float[] theta = floats(gaussian(PARAMETERS, 1));
    for (int t = 0; t < 5; t++) {
      through.update(theta, floats(gaussian(PARAMETERS, 100 + t)));
    }
    StateRecord record = new StateRecord();
    through.exchange(record.writer());
    float[] other = theta.clone();
    Optimiser restored =
        settings.create(
            Implementation.VECTOR.kernels(), Workspace.allocating(), PARAMETERS, schedule);
    record.restore(restored::exchange);
    float[] fresh = theta.clone();
    Optimiser forgetful =
        settings.create(
            Implementation.VECTOR.kernels(), Workspace.allocating(), PARAMETERS, schedule);
    for (int t = 5; t < 10; t++) {
      through.update(theta, floats(gaussian(PARAMETERS, 100 + t)));
      restored.update(other, floats(gaussian(PARAMETERS, 100 + t)));
      forgetful.update(fresh, floats(gaussian(PARAMETERS, 100 + t)));
    }
    assertArrayEquals(theta, other);
    assertFalse(Arrays.equals(theta, fresh), "the state does not matter here");
  }

  @Test
  void stateOfOtherSettingsIsRefusedAndChangesNothing() {
    StateRecord record = new StateRecord();
    create(OptimiserSettings.of(Optimisers.ADAM, RATE), 5).exchange(record.writer());
    Optimiser sgd = create(OptimiserSettings.of(Optimisers.SGD, RATE), 5);
    assertEquals(
        "state: power of beta1, power of beta2, first moment, second moment: must not be there (it"
            + " belongs to other settings)",
        assertThrows(IllegalArgumentException.class, () -> record.restore(sgd::exchange))
            .getMessage());
    Optimiser momentum = create(OptimiserSettings.of(Optimisers.MOMENTUM, RATE), 5);
    assertEquals(
        "state: no array 'momentum': must be there (it belongs to other settings)",
        assertThrows(IllegalArgumentException.class, () -> record.restore(momentum::exchange))
            .getMessage());
    Optimiser larger = create(OptimiserSettings.of(Optimisers.ADAM, RATE), 6);
    assertEquals(
        "state: first moment: expected 6 floats, got 5 (it belongs to another model)",
        assertThrows(IllegalArgumentException.class, () -> record.restore(larger::exchange))
            .getMessage());
  }

  @Test
  void decayBesideAndInTheGradientAreTheSameForSgdAlone() {
    for (Optimisers kind : List.of(Optimisers.SGD, Optimisers.ADAM)) {
      float[] coupled = floats(gaussian(PARAMETERS, 1));
      float[] decoupled = coupled.clone();
      OptimiserSettings settings = OptimiserSettings.of(kind, RATE);
      float[] gradient = floats(gaussian(PARAMETERS, 2));
      create(settings.with(OptimiserOption.DECAY, 0.5), PARAMETERS)
          .update(coupled, gradient.clone());
      create(settings.with(OptimiserOption.DECOUPLED_DECAY, 0.5), PARAMETERS)
          .update(decoupled, gradient.clone());
      double largest = 0;
      for (int i = 0; i < PARAMETERS; i++) {
        largest = Math.max(largest, Math.abs(coupled[i] - decoupled[i]));
      }
      // SGD: at most eight roundings of numbers below 4. Adam: η wherever the decay turns a sign.
      assertEquals(kind == Optimisers.SGD, largest < 8 * 4 * 0x1p-24, kind + ": " + largest);
    }
  }

  @Test
  void normsBeyondTheSquaresOfFloatAreClippedAndFollowed() {
    for (float scale : new float[] {1e30f, 1e-30f}) {
      float[] theta = {0f, 0f};
      create(OptimiserSettings.of(Optimisers.NORMALISED_DESCENT, 0.5), 2)
          .update(theta, new float[] {3 * scale, -4 * scale});
      assertEquals(-0.3, theta[0], 0.3 * 4 * 0x1p-24);
      assertEquals(0.4, theta[1], 0.4 * 4 * 0x1p-24);
    }
    float[] theta = {0f, 0f};
    create(OptimiserSettings.of(Optimisers.SGD, 0.5).with(OptimiserOption.CLIP_NORM, 1), 2)
        .update(theta, new float[] {3e30f, -4e30f});
    assertEquals(-0.3, theta[0], 0.3 * 4 * 0x1p-24);
    assertEquals(0.4, theta[1], 0.4 * 4 * 0x1p-24);
  }

  @Test
  void clippingDoesNotHideDivergence() {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      float[] theta = {0f, 0f};
      create(OptimiserSettings.of(Optimisers.SGD, 0.5).with(OptimiserOption.CLIP_NORM, 1), 2)
          .update(theta, new float[] {bad, 1f});
      assertTrue(Float.isNaN(theta[0]), "after " + bad + ": " + theta[0]);
    }
  }

  @Test
  void everythingThatIsWrongIsRefusedAtOnce() {
    assertEquals(
        """
        learning rate = NaN: must be a finite number > 0 (and in the range of float)
        momentum = 0.5: must not be set for optimiser adam (it takes beta1, beta2, epsilon, decay, decoupled-decay, clip-norm, clip-value)
        beta1 = 1.0: must be in [0, 1), also when rounded to float (what an iteration keeps of the mean gradient)
        beta2 = -0.1: must be in [0, 1), also when rounded to float (what an iteration keeps of the mean square)
        epsilon = 0.0: must be in (0, ∞), also when rounded to float (keeps the division finite)
        decay = Infinity: must be in [0, ∞), also when rounded to float (weight decay in the gradient, (λ/2) θᵀθ)
        clip-norm = 0.0: must be in (0, ∞), also when rounded to float (the largest norm of a gradient)
        clip-norm and clip-value: must not both be set (leave one out)\
        """,
        refusal(
            "adam(clip-value=1, beta1=1, beta2=-0.1, epsilon=0, decay=Infinity, clip-norm=0)",
            "momentum"));
  }

  private static String refusal(String text, String foreign) {
    OptimiserOption option = OptimiserOption.valueOf(foreign.toUpperCase(java.util.Locale.ROOT));
    SettingsText parsed = SettingsText.parse("optimiser", text);
    var numbers =
        new java.util.EnumMap<OptimiserOption, Double>(
            parsed.numbers(
                "optimiser", List.of(OptimiserOption.values()), OptimiserOption::commandName));
    numbers.put(option, 0.5);
    return assertThrows(
            IllegalArgumentException.class,
            () -> new OptimiserSettings(Optimisers.ADAM, Double.NaN, numbers))
        .getMessage();
  }

  @Test
  void betaThatBecomesOneInFloatIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> OptimiserSettings.parse("adam(beta2=0.99999999999)", 0.1));
  }

  @ParameterizedTest
  @EnumSource
  void textIsReadBack(Optimisers kind) {
    OptimiserSettings usual = OptimiserSettings.parse(kind.commandName(), Double.NaN);
    assertEquals(kind.usualRate(), usual.rate());
    OptimiserSettings settings =
        OptimiserSettings.of(kind, 0.25).with(OptimiserOption.CLIP_VALUE, 1.5);
    OptimiserSettings again = OptimiserSettings.parse(settings.text(), 99);
    assertEquals(0.25, again.rate());
    for (OptimiserOption option : OptimiserOption.values()) {
      assertEquals(settings.number(option), again.number(option), option.name());
    }
  }

  @Test
  void textThatCannotBeReadIsRefusedWithTheReason() {
    assertEquals(
        "optimiser adam: beta3: must be one of beta1, beta2, epsilon, decay, decoupled-decay,"
            + " clip-norm, clip-value, rate\noptimiser adam: beta1 = x: must be a number",
        message("adam(beta3=1, beta1=x)"));
    assertEquals(
        "optimiser = adam(beta1): 'beta1': must be key=value, each key once",
        message("adam(beta1)"));
    assertEquals(
        "optimiser = adem: must be one of normalised-descent, sgd, momentum, nesterov, adagrad,"
            + " rmsprop, adam, adam-inside-root, adamw, adabound",
        message("adem"));
    assertEquals(
        "optimiser = adam(: must be a name, or a name with numbers: name(key=value, key=value)",
        message("adam("));
  }

  private static String message(String text) {
    return assertThrows(IllegalArgumentException.class, () -> OptimiserSettings.parse(text, 0.1))
        .getMessage();
  }

  /** What is allocated before compilation ends is the JVM's; after it, nothing is. */
  @ParameterizedTest
  @EnumSource
  void updatesAllocateNothing(Optimisers kind) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Optimiser optimiser =
        OptimiserSettings.of(kind, 1e-3)
            .with(OptimiserOption.DECAY, 0.1)
            .with(OptimiserOption.DECOUPLED_DECAY, 0.1)
            .with(OptimiserOption.CLIP_NORM, 1)
            .create(
                Implementation.SCALAR.kernels(),
                Workspace.allocating(),
                PARAMETERS,
                Schedules.parse("cosine(warm-up=3)", 100));
    float[] theta = floats(gaussian(PARAMETERS, 1));
    float[] gradient = floats(gaussian(PARAMETERS, 2));
    long deadline = System.nanoTime() + 10_000_000_000L;
    long allocated = Long.MAX_VALUE;
    while (allocated > 0 && System.nanoTime() < deadline) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 200; i++) {
        optimiser.update(theta, gradient);
      }
      allocated = threads.getCurrentThreadAllocatedBytes() - before;
    }
    assertEquals(0, allocated, "bytes in 200 updates");
  }

  @ParameterizedTest
  @EnumSource
  void theLedgerHoldsWhatTheRuleRemembers(Optimisers kind) {
    Workspace workspace = Workspace.planning();
    kind.create(Implementation.SCALAR.kernels(), workspace, 1000, 0.1);
    long vectors =
        switch (kind) {
          case SGD, NORMALISED_DESCENT -> 0;
          case MOMENTUM, NESTEROV, ADAGRAD, RMSPROP -> 1;
          case ADAM, ADAM_INSIDE_ROOT, ADAMW, ADABOUND -> 2;
        };
    assertEquals(4000 * vectors, workspace.bytes());
  }

  static double[] gaussian(int count, long seed) {
    Random random = new Random(seed);
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
