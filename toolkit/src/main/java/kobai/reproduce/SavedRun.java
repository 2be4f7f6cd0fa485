package kobai.reproduce;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import kobai.report.Journal;
import kobai.report.Manifest;
import kobai.report.RunFolder;

/**
 * A run as its folder holds it: whole, killed or still going.
 *
 * @param folder where it is
 * @param manifest what was run, on what
 * @param plan the units that were asked for
 * @param results those that were finished, in the order of the plan
 */
public record SavedRun(Path folder, Manifest manifest, Plan plan, List<UnitResult> results) {
  public SavedRun {
    results = List.copyOf(results);
  }

  /**
   * Reads a folder. A torn last line of the journal is dropped: that unit had not finished.
   *
   * @param registry gives the experiment of a name
   * @throws IllegalArgumentException if the folder holds no run of {@code kobai reproduce}
   */
  public static SavedRun read(Path folder, Function<String, Experiment> registry)
      throws IOException {
    Path manifestFile = folder.resolve(RunFolder.MANIFEST);
    if (!Files.isRegularFile(manifestFile)) {
      throw new IllegalArgumentException(
          "run = %s: must be the folder of a run (it has no %s)"
              .formatted(folder, RunFolder.MANIFEST));
    }
    Path journal = folder.resolve(RunFolder.JOURNAL);
    try {
      Manifest manifest = Manifest.parse(Files.readString(manifestFile));
      Plan plan = Plan.of(manifest.configuration(), registry);
      List<JsonNode> lines = Files.exists(journal) ? Journal.read(journal) : List.of();
      return new SavedRun(folder, manifest, plan, inOrder(plan, lines));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("run = %s: %s".formatted(folder, e.getMessage()), e);
    }
  }

  private static List<UnitResult> inOrder(Plan plan, List<JsonNode> lines) {
    Set<WorkUnit> known = new HashSet<>(plan.units());
    Map<WorkUnit, UnitResult> found = new LinkedHashMap<>();
    for (JsonNode line : lines) {
      UnitResult result = UnitResult.parse(line);
      if (!known.contains(result.unit())) {
        throw new IllegalArgumentException(
            "journal: unit = %s: must be one that the manifest asks for".formatted(result.unit()));
      }
      found.putIfAbsent(result.unit(), result);
    }
    return sorted(plan, found);
  }

  /** What was found, in the order of the plan. */
  static List<UnitResult> sorted(Plan plan, Map<WorkUnit, UnitResult> found) {
    var sorted = new ArrayList<UnitResult>();
    for (WorkUnit unit : plan.units()) {
      UnitResult result = found.get(unit);
      if (result != null) {
        sorted.add(result);
      }
    }
    return sorted;
  }

  /**
   * What keeps this run from being gone on with as the plan asks, in sentences; empty if nothing
   * does.
   */
  public List<String> differences(Plan wanted) {
    var differences = new ArrayList<String>();
    Map<String, Object> old = plan.settings();
    Map<String, Object> now = wanted.settings();
    Set<String> names = new LinkedHashSet<>(old.keySet());
    names.addAll(now.keySet());
    for (String name : names) {
      Object before = old.getOrDefault(name, "nothing");
      Object after = now.getOrDefault(name, "nothing");
      if (!before.equals(after)) {
        differences.add("%s: the run has %s, now asked for are %s".formatted(name, before, after));
      }
    }
    return differences;
  }

  /** Whether the code is another than that which began the run. */
  public boolean otherCode(Manifest current) {
    return !manifest.revision().equals(current.revision());
  }
}
