package kobai.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import kobai.estimators.Algorithm;
import kobai.kernels.Implementation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ClaimCheckTest {
  private static final Problem PROBLEM = Problem.reference();

  private static ClaimCheck check(int window, String test) {
    return new ClaimCheck(
        PROBLEM, PROBLEM.setup().withImplementation(Implementation.SCALAR), window, 0.05, Budget.ALPHA, Budget.BETA,
        Budget.seed(test));
  }

  @ParameterizedTest
  @EnumSource
  void everyLineOfTheRegistryHasItsClaimProvenInEveryTierThatApplies(Algorithm algorithm) {
    // One step a window shows truncation most; three leave a short last window.
    for (int window : new int[] {8, 3, 1}) {
      int steps = window;
      ClaimCheck check = check(window, "claim " + algorithm + window);
      List<Tier> ran = new ArrayList<>();
      for (Tier tier : Tier.values()) {
        // Truncation at three steps leaves a bias of some per cent, which takes long to find; at one step it is 25 %.
        if (check.applies(algorithm, tier) && (tier != Tier.BIAS || window == 1)) {
          ClaimCheck.Result result = check.run(algorithm, tier);
          assertTrue(result.passed(), () -> algorithm + " " + tier + " window " + steps + ": " + result.finding());
          ran.add(tier);
        }
      }
      assertEquals(algorithm.stochastic(), ran.contains(Tier.SAMPLES));
      assertTrue(!ran.isEmpty());
    }
  }

  @Test
  void aTierThatDoesNotApplyIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> check(8, "refused").run(Algorithm.BPTT, Tier.SAMPLES));
    assertThrows(IllegalArgumentException.class, () -> check(9, "refused"));
  }
}
