package kobai.props;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import kobai.report.Document;
import kobai.report.Environment;
import kobai.report.Manifest;
import kobai.report.RunFolder;
import kobai.reproduce.Band;
import kobai.reproduce.Experiment;
import kobai.reproduce.Experiments;
import kobai.reproduce.Merge;
import kobai.reproduce.Outcomes;
import kobai.reproduce.Plan;
import kobai.reproduce.Reproduction;
import kobai.reproduce.ReproductionReport;
import kobai.reproduce.SavedRun;
import kobai.reproduce.Scale;
import kobai.reproduce.Study;
import kobai.reproduce.Verdicts;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What every registered experiment must be: described, reproducible to the last bit, and true where
 * that takes no more than a tiny run. The nightly build runs the reduced size with its bands.
 */
class ExperimentContract {
  private static final boolean NIGHTLY = Boolean.getBoolean("kobai.nightly");

  @TempDir private Path base;

  private SavedRun run(Experiments each, Plan plan, int threads) throws IOException {
    Path path = base.resolve(each + "-" + plan.shard() + "-" + threads);
    Manifest.Builder manifest =
        Manifest.starting(List.of("kobai", "reproduce"), Environment.current(0));
    plan.settings().forEach(manifest::setting);
    try (RunFolder folder = RunFolder.create(path)) {
      new Reproduction(plan, folder, manifest.build(), List.of(), Reproduction.Observer.NONE)
          .run(threads);
    }
    return SavedRun.read(path, Experiments::named);
  }

  private static Plan plan(Experiments each, Scale scale, int shard, int shards) {
    Study study = Study.of(each.commandName(), each.experiment(), scale);
    return new Plan(scale, List.of(study), shard, shards);
  }

  @ParameterizedTest
  @EnumSource
  void saysWhatItIs(Experiments each) {
    Experiment experiment = each.experiment();
    assertFalse(experiment.title().isBlank() || experiment.question().isBlank());
    assertFalse(experiment.sources().isEmpty());
    for (Scale scale : Scale.values()) {
      assertFalse(experiment.constants(scale).isEmpty());
      Study.of(each.commandName(), experiment, scale); // names and seeds are checked there
      for (Band band : experiment.bands(scale)) {
        assertFalse(band.claim().isBlank() || band.origin().isBlank());
      }
    }
    assertFalse(experiment.bands(Scale.REDUCED).isEmpty(), "something is judged");
  }

  /** A run that was interrupted before anything was finished has a report, too. */
  @ParameterizedTest
  @EnumSource
  void canBeReportedBeforeAnythingIsKnown(Experiments each) {
    Outcomes nothing = new Outcomes(List.of());
    for (Scale scale : Scale.values()) {
      for (Band band : each.experiment().bands(scale)) {
        assertEquals(Band.Verdict.NOT_RUN, band.judge().apply(nothing).verdict(), band.claim());
      }
      each.experiment().figures(scale, nothing);
    }
  }

  /** A quarter of the units is run again in another order: the same bits, or they do not join. */
  @ParameterizedTest
  @EnumSource
  void aTinyRunHoldsItsBandsAndRepeatsItsBits(Experiments each) throws IOException {
    SavedRun whole = run(each, plan(each, Scale.TINY, 1, 1), 2);
    assertEquals(whole.plan().units().size(), whole.results().size());
    SavedRun again = run(each, plan(each, Scale.TINY, 2, 4), 1);
    assertFalse(again.results().isEmpty());
    assertEquals(whole.results(), Merge.of(List.of(whole, again)).results());
    holds(Verdicts.of(whole.plan(), whole.results()));
    Document document = ReproductionReport.document(List.of(whole));
    assertFalse(document.sections().isEmpty());
    whole
        .plan()
        .studies()
        .getFirst()
        .experiment()
        .figures(Scale.TINY, Outcomes.of(whole.results()));
  }

  /** A claim that did not hold when it was measured still does not: else its text is wrong. */
  private static void holds(Verdicts verdicts) {
    for (Verdicts.Line line : verdicts.lines()) {
      assertEquals(
          line.band().held() ? Band.Verdict.PASS : Band.Verdict.FAIL,
          line.judgement().verdict(),
          () -> line.band().claim() + " " + line.judgement().observed());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aReducedRunHoldsItsBands(Experiments each) throws IOException {
    assumeTrue(NIGHTLY, "minutes each: -Pnightly");
    int threads = Runtime.getRuntime().availableProcessors();
    SavedRun run = run(each, plan(each, Scale.REDUCED, 1, 1), threads);
    holds(Verdicts.of(run.plan(), run.results()));
  }
}
