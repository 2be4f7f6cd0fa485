package kobai.reproduce;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleConsumer;

/** Collects what a unit finds, and refuses what could not be told apart afterwards. */
final class UnitRecorder implements Recorder {
  private final WorkUnit unit;
  private final DoubleConsumer progress;
  private final List<Outcomes.Row> rows = new ArrayList<>();
  private final List<Outcomes.Row> seconds = new ArrayList<>();
  private final Set<String> values = new HashSet<>();
  private final Set<String> durations = new HashSet<>();
  private final Map<String, Double> places = new HashMap<>();

  UnitRecorder(WorkUnit unit, DoubleConsumer progress) {
    this.unit = unit;
    this.progress = progress;
  }

  @Override
  public void value(String metric, double value) {
    require(values.add(metric), metric, "must be recorded once in a unit");
    rows.add(row(metric, Double.NaN, value));
  }

  @Override
  public void point(String metric, double x, double value) {
    require(Double.isFinite(x), metric, "must be at a finite place, got " + x);
    Double before = places.put(metric, x);
    require(before == null || before < x, metric, "must be at ascending places, got " + x);
    rows.add(row(metric, x, value));
  }

  @Override
  public void seconds(String metric, double value) {
    require(
        !metric.equals(UnitResult.ELAPSED) && durations.add(metric),
        metric,
        "must be recorded once in a unit, under another name than " + UnitResult.ELAPSED);
    seconds.add(row(metric, Double.NaN, value));
  }

  @Override
  public void progress(double share) {
    progress.accept(share);
  }

  private Outcomes.Row row(String metric, double x, double value) {
    return new Outcomes.Row(unit.method(), unit.seed(), metric, x, value);
  }

  private void require(boolean holds, String metric, String message) {
    if (!holds) {
      throw new IllegalStateException("%s: %s: %s".formatted(unit, metric, message));
    }
  }

  /** The result, once the experiment has returned. */
  UnitResult result(double elapsed) {
    var all = new ArrayList<Outcomes.Row>();
    all.add(row(UnitResult.ELAPSED, Double.NaN, elapsed));
    all.addAll(seconds);
    return new UnitResult(unit, rows, all);
  }
}
