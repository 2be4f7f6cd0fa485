package kobai.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kobai.estimators.Algorithm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VerifierTest {
  @ParameterizedTest
  @CsvSource({"ES, 8", "PES, 8", "PES, 4", "PES, 3", "ES, 4", "BPTT, 8", "BPTT, 4", "RTRL, 3"})
  void everyAlgorithmIsUnbiasedForItsDeclaredTarget(Algorithm algorithm, int window) {
    Problem problem = Problem.reference();
    VerificationReport report =
        Verifier.of(
                algorithm, problem.setup().withWindow(window).withParticles(2), problem.theta(), problem.sequence(),
                problem.windows(window))
            .verify();
    System.out.println(report.summary());
    assertTrue(report.verdict().passed(), report::summary);
  }

  @ParameterizedTest
  @CsvSource({"ES, 4", "ES, 1", "BPTT, 4"})
  void aTruncatedAlgorithmIsBiasedAgainstTheGradient(Algorithm algorithm, int window) {
    Problem problem = Problem.reference();
    VerificationReport report =
        Verifier.of(
                algorithm, problem.setup().withWindow(window).withParticles(2), problem.theta(), problem.sequence(),
                problem.windows(window))
            .target(problem.gradient())
            .verify();
    System.out.println(report.summary());
    assertEquals(Verdict.BIASED, report.verdict(), report::summary);
  }
}
