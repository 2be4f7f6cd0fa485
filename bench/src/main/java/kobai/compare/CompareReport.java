package kobai.compare;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import kobai.bench.Dimension;
import kobai.bench.Sizes;
import kobai.bench.Workbench;
import kobai.compare.ComparePlan.Refusal;
import kobai.compare.Results.Point;
import kobai.estimators.Algorithm;
import kobai.estimators.Claim;
import kobai.estimators.Target;
import kobai.kernels.Implementation;
import kobai.models.RecurrentModel;
import kobai.report.Block;
import kobai.report.Chart;
import kobai.report.Document;
import kobai.report.Manifest;
import kobai.report.Measured;
import kobai.report.Section;
import kobai.report.Table;
import kobai.report.Unit;

/** Makes a report from whatever has been measured; what is missing is left out. */
final class CompareReport {
  /** Errors above this are noise rather than gradient. */
  private static final double ALL_NOISE = 1;

  private static final double RTRL_EXPONENT = 4;

  /** Contenders that a sentence may name. */
  private static final int MOST_NAMED = 8;

  /** Lines that a panel of a chart may hold; more are drawn family by family. */
  private static final int MOST_LINES = 16;

  private final ComparePlan plan;
  private final CompareOptions options;
  private final Workbench workbench;
  private final RecurrentModel model;
  private final Results results;
  private final List<Refusal> refusals;
  private final List<String> failures;
  private final List<String> warnings;
  private final Manifest manifest;
  private final ScalingReport scaling;

  CompareReport(
      ComparePlan plan,
      Workbench workbench,
      Results results,
      List<Refusal> refusals,
      List<String> failures,
      List<String> warnings,
      Manifest manifest) {
    this.plan = plan;
    this.workbench = workbench;
    model = ComparePlan.anySize(workbench);
    this.results = results;
    this.refusals = List.copyOf(refusals);
    this.failures = List.copyOf(failures);
    this.warnings = List.copyOf(warnings);
    this.manifest = manifest;
    options = plan.options();
    scaling = new ScalingReport(options, workbench, results);
  }

  /** The whole report. */
  Document document() {
    List<Section> sections = new ArrayList<>();
    sections.add(basePoint());
    sections.add(time());
    sections.add(memory());
    quality().ifPresent(sections::add);
    sections.add(scaling.section());
    kernels().ifPresent(sections::add);
    if (!refusals.isEmpty()) {
      sections.add(refused());
    }
    sections.add(method());
    return new Document("What a gradient costs", lead(), findings(), sections);
  }

  private String lead() {
    Sizes base = options.base();
    String state =
        manifest.exitReason().equals(CompareRun.COMPLETED)
            ? ""
            : "This run was %s; the report shows what had been measured by then. "
                .formatted(manifest.exitReason());
    return state
        + "A recurrent network of %d units learns %s. %s were given the same parameters and the same sequence of %d steps, and asked for the gradient of the loss. This report says what that gradient cost in time and memory, how that grows, and how good the gradient was."
            .formatted(base.hidden(), workbench.task().name(), names(), base.length());
  }

  private String names() {
    List<String> names =
        options.algorithms().stream().map(algorithm -> algorithm.name().replace('_', '-')).toList();
    if (names.size() > MOST_NAMED) {
      return names.size() + " algorithms";
    }
    int last = names.size() - 1;
    return last == 0
        ? "The algorithm " + names.getFirst() + " and its variants"
        : String.join(", ", names.subList(0, last)) + " and " + names.get(last);
  }

  // ---------------------------------------------------------------- findings

  private List<String> findings() {
    List<String> findings = new ArrayList<>();
    failures.forEach(failure -> findings.add("A check failed: " + failure + "."));
    exactTime().ifPresent(findings::add);
    memoryRange().ifPresent(findings::add);
    noise().ifPresent(findings::add);
    price().ifPresent(findings::add);
    speedUp().ifPresent(findings::add);
    scaling.headlines().forEach(sentence -> findings.add(sentence + "."));
    warnings.forEach(warning -> findings.add("Warning: " + warning + "."));
    if (!refusals.isEmpty()) {
      findings.add(
          "%d planned measurement%s not made; the reasons are in the section “Not measured”."
              .formatted(refusals.size(), refusals.size() == 1 ? " was" : "s were"));
    }
    return findings;
  }

  private Cell base(Contender contender) {
    return Cell.at(contender, Implementation.VECTOR, options.base());
  }

  private boolean exact(Contender contender) {
    return contender.exact(model, options.base().length());
  }

  private Optional<Measured> at(Contender contender, Metric metric) {
    return results.get(base(contender), metric);
  }

  private List<Contender> with(Metric metric) {
    return options.contenders().stream()
        .filter(contender -> at(contender, metric).isPresent())
        .toList();
  }

  private double value(Contender contender, Metric metric) {
    return at(contender, metric).map(Measured::value).orElse(Double.NaN);
  }

  private Optional<String> exactTime() {
    List<Contender> exact =
        with(Metric.STEP_SECONDS).stream()
            .filter(this::exact)
            .sorted(Comparator.comparingDouble(contender -> value(contender, Metric.STEP_SECONDS)))
            .toList();
    if (exact.isEmpty()) {
      return Optional.empty();
    }
    Contender fastest = exact.getFirst();
    double least = value(fastest, Metric.STEP_SECONDS);
    String others =
        exact.stream()
            .skip(1)
            .limit(MOST_NAMED)
            .map(
                contender ->
                    "%s takes %s times as long"
                        .formatted(
                            contender.label(),
                            Unit.PLAIN.text(value(contender, Metric.STEP_SECONDS) / least)))
            .collect(Collectors.joining(", "));
    return Optional.of(
        "The exact gradient is cheapest by %s: %s a step.%s"
            .formatted(
                fastest.label(),
                Unit.SECONDS.text(least),
                others.isEmpty() ? "" : " For the same numbers " + others + "."));
  }

  private Optional<String> memoryRange() {
    List<Contender> all =
        with(Metric.WORKSPACE_BYTES).stream()
            .sorted(
                Comparator.comparingDouble(contender -> value(contender, Metric.WORKSPACE_BYTES)))
            .toList();
    if (all.size() < 2) {
      return Optional.empty();
    }
    return Optional.of(
        "At %d steps, %s holds least memory (%s) and %s most (%s)."
            .formatted(
                options.base().length(),
                all.getFirst().label(),
                Unit.BYTES.text(value(all.getFirst(), Metric.WORKSPACE_BYTES)),
                all.getLast().label(),
                Unit.BYTES.text(value(all.getLast(), Metric.WORKSPACE_BYTES))));
  }

  private Optional<String> noise() {
    List<Contender> noisy =
        with(Metric.RELATIVE_ERROR).stream()
            .filter(contender -> contender.algorithm().stochastic())
            .toList();
    if (noisy.isEmpty()) {
      return Optional.empty();
    }
    String figures =
        fewest(noisy, contender -> value(contender, Metric.RELATIVE_ERROR)).stream()
            .map(
                contender ->
                    "%s %s"
                        .formatted(
                            contender.label(),
                            Unit.PLAIN.text(value(contender, Metric.RELATIVE_ERROR))))
            .collect(Collectors.joining(", "));
    boolean allNoise =
        noisy.stream().allMatch(contender -> value(contender, Metric.RELATIVE_ERROR) > ALL_NOISE);
    return Optional.of(
        "One noisy gradient (N = %d where there are particles) is off by this many times the length of the true one: %s%s.%s"
            .formatted(
                options.base().particles(),
                figures,
                noisy.size() > MOST_NAMED ? "; the rest is further off" : "",
                allNoise
                    ? " Each of them is more noise than gradient; training lives on averaging over"
                        + " many."
                    : ""));
  }

  private Optional<String> price() {
    double ratio = options.ratios().getFirst();
    List<String> parts = new ArrayList<>();
    List<Contender> priced =
        options.contenders().stream()
            .filter(contender -> Reach.of(results, base(contender), ratio).isPresent())
            .filter(contender -> contender.algorithm().stochastic() || contender.equals(fastest()))
            .toList();
    for (Contender contender : fewest(priced, contender -> price(contender, ratio))) {
      Optional<Reach> reach = Reach.of(results, base(contender), ratio);
      if (reach.isPresent()) {
        parts.add(
            reach.get().possible()
                ? "%s %s"
                    .formatted(contender.label(), Unit.SECONDS.text(reach.get().seconds().value()))
                : "%s never (its bias holds it below %s)"
                    .formatted(contender.label(), Unit.PLAIN.text(reach.get().highest())));
      }
    }
    return parts.size() < 2
        ? Optional.empty()
        : Optional.of(
            "Time to a gradient of signal-to-noise ratio %s, averaging as many as that takes: %s%s."
                .formatted(
                    Unit.COUNT.text(ratio),
                    String.join(", ", parts),
                    priced.size() > MOST_NAMED
                        ? "; the rest takes longer or never gets there"
                        : ""));
  }

  private double price(Contender contender, double ratio) {
    return Reach.of(results, base(contender), ratio)
        .filter(Reach::possible)
        .map(reach -> reach.seconds().value())
        .orElse(Double.POSITIVE_INFINITY);
  }

  /** All where a sentence can name them, in their order; else the least, in ascending order. */
  private static List<Contender> fewest(
      List<Contender> contenders, ToDoubleFunction<Contender> value) {
    return contenders.size() <= MOST_NAMED
        ? contenders
        : contenders.stream().sorted(Comparator.comparingDouble(value)).limit(MOST_NAMED).toList();
  }

  private Contender fastest() {
    return with(Metric.STEP_SECONDS).stream()
        .filter(this::exact)
        .min(Comparator.comparingDouble(contender -> value(contender, Metric.STEP_SECONDS)))
        .orElse(options.contenders().getFirst());
  }

  private record SpeedUp(Contender contender, Measured scalar, Measured vector) {
    double factor() {
      return scalar.value() / vector.value();
    }
  }

  private List<SpeedUp> speedUps() {
    List<SpeedUp> list = new ArrayList<>();
    for (Contender contender : options.contenders()) {
      Optional<Measured> scalar =
          results.get(
              Cell.at(contender, Implementation.SCALAR, options.base()), Metric.GRADIENT_SECONDS);
      Optional<Measured> vector = at(contender, Metric.GRADIENT_SECONDS);
      if (scalar.isPresent() && vector.isPresent()) {
        list.add(new SpeedUp(contender, scalar.get(), vector.get()));
      }
    }
    return list;
  }

  private Optional<String> speedUp() {
    List<SpeedUp> list = speedUps();
    if (list.isEmpty()) {
      return Optional.empty();
    }
    double least = list.stream().mapToDouble(SpeedUp::factor).min().orElseThrow();
    double most = list.stream().mapToDouble(SpeedUp::factor).max().orElseThrow();
    return Optional.of(
        "Vector kernels make the same gradient, to the last bit, %s as fast as plain loops."
            .formatted(
                least == most
                    ? Unit.PLAIN.text(least) + " times"
                    : Unit.PLAIN.text(least) + " to " + Unit.PLAIN.text(most) + " times"));
  }

  // ---------------------------------------------------------------- sections

  private Section basePoint() {
    double ratio = options.ratios().getFirst();
    Table.Builder table =
        Table.captioned("Every contender at the base point: " + options.base())
            .text("contender")
            .text("its gradient")
            .number("time a step", Unit.SECONDS)
            .number("time a gradient", Unit.SECONDS)
            .number("memory", Unit.BYTES)
            .number("bias", Unit.FRACTION)
            .number("variance", Unit.PLAIN)
            .number("cosine", Unit.PLAIN)
            .number("time to signal-to-noise " + Unit.COUNT.text(ratio), Unit.SECONDS);
    for (Contender contender : plan.measured()) {
      table.row(
          contender.label(),
          says(contender),
          value(contender, Metric.STEP_SECONDS),
          value(contender, Metric.GRADIENT_SECONDS),
          value(contender, Metric.WORKSPACE_BYTES),
          at(contender, Metric.RELATIVE_BIAS).map(CompareReport::bias).orElse(Double.NaN),
          value(contender, Metric.RELATIVE_VARIANCE),
          value(contender, Metric.COSINE),
          Reach.of(results, base(contender), ratio).map(CompareReport::time).orElse(Double.NaN));
    }
    return Section.of(
        "At a glance",
        table.build(),
        Block.note(
            "How to read this",
            "K is the window: the sequence is cut into pieces of K steps, and the algorithm gives"
                + " the gradient of one piece after the other, carrying what it needs from piece to"
                + " piece. K=T is one piece. N is the number of particles of ES and PES, whose work"
                + " all contenders with particles do; both halves of an antithetic pair count.",
            "Memory is everything that the algorithm holds while it works, without the sequence,"
                + " the parameters and the gradient that all of them share. Bias is what averaging"
                + " leaves, in percent of the exact gradient's length; “below” says that none was"
                + " shown, and how much may have gone unseen. Variance is the squared length of the"
                + " noise of one gradient over that of the exact one: at 100, noise is ten times as"
                + " long as what was looked for. Cosine 1 is the right direction, 0 is none.",
            "The last column is what a useful gradient costs: as many as it takes are averaged"
                + " until the squared error is the gradient's squared length over that ratio."
                + " “never” says that bias keeps it from getting there. The intervals are in"
                + " “Quality for its cost”.",
            "An exact gradient can be compared with another exact one by cost alone. A noisy or a"
                + " biased one cannot: see “Quality for its cost”."));
  }

  private boolean whole(Contender contender) {
    int length = options.base().length();
    return contender.window(length) == length;
  }

  /** The bias; where none was shown, its upper end, which sorts as a number does not. */
  private static Object bias(Measured bias) {
    return bias.hasInterval() && bias.lower() <= 0
        ? "below " + Unit.FRACTION.text(bias.upper())
        : bias.value();
  }

  /** Seconds, or that no time is enough. */
  private static Object time(Reach reach) {
    return reach.possible() ? reach.seconds().value() : "never";
  }

  private String says(Contender contender) {
    Claim claim = contender.claim(model, options.base().length());
    return switch (claim) {
      case EXACT -> "exact";
      case UNBIASED -> "right on average";
      case UNBIASED_FOR_SMOOTHED -> "right on average, of the smoothed loss";
      case BIASED -> {
        Target target = contender.algorithm().targetOn(model, whole(contender));
        boolean approximate = target == Target.APPROXIMATION || target == Target.LAYERWISE;
        boolean noisy = contender.algorithm().stochastic();
        yield approximate
            ? (noisy ? "approximate and noisy" : "approximate")
            : (noisy ? "noisy and cut off" : "cut off at the window");
      }
    };
  }

  private Section time() {
    List<Block> blocks = new ArrayList<>();
    for (Dimension dimension : Dimension.values()) {
      timeChart(dimension).ifPresent(blocks::add);
    }
    if (blocks.isEmpty()) {
      blocks.add(Block.prose("No time was measured at more than one point of any size."));
    } else {
      blocks.add(
          Block.note(
              "How to read these charts",
              "Both axes are logarithmic: equal distances are equal factors, and a power law is a straight line. Each chart changes one size and leaves the others at the base point (%s)."
                  .formatted(options.base()),
              "Error bars are 95 %% intervals. %s".formatted(spread())));
    }
    return new Section("Time", blocks);
  }

  private String spread() {
    int base = options.level().forks(true);
    int curve = options.level().forks(false);
    return base == 1
        ? "Each point was measured in one virtual machine, so they hold the scatter within it and"
            + " not that between one start and the next, which is often larger: take differences"
            + " below 10 % for nothing."
        : curve == 1
            ? "At the base point they hold the scatter between %d virtual machines, along the curves that within one."
                .formatted(base)
            : "They hold the scatter between %d virtual machines.".formatted(base);
  }

  /** Gives every family a panel, if there are more lines than one panel shows. */
  private void families(Chart.Builder chart) {
    if (options.contenders().size() > MOST_LINES) {
      chart.facets("family");
    }
  }

  /** The panel of a contender: the registry lists its families one after the other. */
  private String family(Contender contender) {
    Algorithm algorithm = contender.algorithm();
    return options.contenders().size() <= MOST_LINES
        ? ""
        : algorithm.compareTo(Algorithm.RTRL) < 0
            ? "backpropagation"
            : algorithm.compareTo(Algorithm.ES) < 0
                ? "RTRL and relatives"
                : algorithm.compareTo(Algorithm.WEIGHT_PERTURBATION) < 0
                    ? "evolution strategies"
                    : "perturbations and tangents";
  }

  private Optional<Chart> timeChart(Dimension dimension) {
    boolean windows = dimension == Dimension.WINDOW;
    Chart.Builder chart =
        Chart.lines(
                "Time per step over " + dimension.title(),
                "Line chart on logarithmic axes: time per step of each contender as "
                    + dimension.title()
                    + " changes.")
            .x(dimension.title(), Unit.COUNT, Chart.Scale.LOG)
            .y("time per step", Unit.SECONDS, Chart.Scale.LOG)
            .series(windows ? "algorithm" : "contender")
            .bars("95 % interval");
    families(chart);
    boolean any = false;
    List<String> drawn = new ArrayList<>();
    for (Contender contender : options.contenders()) {
      String name = windows ? contender.algorithm().name().replace('_', '-') : contender.label();
      List<Point> points = results.curve(contender, dimension, options.base(), Metric.STEP_SECONDS);
      if (points.size() < 2 || drawn.contains(name)) {
        continue;
      }
      drawn.add(name);
      any = true;
      points.forEach(point -> chart.point(name, family(contender), point.x(), point.value()));
      if (dimension == Dimension.HIDDEN && contender.window() == 1) {
        power(chart, points, RTRL_EXPONENT, "n⁴");
      }
    }
    return any ? Optional.of(chart.build()) : Optional.empty();
  }

  /** A line of the slope of theory through the last point. */
  private static void power(
      Chart.Builder chart, List<Point> points, double exponent, String label) {
    Point last = points.getLast();
    double y = last.value().value();
    double x = points.get(points.size() - 2).x();
    chart.reference(label, x, y * Math.pow(x / last.x(), exponent), last.x(), y);
  }

  private Section memory() {
    List<Block> blocks = new ArrayList<>();
    blocks.add(
        Block.prose(
            "Memory is counted, measured and predicted. Every array of an estimator comes from a"
                + " workspace that keeps a ledger: that is the figure of this report. Beside it"
                + " stand the heap that the estimator was seen to keep alive, and a formula in n,"
                + " T, K, N and B that was written down from theory, without a look at the ledger."
                + " Scratch of matrix products is not in the formula, and is taken off before the"
                + " two are compared; padding to whole vectors is not in it either, and weighs less"
                + " in larger networks. The last column is what one gradient allocates when all is"
                + " warm: 0, up to the few kilobytes an iteration of the harness itself."));
    Table.Builder table =
        Table.captioned("Memory four ways, at the base point")
            .text("contender")
            .number("ledger", Unit.BYTES)
            .number("heap, measured", Unit.BYTES)
            .number("heap over ledger", Unit.FRACTION)
            .number("scratch", Unit.BYTES)
            .number("formula", Unit.BYTES)
            .number("rest over formula", Unit.FRACTION)
            .number("allocated a gradient", Unit.BYTES);
    for (Contender contender : with(Metric.WORKSPACE_BYTES)) {
      double ledger = value(contender, Metric.WORKSPACE_BYTES);
      double heap = value(contender, Metric.HEAP_BYTES);
      double scratch = value(contender, Metric.SCRATCH_BYTES);
      double formula = value(contender, Metric.FORMULA_BYTES);
      table.row(
          contender.label(),
          ledger,
          heap,
          heap / ledger - 1,
          scratch,
          formula,
          (ledger - scratch) / formula - 1,
          value(contender, Metric.ALLOCATED_BYTES));
    }
    blocks.add(table.build());
    for (Dimension dimension : List.of(Dimension.LENGTH, Dimension.HIDDEN, Dimension.PARTICLES)) {
      memoryChart(dimension).ifPresent(blocks::add);
    }
    return new Section("Memory", blocks);
  }

  private Optional<Chart> memoryChart(Dimension dimension) {
    Chart.Builder chart =
        Chart.lines(
                "Memory over " + dimension.title(),
                "Line chart on logarithmic axes: bytes that each contender holds as "
                    + dimension.title()
                    + " changes.")
            .x(dimension.title(), Unit.COUNT, Chart.Scale.LOG)
            .y("memory", Unit.BYTES, Chart.Scale.LOG)
            .series("contender");
    families(chart);
    boolean any = false;
    for (Contender contender : options.contenders()) {
      List<Point> points =
          results.curve(contender, dimension, options.base(), Metric.WORKSPACE_BYTES);
      if (points.size() >= 2) {
        any = true;
        points.forEach(
            point -> chart.point(contender.label(), family(contender), point.x(), point.value()));
      }
    }
    return any ? Optional.of(chart.build()) : Optional.empty();
  }

  private Optional<Section> quality() {
    if (with(Metric.RELATIVE_ERROR).isEmpty()) {
      return Optional.empty();
    }
    List<Block> blocks = new ArrayList<>();
    blocks.add(
        Block.prose(
            "All gradients were taken at the same parameters on the same sequence and compared with"
                + " the exact one. What an estimator gets wrong is of two kinds: noise, which"
                + " averaging over many estimates takes away, and bias, which stays however many"
                + " are averaged."));
    Table.Builder table =
        Table.captioned("Quality of one gradient")
            .text("contender")
            .number("relative error", Unit.PLAIN)
            .number("cosine", Unit.PLAIN)
            .number("bias", Unit.FRACTION)
            .number("variance", Unit.PLAIN)
            .number("estimates", Unit.COUNT);
    for (Contender contender : with(Metric.RELATIVE_ERROR)) {
      table.row(
          contender.label(),
          at(contender, Metric.RELATIVE_ERROR).orElseThrow(),
          at(contender, Metric.COSINE).orElseThrow(),
          at(contender, Metric.RELATIVE_BIAS).orElseThrow(),
          at(contender, Metric.RELATIVE_VARIANCE).orElseThrow(),
          value(contender, Metric.REPEATS));
    }
    blocks.add(table.build());
    blocks.add(
        Block.note(
            "How to read this table",
            "Relative error: mean distance from the exact gradient, ± one standard deviation."
                + " Cosine: mean, and the range of 90 % of the estimates. Bias: in percent of the"
                + " exact gradient's length, with its 95 % interval; a lower end of 0 says that"
                + " none was shown, the upper end says how much may have gone unseen. Variance:"
                + " squared length of the noise over that of the gradient, ± its standard error.",
            "ES and PES follow the gradient of a loss that is smoothed over their perturbations (σ = %s), which differs a little from the gradient of the loss: that difference is part of the bias here."
                .formatted(options.sigma())));
    for (double ratio : options.ratios()) {
      priceTable(ratio).ifPresent(blocks::add);
    }
    priceChart().ifPresent(blocks::add);
    scatter().ifPresent(blocks::add);
    return Optional.of(new Section("Quality for its cost", blocks));
  }

  private Optional<Table> priceTable(double ratio) {
    String text = Unit.COUNT.text(ratio);
    Table.Builder table =
        Table.captioned(
                "What a gradient of signal-to-noise ratio %s costs (‖g‖² over the mean squared error, bias included)"
                    .formatted(text))
            .text("contender")
            .number("gradients averaged", Unit.COUNT)
            .number("time", Unit.SECONDS)
            .number("memory", Unit.BYTES)
            .text("remark");
    boolean any = false;
    for (Contender contender : options.contenders()) {
      Optional<Reach> found = Reach.of(results, base(contender), ratio);
      if (found.isEmpty()) {
        continue;
      }
      any = true;
      Reach reach = found.get();
      String limit =
          Double.isInfinite(reach.highest())
              ? unseen(contender, ratio)
              : "its bias holds it below " + Unit.PLAIN.text(reach.highest());
      if (reach.possible()) {
        boolean single = !contender.algorithm().stochastic();
        table.row(
            contender.label(),
            (double) reach.estimates(),
            reach.seconds(),
            value(contender, Metric.WORKSPACE_BYTES),
            single ? (exact(contender) ? "one gradient, exact" : "one gradient; " + limit) : limit);
      } else {
        table.row(contender.label(), Double.NaN, Double.NaN, Double.NaN, "cannot: " + limit);
      }
    }
    return any ? Optional.of(table.build()) : Optional.empty();
  }

  /**
   * What must be said where no bias was shown, but one as large as may have gone unseen would
   * forbid the ratio.
   */
  private String unseen(Contender contender, double ratio) {
    Measured bias = at(contender, Metric.RELATIVE_BIAS).orElseThrow();
    return bias.upper() * bias.upper() * ratio >= 1
        ? "if it is unbiased; %s of bias may have gone unseen in %s estimates"
            .formatted(
                Unit.FRACTION.text(bias.upper()), Unit.COUNT.text(value(contender, Metric.REPEATS)))
        : "";
  }

  private Optional<Chart> priceChart() {
    double ratio = options.ratios().getFirst();
    Chart.Builder chart =
        Chart.intervals(
                "Time to a gradient of signal-to-noise ratio " + Unit.COUNT.text(ratio),
                "One row for each contender: time that it needs until the average of its gradients"
                    + " reaches the ratio.")
            .y("time", Unit.SECONDS, Chart.Scale.LOG)
            .series("contender")
            .bars("95 % interval of the time of one gradient");
    int rows = 0;
    for (Contender contender : options.contenders()) {
      Optional<Reach> reach = Reach.of(results, base(contender), ratio).filter(Reach::possible);
      if (reach.isPresent()) {
        chart.interval(contender.label(), reach.get().seconds());
        rows++;
      }
    }
    return rows >= 2 ? Optional.of(chart.build()) : Optional.empty();
  }

  /** Error of one gradient over its time, every N and K that was measured. */
  private Optional<Chart> scatter() {
    Chart.Builder chart =
        Chart.points(
                "Error of one gradient over its time",
                "Scatter chart on logarithmic axes: relative error of one gradient over the time it"
                    + " takes, for each contender and for other numbers of particles and windows.")
            .x("time of a gradient", Unit.SECONDS, Chart.Scale.LOG)
            .y("relative error", Unit.PLAIN, Chart.Scale.LOG)
            .series("algorithm")
            .bars("one standard deviation")
            .referenceAtY("as bad as no gradient", ALL_NOISE);
    int count = 0;
    for (ComparePlan.Planned planned : plan.cells()) {
      Cell cell = planned.cell();
      Optional<Measured> error = results.get(cell, Metric.RELATIVE_ERROR);
      Optional<Measured> seconds = results.get(cell, Metric.GRADIENT_SECONDS);
      if (error.isPresent() && seconds.isPresent() && error.get().value() > 0) {
        Measured shown =
            error.get().hasInterval() && !(error.get().lower() > 0)
                ? Measured.exactly(error.get().value())
                : error.get();
        chart.point(
            new Chart.Point(
                cell.contender().algorithm().name().replace('_', '-'),
                "",
                seconds.get().value(),
                shown,
                cell.describe(options.base())));
        count++;
      }
    }
    return count >= 2 ? Optional.of(chart.build()) : Optional.empty();
  }

  private Optional<Section> kernels() {
    List<SpeedUp> list = speedUps();
    if (list.isEmpty()) {
      return Optional.empty();
    }
    Table.Builder table =
        Table.captioned("One gradient at the base point on either kernels")
            .text("contender")
            .number("scalar kernels", Unit.SECONDS)
            .number("vector kernels", Unit.SECONDS)
            .number("times as fast", Unit.PLAIN);
    for (SpeedUp speedUp : list) {
      table.row(speedUp.contender().label(), speedUp.scalar(), speedUp.vector(), speedUp.factor());
    }
    return Optional.of(
        Section.of(
            "Vector and scalar kernels",
            Block.prose(
                "Scalar kernels are the specification, the shortest loops that say it; vector kernels use vectors of %d bits here. Both give the same bits, which was checked before each measurement."
                    .formatted(manifest.environment().vectorBits())),
            table.build()));
  }

  private Section refused() {
    Table.Builder table = Table.captioned("Planned, and not measured").text("what").text("why");
    refusals.forEach(refusal -> table.row(refusal.what(), refusal.reason()));
    return Section.of("Not measured", table.build());
  }

  private static String forks(Level level) {
    int base = level.forks(true);
    int curve = level.forks(false);
    return base == 1
        ? "It ran in one virtual machine (fork) for each point"
        : base == curve
            ? "It ran in %d virtual machines (forks) for each point, one after the other"
                .formatted(base)
            : "It ran in %d virtual machines (forks) at the base point, one after the other, and in %d along the curves"
                .formatted(base, curve);
  }

  private Section method() {
    Level level = options.level();
    String warm =
        level == Level.QUICK
            ? " That is a short warm-up: the last methods may have been compiled while they were"
                + " measured. Figures to be cited should come from a default or a full run."
            : "";
    return Section.of(
        "How it was measured",
        Block.prose(
            "Time: JMH, average time of one operation, which is a reset and the gradients of all windows of one sequence. %s; in each, %d warm-up iterations of %d ms and %d measured iterations of %d ms.%s"
                .formatted(
                    forks(level),
                    level.warmups(),
                    level.warmupMillis(),
                    level.measurements(),
                    level.measurementMillis(),
                    warm),
            "Before anything was timed, its answer was checked on the beginning of the sequence:"
                + " exact algorithms against backpropagation on scalar kernels within what rounding"
                + " explains, all others against the bits of the other kernels. A wrong answer is"
                + " not timed.",
            "Quality: up to %d independent estimates of each stochastic contender, as many as %s allow; deterministic ones once. Heap: used heap after full collections, with the estimator and without."
                .formatted(level.repeats(), Unit.SECONDS.text(level.qualitySeconds())),
            "Raw results: results.csv and results.jsonl (one value a row), jmh.json (for any"
                + " visualiser of JMH), jmh.log (what JMH said), all in the folder of this"
                + " report."),
        manifest.table(),
        Block.csv("results.csv", "every value of this report, in long form", results.table()));
  }
}
