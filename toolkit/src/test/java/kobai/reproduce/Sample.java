package kobai.reproduce;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import kobai.random.RandomKey;
import kobai.report.Chart;
import kobai.report.Environment;
import kobai.report.Manifest;
import kobai.report.Section;

/**
 * A small experiment whose values are hard to carry: of all sizes, with both zeros, NaN and the
 * infinities.
 */
record Sample(String broken, double shift, AtomicInteger runs) implements Experiment {
  static final String NAME = "sample";
  private static final double[] HARD = {
    Double.NaN,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY,
    -0.0,
    Double.MIN_VALUE,
    Double.MAX_VALUE,
    0.1,
    1.0 / 3,
    1e23,
    9007199254740993.0
  };

  static Sample whole() {
    return new Sample("", 0, new AtomicInteger());
  }

  Plan plan(int shard, int shards) {
    return new Plan(Scale.TINY, List.of(Study.of(NAME, this, Scale.TINY)), shard, shards);
  }

  Experiment named(String name) {
    if (!name.equals(NAME)) {
      throw new IllegalArgumentException("experiment = " + name + ": must be " + NAME);
    }
    return this;
  }

  static Manifest manifest(Plan plan) {
    var machine = new Environment("25", "vm", List.of(), "os", "cpu", 2, 1, 256);
    Manifest.Builder manifest = Manifest.starting(List.of("kobai", "reproduce"), machine);
    plan.settings().forEach(manifest::setting);
    return manifest.build();
  }

  @Override
  public String title() {
    return "numbers that are hard to carry";
  }

  @Override
  public String question() {
    return "Do all bits arrive?";
  }

  @Override
  public List<Source> sources() {
    return List.of(new Source("nobody", "none"));
  }

  @Override
  public Map<String, Object> constants(Scale scale) {
    return Map.of("values", List.of(HARD.length));
  }

  @Override
  public List<String> methods(Scale scale) {
    return List.of("table", "b", "a");
  }

  @Override
  public boolean seeded(String method) {
    return !method.equals("table");
  }

  @Override
  public int seeds(Scale scale) {
    return 3;
  }

  @Override
  public void run(Scale scale, String method, long seed, Recorder recorder) {
    runs.incrementAndGet();
    recorder.progress(0.5);
    if (broken.equals(method + seed)) {
      throw new ArithmeticException("broken on purpose");
    }
    recorder.value("hard", HARD[(int) ((seed + method.length()) % HARD.length)]);
    for (int i = 0; i < HARD.length; i++) {
      recorder.point("curve", i * 0.1, HARD[i]);
    }
    double last = new RandomKey(seed).child(method).seed() * 0x1p-64 + shift;
    recorder.value("uniform", last);
    recorder.seconds("part", System.nanoTime());
  }

  @Override
  public List<Band> bands(Scale scale) {
    return List.of(
        new Band(
            "All seeds were run.",
            "by definition",
            outcomes ->
                outcomes.has("a", "uniform")
                    ? Band.Judgement.of(
                        outcomes.values("a", "uniform").length == 3,
                        outcomes.values("a", "uniform").length + " seeds")
                    : Band.Judgement.notRun("a")));
  }

  @Override
  public List<Section> figures(Scale scale, Outcomes outcomes) {
    var chart = Chart.lines("Curves", "All curves are the same.").band(Spread.WORDS);
    methods(scale).forEach(method -> Spread.curve(chart, outcomes, method, "curve"));
    return List.of(Section.of("Figure", chart.build()));
  }
}
