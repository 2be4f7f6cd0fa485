package kobai.reproduce;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import kobai.report.Unit;

/**
 * How two runs differ: first bit by bit, then, where bits differ, by law over the seeds.
 *
 * @param common units that both have
 * @param onlyFirst units that only the first has
 * @param onlySecond units that only the second has
 * @param bits units whose values differ in a bit, with where they first do
 * @param metrics figures that differ in a bit, by method, with their tests
 */
public record RunDifference(
    int common,
    List<WorkUnit> onlyFirst,
    List<WorkUnit> onlySecond,
    Map<WorkUnit, String> bits,
    List<Metric> metrics) {
  /** Holm's level: the chance that equal runs are called different. */
  public static final double ALPHA = 0.05;

  /**
   * A metric of a method whose bits differ: its figures, or the last points of its curves.
   *
   * @param experiment the experiment
   * @param method the method
   * @param metric the metric
   * @param first over the seeds of the first run
   * @param second over the seeds of the second run
   * @param p probability of ranks so uneven if the runs were of one law, adjusted by Holm; NaN
   *     where chance explains nothing: a method does not depend on the seed, or a run lacks the
   *     metric
   */
  public record Metric(
      String experiment, String method, String metric, double[] first, double[] second, double p) {
    /** Whether chance does not explain the difference. */
    public boolean differs() {
      return !(p > ALPHA);
    }
  }

  /** Compares two runs. */
  public static RunDifference of(SavedRun first, SavedRun second) {
    Map<WorkUnit, UnitResult> others = new HashMap<>();
    second.results().forEach(result -> others.put(result.unit(), result));
    var onlyFirst = new ArrayList<WorkUnit>();
    var bits = new LinkedHashMap<WorkUnit, String>();
    int common = 0;
    for (UnitResult result : first.results()) {
      UnitResult other = others.remove(result.unit());
      if (other == null) {
        onlyFirst.add(result.unit());
      } else {
        common++;
        result.difference(other).ifPresent(words -> bits.put(result.unit(), words));
      }
    }
    List<WorkUnit> onlySecond =
        second.results().stream().map(UnitResult::unit).filter(others::containsKey).toList();
    return new RunDifference(common, onlyFirst, onlySecond, bits, tested(first, second, bits));
  }

  private record Key(String experiment, String method, String metric) {}

  private static List<Metric> tested(SavedRun first, SavedRun second, Map<WorkUnit, String> bits) {
    Map<Key, double[]> figures = figures(first);
    Map<Key, double[]> others = figures(second);
    var all = new LinkedHashSet<Key>(figures.keySet());
    all.addAll(others.keySet());
    var keys = new ArrayList<Key>();
    for (Key key : all) {
      boolean touched =
          bits.keySet().stream()
              .anyMatch(
                  unit ->
                      unit.experiment().equals(key.experiment())
                          && unit.method().equals(key.method()));
      if (touched && !Arrays.equals(values(figures, key), values(others, key))) {
        keys.add(key);
      }
    }
    double[] p = new double[keys.size()];
    for (int i = 0; i < p.length; i++) {
      p[i] = RankTest.p(values(figures, keys.get(i)), values(others, keys.get(i)));
    }
    double[] adjusted = RankTest.holm(p);
    var metrics = new ArrayList<Metric>();
    for (int i = 0; i < p.length; i++) {
      Key key = keys.get(i);
      boolean seeded = first.plan().study(key.experiment()).experiment().seeded(key.method());
      metrics.add(
          new Metric(
              key.experiment(),
              key.method(),
              key.metric(),
              values(figures, key),
              values(others, key),
              seeded && figures.containsKey(key) && others.containsKey(key)
                  ? adjusted[i]
                  : Double.NaN));
    }
    return metrics;
  }

  private static double[] values(Map<Key, double[]> figures, Key key) {
    return figures.getOrDefault(key, new double[0]);
  }

  /** Figures of whole units and the last points of curves, over the seeds. */
  private static Map<Key, double[]> figures(SavedRun run) {
    Map<Key, List<Double>> lists = new LinkedHashMap<>();
    for (UnitResult result : run.results()) {
      Map<Key, Double> last = new LinkedHashMap<>();
      for (Outcomes.Row row : result.rows()) {
        last.put(new Key(result.unit().experiment(), row.method(), row.metric()), row.value());
      }
      last.forEach((key, value) -> lists.computeIfAbsent(key, k -> new ArrayList<>()).add(value));
    }
    Map<Key, double[]> figures = new LinkedHashMap<>();
    lists.forEach(
        (key, list) -> figures.put(key, list.stream().mapToDouble(value -> value).toArray()));
    return figures;
  }

  /** Whether both have the same units with the same bits. */
  public boolean sameBits() {
    return onlyFirst.isEmpty() && onlySecond.isEmpty() && bits.isEmpty();
  }

  /**
   * Whether nothing but chance tells them apart: the same units, and no metric that differs by more
   * than the seeds explain.
   */
  public boolean sameLaw() {
    return onlyFirst.isEmpty()
        && onlySecond.isEmpty()
        && metrics.stream().noneMatch(Metric::differs);
  }

  /** The comparison for a reader, one finding a line. */
  public List<String> lines() {
    var lines = new ArrayList<String>();
    lines.add(
        "%d units in both, %d of them the same to the last bit"
            .formatted(common, common - bits.size()));
    onlyFirst.forEach(unit -> lines.add("only in the first: " + unit));
    onlySecond.forEach(unit -> lines.add("only in the second: " + unit));
    bits.forEach((unit, words) -> lines.add(unit + ": " + words));
    for (Metric metric : metrics) {
      lines.add(
          "%s, %s, %s: median %s and %s over %d and %d seeds: %s"
              .formatted(
                  metric.experiment(),
                  metric.method(),
                  metric.metric(),
                  Outcomes.median(metric.first()),
                  Outcomes.median(metric.second()),
                  metric.first().length,
                  metric.second().length,
                  Double.isNaN(metric.p())
                      ? "chance explains nothing"
                      : "p = %s after Holm, %s"
                          .formatted(
                              Unit.PLAIN.text(metric.p()),
                              metric.differs()
                                  ? "more than the seeds explain"
                                  : "no more than the seeds explain")));
    }
    return lines;
  }
}
