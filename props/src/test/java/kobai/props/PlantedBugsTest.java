package kobai.props;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Randomness;
import kobai.estimators.Setup;
import kobai.verify.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The tests tested: every planted bug dies in the tiers that must find it, and is not seen by those
 * that cannot, so that the map of what finds what stays true; the real estimators pass all of these
 * tiers.
 *
 * <p>The map with the number of samples that it took goes to {@code
 * target/verification/mutants.csv}; {@code -Dkobai.record=true} writes it to {@code
 * kobai/claims/mutants.csv} of the resources of bench too, where the report of {@code kobai verify}
 * shows it; that committed copy must say the same.
 */
class PlantedBugsTest {
  private static final Path COMMITTED =
      Path.of("..", "bench", "src", "main", "resources", "kobai", "claims", "mutants.csv");

  @Test
  void mutantsAreKilled() throws IOException {
    List<String> rows = new ArrayList<>();
    List<String> wrong = new ArrayList<>();
    rows.add("number,bug,algorithm,window,tier,verdict,samples");
    for (PlantedBugs.Bug bug : PlantedBugs.all()) {
      for (Trial.Tier tier : Trial.Tier.values()) {
        if (bug.killers().contains(tier) || bug.blind().contains(tier)) {
          Trial.Finding finding = bug.trial().run(tier);
          rows.add(row(bug, tier, finding));
          boolean meant = bug.killers().contains(tier);
          if (meant ? !finding.found() : !finding.passed()) {
            wrong.add(
                "%s %s %s: %s"
                    .formatted(
                        bug.trial().name(),
                        meant ? "survived" : "was seen, against the map, by",
                        tier.code(),
                        finding.words()));
          }
        }
      }
    }
    write(Path.of("target", "verification", "mutants.csv"), rows);
    if (Boolean.getBoolean("kobai.record")) {
      write(COMMITTED, rows);
    }
    assertTrue(wrong.isEmpty(), () -> String.join(System.lineSeparator(), wrong));
    assertEquals(
        withoutSamples(Files.readAllLines(COMMITTED)),
        withoutSamples(rows),
        "committed " + COMMITTED);
  }

  @Test
  void everyNumberOfTheListIsPlantedOrHasAReason() {
    for (int number = 1; number <= 48; number++) {
      int wanted = number;
      boolean planted = PlantedBugs.all().stream().anyMatch(bug -> bug.number() == wanted);
      assertEquals(!planted, PlantedBugs.notApplicable(number).isPresent(), "number " + number);
    }
    assertEquals(
        PlantedBugs.all().size(),
        PlantedBugs.all().stream().map(bug -> bug.trial().name()).distinct().count(),
        "names are distinct");
  }

  private static String row(PlantedBugs.Bug bug, Trial.Tier tier, Trial.Finding finding) {
    return "%d,%s,%s,%d,%s,%s,%d"
        .formatted(
            bug.number(),
            bug.trial().name().replace(',', ';'),
            bug.trial().algorithm(),
            bug.trial().window(),
            tier.code(),
            finding.passed() ? "not seen" : finding.found() ? "killed" : "undecided",
            finding.samples());
  }

  /**
   * Rows in any order; the samples that a bug took may change with the streams, what finds it may
   * not.
   */
  private static TreeSet<String> withoutSamples(List<String> rows) {
    TreeSet<String> kept = new TreeSet<>();
    for (String row : rows) {
      kept.add(row.substring(0, row.lastIndexOf(',')));
    }
    return kept;
  }

  private static void write(Path file, List<String> rows) throws IOException {
    Files.createDirectories(file.getParent());
    Files.write(file, rows);
  }

  @ParameterizedTest
  @CsvSource({"BPTT, 8", "BPTT, 3", "BPTT_CHECKPOINTED, 8", "RTRL, 8", "RTRL, 3"})
  void theRealDeterministicEstimatorsPassTheSameTiers(Algorithm algorithm, int window) {
    passes(algorithm, window, Trial.Tier.BITS, Trial.Tier.GRADIENT, Trial.Tier.STATE);
  }

  @ParameterizedTest
  @CsvSource({"ES, 8", "ES, 3", "PES, 8", "PES, 3"})
  void theRealStochasticEstimatorsPassTheSameTiers(Algorithm algorithm, int window) {
    passes(
        algorithm,
        window,
        Trial.Tier.BITS,
        Trial.Tier.STATE,
        Trial.Tier.MEAN,
        Trial.Tier.MEAN_TINY,
        Trial.Tier.ORDER,
        Trial.Tier.SAMPLES,
        Trial.Tier.VARIANCE,
        Trial.Tier.REPLAY);
  }

  @ParameterizedTest
  @CsvSource({"ES, 8", "PES, 8", "PES, 3"})
  void theRealSmoothedEstimatorsPassAtLargeSigma(Algorithm algorithm, int window) {
    passes(algorithm, window, Trial.Tier.MEAN_LARGE);
  }

  @Test
  void theRealRandomSourcePassesTheSameTier() {
    passes(Algorithm.ES, 8, Trial.Tier.NOISE);
  }

  private static void passes(Algorithm algorithm, int window, Trial.Tier... tiers) {
    Trial trial =
        new Trial("real " + algorithm + window, algorithm, window, () -> Wiring.of(algorithm));
    for (Trial.Tier tier : tiers) {
      Trial.Finding finding = trial.run(tier);
      assertTrue(
          finding.passed(), () -> trial.name() + " in " + tier.code() + ": " + finding.words());
    }
  }

  /**
   * The mildest truncation misses the gradient by less than a hundredth: only a comparison without
   * statistics sees it.
   */
  @ParameterizedTest
  @EnumSource(names = {"BPTT", "BPTT_CHECKPOINTED"})
  void truncationIsFoundHoweverMild(Algorithm algorithm) {
    Problem problem = Problem.reference();
    double[] gradient = problem.gradient();
    int length = problem.sequence().length();
    for (int window = 1; window <= length; window++) {
      double[] actual =
          Episodes.run(
                  algorithm.create(problem.setup()),
                  problem.theta(),
                  problem.sequence(),
                  1,
                  problem.windows(window))
              .gradient();
      double error = Episodes.distance(actual, gradient) / Episodes.norm(gradient);
      assertEquals(
          window == length, error <= problem.floatTolerance(), "window " + window + ": " + error);
    }
  }

  /** Otherwise a bug might die of its wrapping. */
  @Test
  void wiresThatAreNotCrossedChangeNoBit() {
    Problem problem = Problem.reference();
    for (Algorithm algorithm : Algorithm.values()) {
      if (algorithm == Algorithm.RTRL_DIAGONAL || algorithm.randomness() == Randomness.LOW_RANK) {
        // The wires are those of the leaky network, and do not lead through the products that
        // low-rank particles share; DiagonalContract and EvolutionContract plant their own bugs.
        continue;
      }
      Setup setup = problem.setup().withWindow(3);
      GradientEstimator rewired =
          Wiring.of(algorithm)
              .kernel("leakyStep", (arguments, real, proceed) -> proceed.with(arguments))
              .on(setup);
      double[] expected =
          Episodes.run(algorithm.create(setup), problem.theta(), problem.sequence(), 5, 3, 6, 8)
              .gradient();
      double[] actual =
          Episodes.run(rewired, problem.theta(), problem.sequence(), 5, 3, 6, 8).gradient();
      assertArrayEquals(expected, actual, 0.0, algorithm.name());
    }
  }

  /**
   * The rule that the bugs of ξ are variants of, with ξ + v, is PES up to the rounding of one sum
   * in float.
   */
  @Test
  void theRuleOfPesIsPes() {
    Problem problem = Problem.reference();
    Setup setup = problem.setup().withWindow(3);
    double[] expected =
        Episodes.run(Algorithm.PES.create(setup), problem.theta(), problem.sequence(), 5, 3, 6, 8)
            .gradient();
    GradientEstimator rewired = PlantedBugs.credited(false, PlantedBugs::plus).on(setup);
    double[] actual =
        Episodes.run(rewired, problem.theta(), problem.sequence(), 5, 3, 6, 8).gradient();
    // N/2 terms of one rounding each in every window, and ξ; the terms are at most √(N/2) times
    // their sum's size.
    double rounding = 16 * 0x1p-24 * 4 * 3;
    assertTrue(Episodes.distance(actual, expected) <= rounding * Episodes.norm(expected));
  }
}
