package kobai.compare;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import kobai.bench.AnswerCheck;
import kobai.bench.Dimension;
import kobai.bench.Sizes;
import kobai.bench.Workbench;
import kobai.compare.ComparePlan.Planned;
import kobai.compare.ComparePlan.Refusal;
import kobai.data.Sequence;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.experiments.MemoryModel;
import kobai.experiments.Quality;
import kobai.experiments.RetainedHeap;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.DifferentiableModel;
import kobai.parallel.Workers;
import kobai.random.RandomKey;
import kobai.report.Document;
import kobai.report.Journal;
import kobai.report.Manifest;
import kobai.report.Measured;
import kobai.report.ResultTable;
import kobai.report.RunFolder;
import kobai.report.Unit;

/**
 * Carries a plan out: memory, then the quality of the gradients, then time, cell by cell. Every
 * value goes to the journal as soon as it is known; the report can be written at any moment from
 * what is there.
 */
public final class CompareRun {
  /** Exit reason of a run that came to its end. */
  public static final String COMPLETED = "completed";

  /** Exit reason of a run that was told to stop. */
  public static final String INTERRUPTED = "interrupted";

  /** Seconds kept for the report at the end. */
  private static final double REPORT_SECONDS = 4;

  /**
   * A signal reaches the measuring virtual machine and this one together; who hears first is open.
   */
  private static final long SIGNAL_MILLIS = 500;

  /** What the harness allocates in an iteration, and some: 7 kB were seen. */
  private static final double HARNESS_BYTES = 32 << 10;

  private static final int LONG_WARM_UP = 2;

  private static final int[] LENGTHS = {10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000};
  private static final int[] HIDDEN = {8, 16, 32, 64, 128, 256, 512};
  private static final int[] PARTICLES = {2, 4, 8, 16, 32, 64, 128, 256, 512};

  private final ComparePlan plan;
  private final CompareOptions options;
  private final Workbench workbench;
  private final RunFolder folder;
  private final Journal journal;
  private final Stopwatch stopwatch;
  private final Observer observer;
  private final Consumer<ResultTable.Row> listener;
  private final DoubleSupplier elapsedSeconds;
  private final Results results = new Results();
  private final List<Refusal> refusals;
  private final List<String> failures = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private Manifest manifest;
  private boolean finished;

  /**
   * Prepares a run and writes its manifest.
   *
   * @param listener is given every result
   * @param elapsedSeconds seconds since the program began, for the budget
   */
  public CompareRun(
      ComparePlan plan,
      Workbench workbench,
      RunFolder folder,
      Manifest manifest,
      Stopwatch stopwatch,
      Observer observer,
      Consumer<ResultTable.Row> listener,
      DoubleSupplier elapsedSeconds)
      throws IOException {
    this.plan = plan;
    this.workbench = workbench;
    this.folder = folder;
    this.manifest = manifest;
    this.stopwatch = stopwatch;
    this.observer = observer;
    this.listener = listener;
    this.elapsedSeconds = elapsedSeconds;
    options = plan.options();
    refusals = new ArrayList<>(plan.refusals());
    folder.write(manifest);
    journal = folder.journal();
  }

  /** Runs everything and writes the report; returns what failed, in sentences. */
  public List<String> run() throws IOException {
    for (Refusal refusal : plan.refusals()) {
      journal.append(json(refusal));
    }
    long total = Math.round(plan.seconds() - elapsedSeconds.getAsDouble());
    observer.start(Math.max(1, total), "compare");
    observer.step(0, "memory");
    try {
      planMemory();
      measureHeap();
      measureQuality();
      measureTime();
    } catch (IOException | RuntimeException | Error e) {
      finish("failed: " + e);
      throw e;
    }
    observer.step(0, "report");
    finish(COMPLETED);
    return failures;
  }

  /** The bytes and flops that need no measuring. */
  private void planMemory() throws IOException {
    for (Planned planned : plan.cells()) {
      formulas(planned.cell());
      record(planned.cell(), Metric.WORKSPACE_BYTES, Measured.exactly(planned.bytes()));
    }
    for (Contender contender : options.contenders()) {
      grid(contender, Dimension.LENGTH, LENGTHS);
      grid(contender, Dimension.HIDDEN, HIDDEN);
      grid(contender, Dimension.PARTICLES, PARTICLES);
    }
  }

  private void formulas(Cell cell) throws IOException {
    Setup setup = workbench.planned(cell.sizes());
    Workspace plan = cell.contender().algorithm().plan(setup);
    record(cell, Metric.SCRATCH_BYTES, Measured.exactly(plan.bytesOf(Kernels.SCRATCH)));
    var bytes = MemoryModel.bytes(cell.contender().algorithm(), setup);
    if (bytes.isPresent()) {
      record(cell, Metric.FORMULA_BYTES, Measured.exactly(bytes.getAsLong()));
    }
    record(cell, Metric.FORMULA_FLOPS, Measured.exactly(ComparePlan.flops(workbench, cell)));
  }

  private void grid(Contender contender, Dimension dimension, int[] values) throws IOException {
    for (int value : values) {
      Cell cell = Cell.at(contender, Implementation.VECTOR, options.base().with(dimension, value));
      if (results.get(cell, Metric.WORKSPACE_BYTES).isPresent()) {
        continue;
      }
      try {
        Workspace workspace = contender.algorithm().plan(workbench.planned(cell.sizes()));
        record(cell, Metric.WORKSPACE_BYTES, Measured.exactly(workspace.bytes()));
      } catch (IllegalArgumentException | ArithmeticException e) {
        return; // the larger ones have too many elements as well
      }
    }
  }

  private void measureHeap() throws IOException {
    for (Planned planned : plan.cells()) {
      if (planned.base()) {
        Sizes sizes = planned.cell().sizes();
        try (Workers workers = Workers.of(sizes.threads())) {
          Setup setup = workbench.setup(sizes, Implementation.VECTOR, workers);
          RetainedHeap heap =
              RetainedHeap.measure(() -> planned.cell().contender().algorithm().create(setup));
          record(
              planned.cell(),
              Metric.HEAP_BYTES,
              new Measured(heap.bytes(), heap.low(), heap.high()));
        }
      }
    }
  }

  private void measureQuality() throws IOException {
    Sizes base = options.base();
    DifferentiableModel model = workbench.model(base.hidden());
    float[] theta = workbench.theta(model);
    Sequence sequence = workbench.sequence(base.length(), base.batch());
    double[] exact =
        Quality.exactGradient(
            workbench.setup(base, Implementation.VECTOR, Workers.single()), theta, sequence);
    for (Planned planned : plan.cells()) {
      if (!ComparePlan.measuresQuality(options, planned.cell())) {
        continue;
      }
      Cell cell = planned.cell();
      observer.step(0, "quality of " + cell.describe(base));
      boolean stochastic = cell.contender().algorithm().stochastic();
      try (Workers workers = Workers.of(cell.sizes().threads())) {
        GradientEstimator estimator =
            cell.contender()
                .algorithm()
                .create(workbench.setup(cell.sizes(), Implementation.VECTOR, workers));
        if (estimator.workspace().bytes() != planned.bytes()) {
          fail(
              "%s holds %d bytes, planned were %d"
                  .formatted(cell.describe(base), estimator.workspace().bytes(), planned.bytes()));
        }
        Quality quality =
            stochastic
                ? Quality.measure(
                    estimator,
                    theta,
                    sequence,
                    cell.sizes().window(),
                    exact,
                    options.level().repeats(),
                    new RandomKey(options.seed()).child("quality"),
                    Duration.ofMillis(Math.round(1e3 * options.level().qualitySeconds())))
                : Quality.measureDeterministic(
                    estimator, theta, sequence, cell.sizes().window(), exact);
        recordQuality(cell, quality);
        double bound = AnswerCheck.relativeRounding(model, base.length());
        boolean whole = cell.sizes().window() >= base.length();
        if (cell.contender().algorithm().exactOn(model, whole)
            && !(quality.relativeError() <= bound)) {
          fail(
              "%s is claimed exact, but its gradient is off by %s of the exact one; rounding explains %s"
                  .formatted(
                      cell.describe(base),
                      Unit.PLAIN.text(quality.relativeError()),
                      Unit.PLAIN.text(bound)));
        }
      }
      if (stochastic) {
        observer.step(Math.round(options.level().qualitySeconds()), "quality");
      }
    }
  }

  private void recordQuality(Cell cell, Quality quality) throws IOException {
    record(
        cell,
        Metric.RELATIVE_ERROR,
        quality.deterministic()
            ? Measured.exactly(quality.relativeError())
            : Measured.within(quality.relativeError(), quality.relativeErrorSd()));
    record(
        cell,
        Metric.COSINE,
        quality.deterministic()
            ? Measured.exactly(quality.cosine())
            : new Measured(
                quality.cosine(),
                Math.min(quality.cosine(), quality.cosineLow()),
                Math.max(quality.cosine(), quality.cosineHigh())));
    record(
        cell,
        Metric.RELATIVE_BIAS,
        quality.deterministic()
            ? Measured.exactly(quality.relativeBias())
            : new Measured(
                quality.relativeBias(), quality.relativeBiasLow(), quality.relativeBiasHigh()));
    record(
        cell,
        Metric.RELATIVE_VARIANCE,
        quality.deterministic()
            ? Measured.exactly(0)
            : Measured.within(quality.relativeVariance(), quality.relativeVarianceError()));
    record(cell, Metric.REPEATS, Measured.exactly(quality.repeats()));
  }

  private void measureTime() throws IOException {
    for (Planned planned : plan.cells()) {
      if (stopped()) {
        return;
      }
      String name = planned.cell().describe(options.base());
      double after = elapsedSeconds.getAsDouble() + planned.seconds() + REPORT_SECONDS;
      if (!planned.base() && after > options.level().budgetSeconds()) {
        refuse(
            new Refusal(
                planned.cell(),
                name,
                "the time of %s ran out, since the machine is slower than forecast (use a more thorough level or name fewer values)"
                    .formatted(options.level().option()),
                true));
        continue;
      }
      observer.step(0, name);
      double begun = elapsedSeconds.getAsDouble();
      try {
        recordTime(planned.cell(), timeWarm(planned));
      } catch (Stopwatch.Failure e) {
        awaitSignal();
        fail(name + ": " + (e.wrongAnswer() ? "not timed, " : "not measured: ") + e.getMessage());
      }
      writeJmh();
      observer.step(Math.max(1, Math.round(elapsedSeconds.getAsDouble() - begun)), name);
    }
  }

  /**
   * Times the cell; again after a longer warm-up if it still allocated, as code does that is not
   * compiled yet.
   */
  private Timing timeWarm(Planned planned) throws Stopwatch.Failure {
    Timing timing = stopwatch.time(planned, 1);
    double longer = planned.seconds() * LONG_WARM_UP;
    double after = elapsedSeconds.getAsDouble() + longer + REPORT_SECONDS;
    boolean warm = !(timing.iterationBytes() > HARNESS_BYTES);
    return warm || after > options.level().budgetSeconds()
        ? timing
        : stopwatch.time(planned, LONG_WARM_UP);
  }

  private void recordTime(Cell cell, Timing timing) throws IOException {
    Measured gradient = timing.measured();
    double length = cell.sizes().length();
    record(cell, Metric.GRADIENT_SECONDS, gradient);
    record(
        cell,
        Metric.STEP_SECONDS,
        new Measured(
            gradient.value() / length, gradient.lower() / length, gradient.upper() / length));
    record(cell, Metric.ALLOCATED_BYTES, Measured.exactly(timing.allocatedBytes()));
    if (timing.iterationBytes() > HARNESS_BYTES) {
      warn(
          "%s still allocated %s a gradient when it was measured; 0 is expected when all is compiled, so its time is too long"
              .formatted(cell.describe(options.base()), Unit.BYTES.text(timing.allocatedBytes())));
    }
  }

  /** After a failure, gives a signal that may have caused it the time to arrive here too. */
  private static void awaitSignal() {
    try {
      Thread.sleep(SIGNAL_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized boolean stopped() {
    return finished;
  }

  private synchronized void record(Cell cell, Metric metric, Measured value) throws IOException {
    if (!finished) {
      ResultTable.Row row = results.add(cell, metric, value);
      journal.append(row);
      listener.accept(row);
    }
  }

  private synchronized void refuse(Refusal refusal) throws IOException {
    if (!finished) {
      refusals.add(refusal);
      journal.append(json(refusal));
    }
  }

  private static Map<String, Object> json(Refusal refusal) {
    Map<String, Object> object = new LinkedHashMap<>();
    for (int i = 0; i < Cell.COLUMNS.size(); i++) {
      object.put(Cell.COLUMNS.get(i), refusal.cell().values().get(i));
    }
    object.put("metric", "refused");
    object.put("value", null);
    object.put("reason", refusal.reason());
    return object;
  }

  private synchronized void fail(String message) {
    if (!finished) {
      failures.add(message);
      observer.warn(message);
    }
  }

  private synchronized void warn(String message) {
    if (!finished) {
      warnings.add(message);
      observer.warn(message);
    }
  }

  private synchronized void writeJmh() throws IOException {
    if (!finished) {
      folder.write("jmh.json", stopwatch.json());
    }
  }

  /**
   * Writes report, tables and manifest from what is known, and ends the run: later results are
   * dropped. Called by {@link #run} at its end and, where the user interrupts it, by another thread
   * before. Only the first call does anything, and returns true.
   */
  public synchronized boolean finish(String reason) throws IOException {
    if (finished) {
      return false;
    }
    finished = true;
    manifest = manifest.ended(Instant.now(), reason);
    folder.write("results.csv", results.table().csv());
    folder.write("jmh.json", stopwatch.json());
    folder.write(document());
    folder.write(manifest);
    journal.close();
    return true;
  }

  /** The report on what is known. */
  Document document() {
    return new CompareReport(plan, workbench, results, refusals, failures, warnings, manifest)
        .document();
  }
}
