package kobai.reproduce;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import kobai.report.Journal;
import kobai.report.Manifest;
import kobai.report.RunFolder;

/**
 * Several runs as one: shards, or runs of other methods, seeds or experiments.
 *
 * @param plan all units that any of the runs asked for
 * @param results all that were finished, in its order
 */
public record Merge(Plan plan, List<UnitResult> results) {
  public Merge {
    results = List.copyOf(results);
  }

  /**
   * Puts runs together.
   *
   * @param runs at least one
   * @throws IllegalArgumentException naming both folders, if two runs are of different scale or
   *     code, or found different things in the same unit
   */
  public static Merge of(List<SavedRun> runs) {
    SavedRun first = runs.getFirst();
    Map<WorkUnit, UnitResult> found = new HashMap<>();
    Map<WorkUnit, SavedRun> finder = new HashMap<>();
    for (SavedRun run : runs) {
      require(run.plan().scale() == first.plan().scale(), "scale", first, run);
      require(run.manifest().revision().equals(first.manifest().revision()), "code", first, run);
      for (UnitResult result : run.results()) {
        UnitResult other = found.putIfAbsent(result.unit(), result);
        SavedRun where = finder.putIfAbsent(result.unit(), run);
        if (other != null) {
          other
              .difference(result)
              .ifPresent(
                  difference -> {
                    throw new IllegalArgumentException(
                        "merge: %s and %s disagree on %s: %s (the same code gives the same bits; `kobai diff` shows all that differs)"
                            .formatted(where.folder(), run.folder(), result.unit(), difference));
                  });
        }
      }
    }
    Plan plan = Plan.of(first.plan().scale(), studies(runs));
    return new Merge(plan, SavedRun.sorted(plan, found));
  }

  private static void require(boolean same, String what, SavedRun first, SavedRun run) {
    if (!same) {
      throw new IllegalArgumentException(
          "merge: %s and %s must be of the same %s (%s, commit %s %s; %s, commit %s %s)"
              .formatted(
                  first.folder(),
                  run.folder(),
                  what,
                  first.plan().scale(),
                  first.manifest().revision().commit(),
                  first.manifest().revision().state(),
                  run.plan().scale(),
                  run.manifest().revision().commit(),
                  run.manifest().revision().state()));
    }
  }

  /** Every experiment with the methods, in its own order, and the seeds that any run names. */
  private static List<Study> studies(List<SavedRun> runs) {
    Map<String, Experiment> experiments = new LinkedHashMap<>();
    Map<String, Set<String>> methods = new HashMap<>();
    Map<String, Set<Long>> seeds = new HashMap<>();
    for (SavedRun run : runs) {
      for (Study study : run.plan().studies()) {
        experiments.putIfAbsent(study.name(), study.experiment());
        methods
            .computeIfAbsent(study.name(), name -> new LinkedHashSet<>())
            .addAll(study.methods());
        seeds.computeIfAbsent(study.name(), name -> new TreeSet<>()).addAll(study.seeds());
      }
    }
    Scale scale = runs.getFirst().plan().scale();
    var studies = new ArrayList<Study>();
    experiments.forEach(
        (name, experiment) -> {
          var ordered = new ArrayList<>(experiment.methods(scale));
          ordered.retainAll(methods.get(name));
          studies.add(new Study(name, experiment, ordered, List.copyOf(seeds.get(name))));
        });
    return studies;
  }

  /** The units that were asked for and that no run has. */
  public List<WorkUnit> missing() {
    var missing = new ArrayList<>(plan.units());
    results.forEach(result -> missing.remove(result.unit()));
    return missing;
  }

  /**
   * Writes the files of a run into a new folder.
   *
   * @param manifest its settings are those of the merged plan
   */
  public void write(RunFolder folder, Manifest manifest) throws IOException {
    folder.write(manifest);
    try (Journal journal = folder.journal()) {
      for (UnitResult result : results) {
        journal.append(result.json());
      }
    }
    String reason =
        missing().isEmpty() ? Reproduction.COMPLETED : missing().size() + " units are missing";
    Reproduction.write(
        folder, new SavedRun(folder.path(), manifest.ended(Instant.now(), reason), plan, results));
  }
}
