package kobai.reproduce;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * An experiment with the methods and the seeds that are asked for.
 *
 * @param name of the experiment on the command line
 * @param experiment the experiment
 * @param methods in the order of the experiment
 * @param seeds ascending
 */
public record Study(String name, Experiment experiment, List<String> methods, List<Long> seeds) {
  private static final String METHOD_NAME = "[A-Za-z0-9_.=-]+";

  public Study {
    methods = List.copyOf(methods);
    seeds = seeds.stream().distinct().sorted().toList();
    if (methods.isEmpty() || seeds.isEmpty()) {
      throw new IllegalArgumentException(
          "%s: methods = %s, seeds = %s: must be at least one each"
              .formatted(name, methods, seeds));
    }
    for (String method : methods) {
      if (!method.matches(METHOD_NAME)) {
        throw new IllegalArgumentException(
            "%s: method = '%s': must be of letters, digits and -_.=".formatted(name, method));
      }
    }
    if (new HashSet<>(methods).size() < methods.size()) {
      throw new IllegalArgumentException(
          "%s: methods = %s: must differ from each other".formatted(name, methods));
    }
    if (seeds.getFirst() < 0) {
      throw new IllegalArgumentException(
          "seeds = %d: must be 0 or more".formatted(seeds.getFirst()));
    }
  }

  /** All methods with the seeds that the experiment asks for. */
  public static Study of(String name, Experiment experiment, Scale scale) {
    return new Study(name, experiment, experiment.methods(scale), seeds(experiment, scale));
  }

  /** Seeds 0 … n − 1 of that scale. */
  public static List<Long> seeds(Experiment experiment, Scale scale) {
    var seeds = new ArrayList<Long>();
    for (long seed = 0; seed < experiment.seeds(scale); seed++) {
      seeds.add(seed);
    }
    return seeds;
  }

  /** The units, method by method and seed by seed: the order of the outcomes. */
  public List<WorkUnit> units() {
    var units = new ArrayList<WorkUnit>();
    for (String method : methods) {
      if (experiment.seeded(method)) {
        seeds.forEach(seed -> units.add(new WorkUnit(name, method, seed)));
      } else {
        units.add(new WorkUnit(name, method, 0));
      }
    }
    return units;
  }

  /** The units seed by seed: the order of work, in which a partial run can be looked at early. */
  List<WorkUnit> work() {
    var units = new ArrayList<WorkUnit>();
    for (long seed : seeds) {
      for (String method : methods) {
        boolean seeded = experiment.seeded(method);
        if (seeded || seed == seeds.getFirst()) {
          units.add(new WorkUnit(name, method, seeded ? seed : 0));
        }
      }
    }
    return units;
  }
}
