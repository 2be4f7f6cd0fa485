package kobai.compare;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import kobai.bench.Dimension;
import kobai.bench.Sizes;
import kobai.bench.Workbench;
import kobai.estimators.Algorithm;
import kobai.experiments.CostModel;
import kobai.kernels.Implementation;
import kobai.memory.Workspace;
import kobai.models.RecurrentModel;
import kobai.report.Unit;

/**
 * What a comparison will measure, in this order: every contender at the base point, one more point
 * of every curve, the base point on scalar kernels, and the other points. What cannot be measured
 * is refused here, before anything is allocated.
 *
 * @param options what was asked for
 * @param cells what will be measured, most important first
 * @param refusals what will not be, and why
 * @param seconds expected time of the whole comparison
 */
public record ComparePlan(
    CompareOptions options, List<Planned> cells, List<Refusal> refusals, double seconds) {
  /** Share of the heap that a cell may fill. */
  public static final double HEAP_SHARE = 0.8;

  /** Start, set-up, check and end of a measuring virtual machine, seconds. */
  static final double FORK_SECONDS = 1.1;

  private static final int MOST_NAMED = 8;

  /** Units at which an algorithm that takes a kind of network at all takes it. */
  private static final int USUAL_HIDDEN = 48;

  /**
   * The base point is what a comparison is about: a gradient may take this many times as long
   * there.
   */
  private static final int BASE_PATIENCE = 3;

  /** Forecast of a gradient from where on the benchmark warms up on a smaller network first. */
  private static final double SLOW_SECONDS = 2e-3;

  /** How long that takes. */
  static final double SMALLER_SECONDS = 1.5;

  /** Compiling makes the first gradients slower than the forecast; seconds a virtual machine. */
  private static final double COLD_GRADIENTS = 2;

  /**
   * A cell that will be measured.
   *
   * @param cell what
   * @param base whether it lies at the base point
   * @param bytes its workspace
   * @param gradientSeconds forecast of one gradient
   * @param seconds forecast of its measurement
   */
  public record Planned(
      Cell cell, boolean base, long bytes, double gradientSeconds, double seconds) {}

  /**
   * A cell that will not be measured.
   *
   * @param cell what
   * @param what the cell in a few words
   * @param reason the figure, the limit and what would work
   * @param slow whether only time is lacking
   */
  public record Refusal(Cell cell, String what, String reason, boolean slow) {}

  public ComparePlan {
    cells = List.copyOf(cells);
    refusals = List.copyOf(refusals);
  }

  /**
   * Plans.
   *
   * @param heapBytes largest heap of a measuring virtual machine
   * @param spentSeconds what the program has taken so far
   */
  public static ComparePlan of(
      CompareOptions options,
      Workbench workbench,
      Forecast forecast,
      long heapBytes,
      double spentSeconds) {
    return new Planner(options, workbench, forecast, heapBytes).plan(spentSeconds);
  }

  /** The plan for a reader. */
  public String text() {
    StringBuilder text = new StringBuilder();
    line(
        text,
        "%d measurements, about %s%s",
        cells.size(),
        Unit.SECONDS.text(seconds),
        Double.isInfinite(options.level().budgetSeconds())
            ? ""
            : ", at most %s for %s"
                .formatted(
                    Unit.SECONDS.text(options.level().budgetSeconds()), options.level().option()));
    line(
        text,
        "base point: %s, alpha = %s, sigma = %s",
        options.base(),
        options.alpha(),
        options.sigma());
    int widest =
        cells.stream()
            .mapToInt(planned -> planned.cell().describe(options.base()).length())
            .max()
            .orElse(1);
    String row = "%-" + widest + "s %12s %12s %12s";
    line(text, row, "", "memory", "a gradient", "measuring");
    for (Planned planned : cells) {
      line(
          text,
          row,
          planned.cell().describe(options.base()),
          Unit.BYTES.text(planned.bytes()),
          Unit.SECONDS.text(planned.gradientSeconds()),
          Unit.SECONDS.text(planned.seconds()));
    }
    if (!refusals.isEmpty()) {
      line(text, "not measured:");
      for (Refusal refusal : refusals) {
        line(text, "  %s: %s", refusal.what(), refusal.reason());
      }
    }
    return text.toString();
  }

  /** The plan in a few lines. */
  public String summary() {
    StringBuilder text = new StringBuilder();
    line(
        text,
        "%d measurements, about %s; base point: %s",
        cells.size(),
        Unit.SECONDS.text(seconds),
        options.base());
    List<Refusal> misfits = refusals.stream().filter(refusal -> !refusal.slow()).toList();
    for (Refusal refusal : misfits.subList(0, Math.min(misfits.size(), MOST_NAMED))) {
      line(text, "not measured: %s: %s", refusal.what(), refusal.reason());
    }
    if (misfits.size() > MOST_NAMED) {
      line(
          text,
          "not measured: %d more that do not fit (--dry-run and the report name them)",
          misfits.size() - MOST_NAMED);
    }
    int slow = refusals.size() - misfits.size();
    if (slow > 0) {
      line(
          text,
          "not measured for lack of time: %d more (--dry-run and the report name them)",
          slow);
    }
    return text.toString();
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
  }

  /** Seconds that measuring a cell takes. */
  static double measuringSeconds(Level level, boolean base, double gradientSeconds) {
    double milli = 1e-3;
    double warm = level.warmups() * Math.max(level.warmupMillis() * milli, gradientSeconds);
    double measured =
        level.measurements() * Math.max(level.measurementMillis() * milli, gradientSeconds);
    // An iteration ends with the gradient that is under way.
    double over = (level.warmups() + level.measurements()) * 0.5 * gradientSeconds;
    double smaller = gradientSeconds > SLOW_SECONDS ? SMALLER_SECONDS : 0;
    return level.forks(base)
        * (FORK_SECONDS + smaller + COLD_GRADIENTS * gradientSeconds + warm + measured + over);
  }

  private static final class Planner {
    private final CompareOptions options;
    private final Workbench workbench;
    private final RecurrentModel model;
    private final Forecast forecast;
    private final double limitBytes;
    private final List<Contender> contenders;
    private final List<Planned> planned = new ArrayList<>();
    private final List<Refusal> refusals = new ArrayList<>();
    private final List<Cell> seen = new ArrayList<>();

    Planner(CompareOptions options, Workbench workbench, Forecast forecast, long heapBytes) {
      this.options = options;
      this.workbench = workbench;
      model = anySize(workbench);
      this.forecast = forecast;
      limitBytes = HEAP_SHARE * heapBytes;
      contenders = new ArrayList<>();
      options.contenders().stream()
          .filter(contender -> taken(contender.algorithm()))
          .forEach(contenders::add);
    }

    /** Whether the algorithm takes the network at all; if not, it is refused once, whole. */
    private boolean taken(Algorithm algorithm) {
      Optional<String> reason = unsupported(workbench, algorithm, options.base());
      if (reason.isPresent()
          && refusals.stream()
              .noneMatch(refusal -> refusal.cell().contender().algorithm() == algorithm)) {
        Contender any = new Contender(algorithm, Contender.WHOLE);
        refusals.add(
            new Refusal(
                Cell.at(any, Implementation.VECTOR, options.base()),
                algorithm.name().replace('_', '-'),
                reason.get(),
                false));
      }
      return reason.isEmpty();
    }

    ComparePlan plan(double spentSeconds) {
      for (Contender contender : contenders) {
        consider(Cell.at(contender, Implementation.VECTOR, options.base()), true);
      }
      int longest = options.curves().values().stream().mapToInt(List::size).max().orElse(0);
      for (int point = 0; point < Math.max(1, longest); point++) {
        curvePoints(point);
        if (point == 0) {
          scalarKernels();
        }
      }
      return withinBudget(spentSeconds);
    }

    /**
     * The point of that number of every curve, so that a budget cuts all curves and not the last
     * ones.
     */
    private void curvePoints(int point) {
      for (Dimension dimension : Dimension.values()) {
        List<Integer> values = options.curves().getOrDefault(dimension, List.of());
        if (point < values.size()) {
          curvePoint(dimension, values.get(point));
        }
      }
    }

    private void scalarKernels() {
      for (Contender contender : contenders) {
        if (alongCurves(contender)) {
          consider(Cell.at(contender, Implementation.SCALAR, options.base()), false);
        }
      }
    }

    private void curvePoint(Dimension dimension, int value) {
      List<Algorithm> windowed = new ArrayList<>();
      for (Contender contender : contenders) {
        if (!alongCurves(contender)) {
          continue;
        }
        if (dimension != Dimension.WINDOW) {
          if (dependsOn(contender, dimension)) {
            consider(
                Cell.at(contender, Implementation.VECTOR, options.base().with(dimension, value)),
                false);
          }
        } else if (contender.algorithm() != Algorithm.BPTT_CHECKPOINTED
            && !windowed.contains(contender.algorithm())) {
          windowed.add(contender.algorithm());
          int window = value == options.base().length() ? Contender.WHOLE : value;
          consider(
              Cell.at(
                  new Contender(contender.algorithm(), window),
                  Implementation.VECTOR,
                  options.base()),
              false);
        }
      }
    }

    /**
     * In a quick run, what costs as much as another contender is measured at the base point only.
     */
    private boolean alongCurves(Contender contender) {
      boolean shortened = options.level() == Level.QUICK && !options.everyContender();
      boolean truncated = !contender.exact(model, options.base().length());
      return !shortened
          || switch (contender.algorithm()) {
            case BPTT -> !truncated;
            case BPTT_CHECKPOINTED, ES -> false;
            default -> true;
          };
    }

    /** Whether particles or threads change what the contender does. */
    private boolean dependsOn(Contender contender, Dimension dimension) {
      return switch (dimension) {
        case PARTICLES -> dependsOnParticles(workbench, contender);
        case THREADS -> holdsMoreOnThreads(contender);
        default -> true;
      };
    }

    /** Those that work on several threads hold buffers for each. */
    private boolean holdsMoreOnThreads(Contender contender) {
      Sizes small = new Sizes(USUAL_HIDDEN, 1, 1, 8, 1, 1);
      try {
        long one = contender.algorithm().plan(workbench.planned(small)).bytes();
        Sizes more = small.with(Dimension.THREADS, 4);
        return one != contender.algorithm().plan(workbench.planned(more)).bytes();
      } catch (IllegalArgumentException e) {
        return false; // it takes other sizes alone, and the base point says which
      }
    }

    private void consider(Cell cell, boolean base) {
      if (seen.stream().anyMatch(cell::sameWork)) {
        return;
      }
      seen.add(cell);
      Optional<String> misfit = misfit(cell);
      if (misfit.isPresent()) {
        refuse(cell, misfit.get(), false);
        return;
      }
      try {
        workbench.requireData(cell.sizes().length());
      } catch (IllegalArgumentException e) {
        refuse(cell, e.getMessage(), false);
        return;
      }
      double gradientSeconds = forecast.seconds(cell);
      double longest = options.level().longestGradientSeconds() * (base ? BASE_PATIENCE : 1);
      if (gradientSeconds > longest) {
        refuse(
            cell,
            "one gradient would take about %s; the limit is %s for %s (%s)"
                .formatted(
                    Unit.SECONDS.text(gradientSeconds),
                    Unit.SECONDS.text(longest),
                    options.level().option(),
                    slower(cell)),
            true);
        return;
      }
      long bytes = contenderBytes(cell);
      planned.add(
          new Planned(
              cell,
              base,
              bytes,
              gradientSeconds,
              measuringSeconds(options.level(), base, gradientSeconds)));
    }

    private String slower(Cell cell) {
      String smaller = "use fewer hidden units or a shorter sequence";
      return switch (options.level()) {
        case QUICK -> "leave out --quick, or " + smaller;
        case STANDARD -> "use --full, or " + smaller;
        case FULL ->
            cell.contender().window() == 1 ? "use a window of more than one step" : smaller;
      };
    }

    private void refuse(Cell cell, String reason, boolean slow) {
      refusals.add(new Refusal(cell, cell.describe(options.base()), reason, slow));
    }

    /** Why the cell cannot be held in memory. */
    private Optional<String> misfit(Cell cell) {
      Sizes sizes = cell.sizes();
      double inputs =
          (double) sizes.length()
              * sizes.batch()
              * Math.max(workbench.task().inputSize(), workbench.task().targetSize());
      if (inputs > Workspace.MAX_ELEMENTS) {
        return Optional.of(
            tooMany("the sequence", inputs) + "use a shorter length or a smaller batch");
      }
      try {
        double shared = workbench.sharedBytes(sizes);
        if (shared > limitBytes) {
          return Optional.of(
              tooLarge(shared, "the sequence, the parameters and the gradient alone")
                  + "use smaller sizes");
        }
        Workspace plan = cell.contender().algorithm().plan(workbench.planned(sizes));
        return misfit(cell, plan, shared);
      } catch (ArithmeticException e) {
        return Optional.of(
            "an array would have more than %d elements; %s"
                .formatted(Workspace.MAX_ELEMENTS, alternative(cell)));
      } catch (IllegalArgumentException e) {
        return Optional.of(e.getMessage() + "; " + alternative(cell));
      }
    }

    private Optional<String> misfit(Cell cell, Workspace plan, double shared) {
      Map.Entry<String, Long> largest =
          plan.ledger().entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow();
      double elements = (double) largest.getValue() / Float.BYTES;
      if (elements > Workspace.MAX_ELEMENTS) {
        return Optional.of(tooMany(largest.getKey(), elements) + alternative(cell));
      }
      double needed = plan.bytes() + shared;
      if (needed > limitBytes) {
        String what = largest.getKey() + ": " + Unit.BYTES.text(largest.getValue());
        return Optional.of(tooLarge(needed, what) + alternative(cell));
      }
      return Optional.empty();
    }

    private static String tooMany(String what, double elements) {
      return "%s would have %.0f elements, an array has at most %d; "
          .formatted(what, elements, Workspace.MAX_ELEMENTS);
    }

    private String tooLarge(double needed, String what) {
      return "needs %s (%s); the limit is %s, %.0f %% of the heap (give more by KOBAI_JVM_ARGS=-Xmx%dg); "
          .formatted(
              Unit.BYTES.text(needed),
              what,
              Unit.BYTES.text(limitBytes),
              100 * HEAP_SHARE,
              (long) Math.ceil(needed / HEAP_SHARE / (1L << 30)));
    }

    /** The contender that needs least at that point, if it fits. */
    private String alternative(Cell cell) {
      record Offer(Contender contender, double bytes) {}
      List<Offer> offers = new ArrayList<>();
      List<Algorithm> all = CompareOptions.ALGORITHMS;
      for (Contender other : Contender.of(all, options.base().window(), cell.sizes().length())) {
        try {
          Sizes sizes = Cell.at(other, Implementation.VECTOR, cell.sizes()).sizes();
          offers.add(
              new Offer(
                  other,
                  other.algorithm().plan(workbench.planned(sizes)).bytes()
                      + workbench.sharedBytes(sizes)));
        } catch (ArithmeticException | IllegalArgumentException e) {
          continue; // too large itself, so no offer
        }
      }
      return offers.stream()
          .filter(offer -> offer.bytes() <= limitBytes)
          .filter(offer -> !offer.contender().equals(cell.contender()))
          .min(
              Comparator.comparing(
                      (Offer offer) ->
                          offer.contender().exact(model, cell.sizes().length()) ? 0 : 1)
                  .thenComparingDouble(Offer::bytes))
          .map(
              offer ->
                  "%s would need %s"
                      .formatted(offer.contender().label(), Unit.BYTES.text(offer.bytes())))
          .orElse("nothing else fits either: use smaller sizes");
    }

    private long contenderBytes(Cell cell) {
      return cell.contender().algorithm().plan(workbench.planned(cell.sizes())).bytes();
    }

    /** Keeps what fits into the budget, most important first; the base point always stays. */
    private ComparePlan withinBudget(double spentSeconds) {
      Level level = options.level();
      double seconds = spentSeconds + level.reservedSeconds() + qualitySeconds();
      List<Planned> kept = new ArrayList<>();
      for (Planned cell : planned) {
        if (cell.base() || seconds + cell.seconds() <= level.budgetSeconds()) {
          kept.add(cell);
          seconds += cell.seconds();
        } else {
          refuse(
              cell.cell(),
              "measuring it would take %s, which %s has not left (%s)"
                  .formatted(
                      Unit.SECONDS.text(cell.seconds()), level.option(), slower(cell.cell())),
              true);
        }
      }
      return new ComparePlan(options, kept, refusals, seconds);
    }

    private double qualitySeconds() {
      long stochastic =
          planned.stream()
              .filter(cell -> measuresQuality(options, cell.cell()))
              .filter(cell -> cell.cell().contender().algorithm().stochastic())
              .count();
      return stochastic * options.level().qualitySeconds();
    }
  }

  /** The network at a usual size: what is claimed of it does not depend on n. */
  static RecurrentModel anySize(Workbench workbench) {
    return workbench.model(USUAL_HIDDEN);
  }

  /** Why the algorithm does not take the network, whatever the sizes; empty if it does. */
  static Optional<String> unsupported(Workbench workbench, Algorithm algorithm, Sizes base) {
    Optional<String> here = refusal(workbench, algorithm, base.hidden());
    return here.isPresent() && refusal(workbench, algorithm, USUAL_HIDDEN).isPresent()
        ? here
        : Optional.empty();
  }

  private static Optional<String> refusal(Workbench workbench, Algorithm algorithm, int hidden) {
    try {
      algorithm.plan(workbench.planned(new Sizes(hidden, 1, 1, 2, 1, 1)));
      return Optional.empty();
    } catch (IllegalArgumentException | ArithmeticException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /** The contenders that are measured at the base point, in their order. */
  List<Contender> measured() {
    return options.contenders().stream()
        .filter(
            contender ->
                cells.stream()
                    .anyMatch(
                        planned -> planned.base() && planned.cell().contender().equals(contender)))
        .toList();
  }

  /**
   * Whether the quality of the cell's gradient is a question of its own: at the base point, and
   * with other N or K.
   */
  static boolean measuresQuality(CompareOptions options, Cell cell) {
    Sizes base = options.base();
    Sizes alike =
        cell.sizes()
            .with(Dimension.PARTICLES, base.particles())
            .with(Dimension.WINDOW, base.window());
    return cell.implementation() == Implementation.VECTOR && alike.equals(base);
  }

  /**
   * Whether the contender's work grows with the particles. What it holds does not tell: weight
   * perturbation runs its particles one after the other.
   */
  static boolean dependsOnParticles(Workbench workbench, Contender contender) {
    Sizes few = new Sizes(1, 1, 1, 2, 1, 1);
    Cell cell = Cell.at(contender, Implementation.VECTOR, few);
    Cell more = Cell.at(contender, Implementation.VECTOR, few.with(Dimension.PARTICLES, 4));
    return flops(workbench, cell) != flops(workbench, more);
  }

  /** Flops that theory gives a cell. */
  static double flops(Workbench workbench, Cell cell) {
    return CostModel.flops(
        cell.contender().algorithm(), workbench.planned(cell.sizes()), cell.sizes().length());
  }
}
