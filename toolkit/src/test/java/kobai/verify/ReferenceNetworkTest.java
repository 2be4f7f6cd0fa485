package kobai.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kobai.estimators.Algorithm;
import kobai.models.Models;
import kobai.models.SparseModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ReferenceNetworkTest {
  @ParameterizedTest
  @EnumSource
  void everyModelOfTheRegistryIsAReferenceNetworkOfItsName(Models model) {
    assertEquals(
        Problem.reference(model).model().name(),
        ReferenceNetwork.valueOf(model.name()).problem().model().name());
  }

  @ParameterizedTest
  @EnumSource
  void theOracleOfTheProblemAgreesWithOtherDerivations(ReferenceNetwork network) {
    Problem problem = network.problem();
    assertTrue(Vectors.norm(problem.gradient()) > 0);
    assertTrue(problem.oracle().disagreement(problem.theta(), problem.windows(3)) <= 1e-12);
  }

  /** Claims of patterns that leave paths out would have nothing to show on a denser one. */
  @Test
  void onTheSparseNetworkPatternsOfEveryOrderLeavePathsOut() {
    Problem problem = ReferenceNetwork.SPARSE.problem();
    SparseModel model = (SparseModel) problem.model();
    assertEquals(10, model.parameters().tensor("recurrent").size());
    for (Algorithm algorithm :
        new Algorithm[] {Algorithm.SNAP_1, Algorithm.SNAP_2, Algorithm.SNAP_3}) {
      VerificationReport report =
          Verifier.of(
                  algorithm,
                  problem.setup(),
                  new Subject(problem, ReferenceNetwork.SPARSE.small(), 8))
              .target(problem.gradient())
              .tolerance(problem.floatTolerance())
              .verify();
      assertEquals(Verdict.BIASED, report.verdict(), algorithm + ": " + report.reason());
    }
  }
}
