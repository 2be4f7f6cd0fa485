package kobai.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntToLongFunction;
import kobai.bench.Dimension;
import kobai.bench.Sizes;
import kobai.bench.Workbench;
import kobai.compare.Results.Point;
import kobai.estimators.Algorithm;
import kobai.estimators.Claim;
import kobai.experiments.Crossover;
import kobai.experiments.Curve;
import kobai.experiments.MemoryModel;
import kobai.experiments.Scaling;
import kobai.kernels.Implementation;
import kobai.models.DiagonalModel;
import kobai.models.RecurrentModel;
import kobai.report.Block;
import kobai.report.Measured;
import kobai.report.Section;
import kobai.report.Table;
import kobai.report.Unit;

/** How cost grows, against theory, and where one contender becomes cheaper than another. */
final class ScalingReport {
  private static final int LONGEST = 1_000_000;

  /** An interval that is wider than this holds most theories. */
  private static final double WIDEST = 2;

  private static final int MOST_HIDDEN = 1024;
  private static final int MOST_PAIRS = 100_000;

  /** Crossovers that stand among the findings of the whole report. */
  private static final int MOST_HEADLINES = 5;

  private final CompareOptions options;
  private final Workbench workbench;
  private final Results results;
  private final RecurrentModel model;

  ScalingReport(CompareOptions options, Workbench workbench, Results results) {
    this.options = options;
    this.workbench = workbench;
    this.results = results;
    model = ComparePlan.anySize(workbench);
  }

  /** The section of slopes and crossovers. */
  Section section() {
    List<Block> blocks = new ArrayList<>();
    blocks.add(
        Block.prose(
            "A cost that grows as a power, y = c xᵖ, is a straight line of slope p on logarithmic"
                + " axes. Beside the measured slope stands the slope that the published formula has"
                + " over the very same points, smaller terms included, and the exponent that theory"
                + " gives for large sizes. A measured time below the formula's slope means that"
                + " larger products run at a higher rate."));
    Table slopes = slopes();
    if (!slopes.rows().isEmpty()) {
      blocks.add(slopes);
    }
    List<String> crossovers = new ArrayList<>(memoryCrossovers());
    crossovers.addAll(timeCrossovers());
    if (!crossovers.isEmpty()) {
      blocks.add(
          Block.prose(
              "Crossovers. Those of memory are exact, from the planned workspaces; those of time"
                  + " come from the measured curves, with the range in which the error bars leave"
                  + " it open."));
      Table.Builder table =
          Table.captioned("Where one becomes cheaper than the other").text("finding");
      crossovers.forEach(table::row);
      blocks.add(table.build());
    }
    return new Section("How cost grows", blocks);
  }

  private Table slopes() {
    Table.Builder table =
        Table.captioned("Growth exponents, with 95 % intervals")
            .text("what")
            .number("measured", Unit.PLAIN)
            .number("formula, same points", Unit.PLAIN)
            .number("theory, large sizes", Unit.PLAIN)
            .text("verdict");
    for (Contender contender : options.contenders()) {
      time(table, contender, Dimension.HIDDEN, hiddenExponent(contender));
      time(table, contender, Dimension.PARTICLES, 1);
      time(table, contender, Dimension.BATCH, 1);
      time(table, contender, Dimension.LENGTH, 1);
      memory(table, contender, Dimension.LENGTH, lengthMemoryExponent(contender));
      memory(table, contender, Dimension.HIDDEN, hiddenMemoryExponent(contender));
    }
    return table.build();
  }

  /**
   * Growth of time with n in a dense network; unknown (NaN) in one whose units do not interact,
   * where n² becomes n times the inputs.
   */
  private double hiddenExponent(Contender contender) {
    if (diagonal()) {
      return Double.NaN;
    }
    return switch (contender.algorithm()) {
      case RTRL, SNAP_2, SNAP_3, FORWARD_MODE -> 4;
      case KF_RTRL, R_KF_RTRL, OPTIMAL_KRONECKER, LOW_RANK_RTRL, NODE_PERTURBATION_DECORRELATED ->
          3;
      default -> 2;
    };
  }

  /** The same of memory. */
  private double hiddenMemoryExponent(Contender contender) {
    if (diagonal()) {
      return Double.NaN;
    }
    return switch (contender.algorithm()) {
      case RTRL, SNAP_2, SNAP_3, FORWARD_MODE -> 3;
      default -> 2;
    };
  }

  private boolean diagonal() {
    return model instanceof DiagonalModel;
  }

  /** Growth of memory with T: with the window for those that keep all of its steps. */
  private static double lengthMemoryExponent(Contender contender) {
    if (contender.window() != Contender.WHOLE) {
      return 0;
    }
    return switch (contender.algorithm()) {
      case BPTT_CHECKPOINTED -> 0.5;
      case ES,
          ES_KEEP_STATE,
          ES_POSITIVE_STATE,
          PES,
          PES_TELESCOPING,
          GPES,
          NRES,
          LOW_RANK_ES,
          LOW_RANK_PES,
          LOW_RANK_NRES,
          WEIGHT_PERTURBATION,
          WEIGHT_PERTURBATION_CENTRAL,
          FORWARD_GRADIENT,
          FORWARD_GRADIENT_ORTHOGONAL,
          DODGE,
          FORWARD_MODE ->
          0;
      default -> 1;
    };
  }

  private void time(Table.Builder table, Contender contender, Dimension dimension, double theory) {
    List<Point> points =
        results.curve(contender, dimension, options.base(), Metric.GRADIENT_SECONDS);
    if (points.size() < 2) {
      return;
    }
    double[] x = points.stream().mapToDouble(Point::x).toArray();
    double[] y = points.stream().mapToDouble(point -> point.value().value()).toArray();
    double[] flops =
        points.stream()
            .mapToDouble(
                point ->
                    ComparePlan.flops(
                        workbench,
                        Cell.at(
                            contender,
                            Implementation.VECTOR,
                            options.base().with(dimension, point.x()))))
            .toArray();
    Scaling measured = Scaling.fit(x, y);
    Scaling formula = Scaling.fit(x, flops);
    table.row(
        "%s: time over %s = %s".formatted(contender.label(), dimension.symbol(), range(points)),
        slope(measured),
        formula.slope(),
        theory,
        verdict(measured, formula.slope()));
  }

  private static String verdict(Scaling measured, double formula) {
    if (measured.hasInterval() && measured.high() - measured.low() > WIDEST) {
      return "too uncertain to tell";
    }
    return switch (measured.against(formula)) {
      case AGREES -> "agrees with the formula";
      case BELOW -> "grows more slowly than the formula";
      case ABOVE -> "grows faster than the formula";
      case UNDECIDED -> "two points: no interval";
    };
  }

  private static Measured slope(Scaling scaling) {
    return scaling.hasInterval()
        ? new Measured(scaling.slope(), scaling.low(), scaling.high())
        : Measured.exactly(scaling.slope());
  }

  private void memory(
      Table.Builder table, Contender contender, Dimension dimension, double theory) {
    List<Point> points =
        results.curve(contender, dimension, options.base(), Metric.WORKSPACE_BYTES).stream()
            .filter(point -> point.x() >= options.base().get(dimension))
            .toList();
    double[] x = points.stream().mapToDouble(Point::x).toArray();
    double[] y = points.stream().mapToDouble(point -> point.value().value()).toArray();
    if (Arrays.stream(y).distinct().count() < 2) {
      return; // it does not grow
    }
    List<Double> formula = new ArrayList<>();
    for (Point point : points) {
      Cell cell =
          Cell.at(contender, Implementation.VECTOR, options.base().with(dimension, point.x()));
      MemoryModel.bytes(contender.algorithm(), workbench.planned(cell.sizes()))
          .ifPresent(bytes -> formula.add((double) bytes));
    }
    double expected =
        formula.size() == points.size()
            ? Scaling.fit(x, formula.stream().mapToDouble(Double::doubleValue).toArray()).slope()
            : Double.NaN;
    table.row(
        "%s: memory over %s = %s".formatted(contender.label(), dimension.symbol(), range(points)),
        Scaling.fit(x, y).slope(),
        expected,
        theory,
        "counted, not measured");
  }

  private static String range(List<Point> points) {
    return points.getFirst().x() + "…" + points.getLast().x();
  }

  /** Sentences on memory, exact. */
  List<String> memoryCrossovers() {
    List<String> sentences = new ArrayList<>();
    Sizes base = options.base();
    List<Contender> contenders = options.contenders();
    for (Contender whole : contenders) {
      if (whole.algorithm() != Algorithm.BPTT || whole.window() != Contender.WHOLE) {
        continue;
      }
      for (Contender other : contenders) {
        if (other.window() == Contender.WHOLE && other.algorithm() != Algorithm.ES
            || other.algorithm() == Algorithm.BPTT
            || refused(other)) {
          continue;
        }
        overLength(sentences, crossover(whole, other));
      }
    }
    for (Contender rtrl : contenders) {
      for (Contender other : contenders) {
        if (rtrl.algorithm() == Algorithm.RTRL && other.algorithm() == Algorithm.PES) {
          add(
              sentences,
              Crossover.exact(
                  name(rtrl),
                  bytes(rtrl, Dimension.HIDDEN, 1),
                  name(other),
                  bytes(other, Dimension.HIDDEN, 1),
                  MOST_HIDDEN),
              "T = " + base.length(),
              "n",
              "memory");
          add(
              sentences,
              Crossover.exact(
                  rtrl.label(),
                  bytes(rtrl, Dimension.PARTICLES, 2),
                  other.label(),
                  bytes(other, Dimension.PARTICLES, 2),
                  MOST_PAIRS),
              "n = " + base.hidden(),
              "N / 2",
              "memory");
        }
      }
    }
    return sentences;
  }

  /**
   * The crossovers of memory that matter most: BPTT against one contender of each algorithm that
   * works in windows. Where these are more than {@value #MOST_HEADLINES}, those that undercut it
   * first: one of each claim, where there is one that undercuts it at all.
   */
  List<String> headlines() {
    record Headline(Contender other, Claim claim, Crossover crossover, int first) {}
    Contender whole = new Contender(Algorithm.BPTT, Contender.WHOLE);
    List<Headline> headlines = new ArrayList<>();
    Set<Algorithm> told = EnumSet.noneOf(Algorithm.class);
    for (Contender other : options.contenders()) {
      Claim claim = other.algorithm().claimOn(model, false);
      if (options.contenders().contains(whole)
          && claim != Claim.BIASED
          && other.window() != Contender.WHOLE
          && !refused(other)
          && told.add(other.algorithm())) {
        Crossover crossover = crossover(whole, other);
        headlines.add(new Headline(other, claim, crossover, first(crossover, other)));
      }
    }
    List<String> sentences = new ArrayList<>();
    if (headlines.size() <= MOST_HEADLINES) {
      headlines.forEach(headline -> overLength(sentences, headline.crossover()));
      return sentences;
    }
    for (Claim claim : Claim.values()) {
      headlines.stream()
          .filter(headline -> headline.claim() == claim && headline.first() <= LONGEST)
          .min(Comparator.comparingInt(Headline::first))
          .ifPresent(headline -> overLength(sentences, headline.crossover()));
    }
    String which =
        sentences.isEmpty()
            ? "No contender takes less memory than %s on up to %d steps"
                .formatted(whole.label(), LONGEST)
            : "These take less memory than %s before all others of their claim"
                .formatted(whole.label());
    sentences.add(
        "%s; the section “How cost grows” has all %d algorithms that are not biased in windows"
            .formatted(which, headlines.size()));
    return sentences;
  }

  /** The shortest sequence on which the other holds less; beyond the longest if there is none. */
  private int first(Crossover crossover, Contender other) {
    return switch (crossover) {
      case Crossover.From from when from.lowerAfter().equals(name(other)) -> from.first();
      case Crossover.None none when none.lower().equals(name(other)) -> 1;
      default -> LONGEST + 1;
    };
  }

  private void overLength(List<String> sentences, Crossover crossover) {
    add(sentences, crossover, "n = " + options.base().hidden(), "T", "memory");
  }

  private Crossover crossover(Contender whole, Contender other) {
    return Crossover.exact(
        name(whole),
        bytes(whole, Dimension.LENGTH, 1),
        name(other),
        bytes(other, Dimension.LENGTH, 1),
        LONGEST);
  }

  /** Whether the algorithm does not take the network; the plan says why. */
  private boolean refused(Contender contender) {
    return ComparePlan.unsupported(workbench, contender.algorithm(), options.base()).isPresent();
  }

  private IntToLongFunction bytes(Contender contender, Dimension dimension, int scale) {
    return value -> {
      Sizes sizes = options.base().with(dimension, value * scale);
      Cell cell = Cell.at(contender, Implementation.VECTOR, sizes);
      return contender.algorithm().plan(workbench.planned(cell.sizes())).bytes();
    };
  }

  /** Sentences on time, from the measured curves. */
  List<String> timeCrossovers() {
    List<String> sentences = new ArrayList<>();
    List<Contender> contenders = options.contenders();
    for (Dimension dimension : List.of(Dimension.HIDDEN, Dimension.PARTICLES)) {
      for (Contender first : contenders) {
        for (Contender second : contenders) {
          if (first.algorithm() != Algorithm.RTRL || !second.algorithm().stochastic()) {
            continue;
          }
          List<Point> a = results.curve(first, dimension, options.base(), Metric.STEP_SECONDS);
          List<Point> b = results.curve(second, dimension, options.base(), Metric.STEP_SECONDS);
          if (dimension == Dimension.PARTICLES && !a.isEmpty()) {
            // The first does not depend on N: its one value holds for all.
            Measured flat = a.getFirst().value();
            a = b.stream().map(point -> new Point(point.x(), flat)).toList();
          }
          if (a.size() > 1 && b.size() > 1) {
            boolean along = dimension == Dimension.PARTICLES;
            add(
                sentences,
                Crossover.of(
                    curve(first.label(), a), curve(along ? second.label() : name(second), b)),
                along ? "n = " + options.base().hidden() : "T = " + options.base().length(),
                dimension.symbol(),
                "time");
          }
        }
      }
    }
    return sentences;
  }

  private static void add(
      List<String> sentences,
      Crossover crossover,
      String setting,
      String variable,
      String quantity) {
    String sentence = crossover.sentence(setting, variable, quantity);
    sentences.add(sentence.substring(0, 1).toUpperCase(Locale.ROOT) + sentence.substring(1));
  }

  private static Curve curve(String name, List<Point> points) {
    return new Curve(
        name,
        points.stream().mapToDouble(Point::x).toArray(),
        points.stream().mapToDouble(point -> point.value().value()).toArray(),
        points.stream().mapToDouble(point -> end(point.value(), point.value().lower())).toArray(),
        points.stream().mapToDouble(point -> end(point.value(), point.value().upper())).toArray());
  }

  private static double end(Measured value, double end) {
    return Double.isNaN(end) ? value.value() : end;
  }

  /** The name of a contender in a sentence: with its particles, if it has any. */
  private String name(Contender contender) {
    return ComparePlan.dependsOnParticles(workbench, contender)
        ? contender.label() + " with " + options.base().particles() + " particles"
        : contender.label();
  }
}
