package kobai.reproduce;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import kobai.data.Datasets;

/**
 * Which units are run. The manifest of a run holds it, and gives it back.
 *
 * @param scale how much of each experiment
 * @param studies experiments with their methods and seeds
 * @param shard which part of the units, from 1
 * @param shards number of parts; the units are dealt out to them like cards
 */
public record Plan(Scale scale, List<Study> studies, int shard, int shards) {
  private static final String SCALE = "scale";
  private static final String EXPERIMENTS = "experiments";
  private static final String METHODS = "methods of ";
  private static final String SEEDS = "seeds of ";
  private static final String SHARD = "shard";

  public Plan {
    studies = List.copyOf(studies);
    if (shards < 1 || shard < 1 || shard > shards) {
      throw new IllegalArgumentException(
          "shard = %d/%d: must be i/n with 1 ≤ i ≤ n".formatted(shard, shards));
    }
    if (studies.isEmpty()
        || studies.stream().map(Study::name).distinct().count() < studies.size()) {
      throw new IllegalArgumentException(
          "experiments = %s: must be at least one, each once"
              .formatted(studies.stream().map(Study::name).toList()));
    }
  }

  /** All units of those studies. */
  public static Plan of(Scale scale, List<Study> studies) {
    return new Plan(scale, studies, 1, 1);
  }

  /** All units, of all shards, in the order of the outcomes. */
  public List<WorkUnit> units() {
    return studies.stream().flatMap(study -> study.units().stream()).toList();
  }

  /** The units of this shard, in the order of work. */
  public List<WorkUnit> work() {
    var all = studies.stream().flatMap(study -> study.work().stream()).toList();
    var mine = new ArrayList<WorkUnit>();
    for (int i = shard - 1; i < all.size(); i += shards) {
      mine.add(all.get(i));
    }
    return mine;
  }

  /** The units of this shard that are not done, in the order of work. */
  public List<WorkUnit> remaining(List<UnitResult> done) {
    Set<WorkUnit> finished = done.stream().map(UnitResult::unit).collect(Collectors.toSet());
    return work().stream().filter(unit -> !finished.contains(unit)).toList();
  }

  /** Data sets that the {@link #remaining} units need and the cache folder lacks. */
  public Set<Datasets> missingData(List<UnitResult> done, Path cache) {
    var missing = new LinkedHashSet<Datasets>();
    for (WorkUnit unit : remaining(done)) {
      if (study(unit.experiment()).experiment() instanceof FetchedData needing) {
        needing.data(scale, unit.method()).ifPresent(missing::add);
      }
    }
    missing.removeIf(set -> set.complete(cache));
    return missing;
  }

  /** The study of that name, one of this plan. */
  public Study study(String name) {
    return studies.stream().filter(study -> study.name().equals(name)).findFirst().orElseThrow();
  }

  /** The plan as settings of a manifest. */
  public Map<String, Object> settings() {
    var settings = new LinkedHashMap<String, Object>();
    settings.put(SCALE, scale.name().toLowerCase(Locale.ROOT));
    settings.put(EXPERIMENTS, studies.stream().map(Study::name).toList());
    for (Study study : studies) {
      settings.put(METHODS + study.name(), study.methods());
      settings.put(SEEDS + study.name(), study.seeds());
    }
    settings.put(SHARD, shard + "/" + shards);
    return settings;
  }

  /**
   * The plan that a manifest holds.
   *
   * @param registry gives the experiment of a name, and refuses names that it does not know
   * @throws IllegalArgumentException if the settings are not those of a plan
   */
  public static Plan of(Map<String, Object> settings, Function<String, Experiment> registry) {
    Scale scale = Scale.valueOf(text(settings, SCALE).toUpperCase(Locale.ROOT));
    var studies = new ArrayList<Study>();
    for (Object named : list(settings, EXPERIMENTS)) {
      String name = named.toString();
      studies.add(
          new Study(
              name,
              registry.apply(name),
              list(settings, METHODS + name).stream().map(Object::toString).toList(),
              list(settings, SEEDS + name).stream()
                  .map(seed -> Long.valueOf(seed.toString()))
                  .toList()));
    }
    String[] shard = text(settings, SHARD).split("/", 2);
    return new Plan(scale, studies, Integer.parseInt(shard[0]), Integer.parseInt(shard[1]));
  }

  private static String text(Map<String, Object> settings, String name) {
    if (settings.get(name) instanceof String text) {
      return text;
    }
    throw foreign(name);
  }

  private static List<?> list(Map<String, Object> settings, String name) {
    if (settings.get(name) instanceof List<?> list) {
      return list;
    }
    throw foreign(name);
  }

  private static IllegalArgumentException foreign(String name) {
    return new IllegalArgumentException(
        "manifest: configuration: '%s': must be there (is it a run of `kobai reproduce`?)"
            .formatted(name));
  }
}
