package kobai.reproduce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import kobai.data.Datasets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LearningRateTuningTest {
  @Test
  void everyMethodRunsAndTheSameSeedGivesTheSameBits() {
    LearningRateTuning experiment = new LearningRateTuning();
    Outcomes outcomes = Units.all(experiment, Scale.TINY);
    for (String method : experiment.methods(Scale.TINY)) {
      String metric = method.equals("grid") ? "best loss" : "best on the way";
      assertTrue(outcomes.has(method, metric), method);
    }
    // Published: ln 0.003 and ln 30; Adam at 10⁻² moves each by at most 10⁻² an update or so.
    assertEquals(Math.log(0.003), outcomes.values("nres", "final theta 0")[0], 0.05);
    assertEquals(Math.log(30), outcomes.values("nres", "final theta 1")[0], 0.05);
    assertEquals(
        Units.run(experiment, Scale.TINY, "pes-error", 3),
        Units.run(experiment, Scale.TINY, "pes-error", 3));
    assertEquals(2, experiment.figures(Scale.TINY, outcomes).size());
  }

  @Test
  void dataThatAreNotThereAreMissedByThoseThatNeedThem(@TempDir Path cache) {
    LearningRateTuning experiment = new LearningRateTuning();
    assertEquals(
        Set.of(Datasets.MNIST),
        plan(experiment, Scale.FULL, "pes-few").missingData(List.of(), cache));
    assertEquals(
        Set.of(Datasets.MNIST, Datasets.FASHION_MNIST),
        plan(experiment, Scale.FULL, "grid", "random-search").missingData(List.of(), cache));
    assertEquals(
        Set.of(), plan(experiment, Scale.REDUCED, "grid", "es").missingData(List.of(), cache));
  }

  private static Plan plan(Experiment experiment, Scale scale, String... methods) {
    return Plan.of(
        scale, List.of(new Study("lr-tuning", experiment, List.of(methods), List.of(0L))));
  }

  /** Every method names its task, by which its size and its data are found. */
  @Test
  void everyMethodHasItsTask() {
    LearningRateTuning experiment = new LearningRateTuning();
    for (Scale scale : Scale.values()) {
      for (String method : experiment.methods(scale)) {
        LearningRateTuning.Task task = LearningRateTuning.Task.of(method);
        assertTrue(LearningRateTuning.Task.at(scale).contains(task), method);
        assertTrue(
            method.startsWith(LearningRateTuning.SEARCH) || method.endsWith(task.suffix), method);
      }
    }
    assertEquals(LearningRateTuning.Task.FEW, LearningRateTuning.Task.of("grid-few"));
    assertEquals(LearningRateTuning.Task.MANY, LearningRateTuning.Task.of("random-search-near"));
    assertEquals(LearningRateTuning.Task.LOSS, LearningRateTuning.Task.of("nres"));
  }
}
