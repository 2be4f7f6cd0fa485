package kobai.claims;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import kobai.estimators.Algorithm;
import kobai.estimators.Target;
import kobai.report.Journal;
import kobai.report.Manifest;
import kobai.report.Measured;
import kobai.report.ResultTable;
import kobai.report.RunFolder;
import kobai.verify.ClaimCheck;
import kobai.verify.Problem;
import kobai.verify.ReferenceNetwork;
import kobai.verify.Subject;
import kobai.verify.Tier;

/**
 * Runs every check that applies, several at a time, into a run folder. A check draws from a seed of
 * its own, so its outcome depends neither on the others nor on the number of threads.
 *
 * <p>The problems are those of {@link Problem#reference}: sizes unequal and no multiple of a
 * vector, W not symmetric, α neither ½ nor 1. Windows have three steps of eight, so that the last
 * one is shorter; where a bias must show they have one step, where it is largest.
 */
public final class ClaimRun {
  /** Steps of a window. */
  static final int WINDOW = 3;

  /** Steps of a window where a bias is to show. */
  static final int SHORTEST_WINDOW = 1;

  /** What compiling the kernels adds. */
  private static final double COLD_SECONDS = 4;

  private final ClaimOptions options;
  private final RunFolder folder;
  private final ClaimObserver observer;
  private final Consumer<ClaimOutcome> listener;
  private final Checker checker;
  private Manifest manifest;

  /** Carries one check out. */
  interface Checker {
    ClaimCheck.Result run(ClaimCell cell, ClaimOptions options);
  }

  /**
   * Prepares a run and writes its manifest.
   *
   * @param listener is given every outcome, in the order of {@link #cells}
   */
  public ClaimRun(
      ClaimOptions options,
      RunFolder folder,
      Manifest manifest,
      ClaimObserver observer,
      Consumer<ClaimOutcome> listener)
      throws IOException {
    this(options, folder, manifest, observer, listener, new Subjects());
  }

  ClaimRun(
      ClaimOptions options,
      RunFolder folder,
      Manifest manifest,
      ClaimObserver observer,
      Consumer<ClaimOutcome> listener,
      Checker checker)
      throws IOException {
    this.options = options;
    this.folder = folder;
    this.manifest = manifest;
    this.observer = observer;
    this.listener = listener;
    this.checker = checker;
    folder.write(manifest);
  }

  /** The checks that these options ask for and that apply, algorithm by algorithm. */
  public static List<ClaimCell> cells(ClaimOptions options) {
    List<ClaimCell> cells = new ArrayList<>();
    for (Algorithm algorithm : options.algorithms()) {
      for (ReferenceNetwork model : options.networks()) {
        if (refusal(algorithm, model).isEmpty()) {
          for (Scope scope : options.scopes()) {
            for (Tier tier : Tier.values()) {
              if (asked(options, algorithm, model, scope, tier)) {
                cells.add(
                    new ClaimCell(
                        algorithm,
                        model,
                        scope,
                        tier,
                        window(model, scope, tier),
                        options.tolerance(model)));
              }
            }
          }
        }
      }
    }
    return cells;
  }

  private static boolean asked(
      ClaimOptions options, Algorithm algorithm, ReferenceNetwork model, Scope scope, Tier tier) {
    if (!options.asksFor(model, tier)
        || !ClaimCheck.applies(algorithm, model.problem().model(), scope == Scope.WHOLE, tier)) {
      return false;
    }
    // T1 has shown that the mean is the truncated target, which differs from ∇L as that of BPTT
    // does: finding this bias among noise again takes long and says nothing new. Where there is no
    // closed target it is all that is claimed, and on windows of one step it shows most. Samples on
    // windows go through all of the code that samples on whole sequences do.
    return options.full(model)
        || switch (tier) {
          case BIAS ->
              !algorithm.stochastic()
                  || scope == Scope.WINDOWS
                      && scope.target(algorithm, model.problem().model()) == Target.APPROXIMATION;
          case SAMPLES -> scope == Scope.WINDOWS;
          case GRADIENT, MEAN, ORDER, VARIANCE, NOISE -> true;
        };
  }

  private static int window(ReferenceNetwork model, Scope scope, Tier tier) {
    if (scope == Scope.WHOLE) {
      return model.problem().sequence().length();
    }
    return tier == Tier.BIAS ? SHORTEST_WINDOW : WINDOW;
  }

  /**
   * Seconds that these checks take side by side, of an Intel Xeon's cores: within a factor of two
   * for many checks, a guess for a few of them and for other machines.
   */
  public static double seconds(List<ClaimCell> cells, int threads) {
    int cores = Math.min(threads, Runtime.getRuntime().availableProcessors());
    double all = cells.stream().mapToDouble(ClaimCell::seconds).sum();
    double longest = cells.stream().mapToDouble(ClaimCell::seconds).max().orElse(0);
    return COLD_SECONDS + Math.max(longest, all / cores);
  }

  /** The pairs of algorithm and network that do not go together. */
  public static List<Refusal> refusals(ClaimOptions options) {
    List<Refusal> refusals = new ArrayList<>();
    for (Algorithm algorithm : options.algorithms()) {
      for (ReferenceNetwork model : options.networks()) {
        refusal(algorithm, model)
            .ifPresent(reason -> refusals.add(new Refusal(algorithm, model, reason)));
      }
    }
    return refusals;
  }

  private static Optional<String> refusal(Algorithm algorithm, ReferenceNetwork model) {
    try {
      algorithm.plan(model.problem().setup());
      return Optional.empty();
    } catch (IllegalArgumentException refused) {
      return Optional.of(refused.getMessage());
    }
  }

  /** What the checks of a run are made on; every network and window is prepared once. */
  private static final class Subjects implements Checker {
    private record Key(ReferenceNetwork model, int window) {}

    private final Map<Key, Subject> subjects = new ConcurrentHashMap<>();

    @Override
    public ClaimCheck.Result run(ClaimCell cell, ClaimOptions options) {
      Subject subject =
          subjects.computeIfAbsent(
              new Key(cell.model(), cell.window()),
              key -> new Subject(key.model.problem(), key.model.small(), key.window));
      return new ClaimCheck(
              subject,
              subject.problem().setup(),
              cell.tolerance(),
              options.alpha(),
              options.beta(),
              cell.seed(options.seed()))
          .run(cell.algorithm(), cell.tier());
    }
  }

  /** Runs everything and writes the report; returns the outcomes in the order of {@link #cells}. */
  public List<ClaimOutcome> run() throws IOException {
    List<ClaimOutcome> outcomes = new ArrayList<>();
    try (Journal journal = folder.journal()) {
      collect(
          outcome -> {
            outcomes.add(outcome);
            listener.accept(outcome);
          },
          journal);
    } catch (IOException | RuntimeException | Error e) {
      manifest = manifest.ended(Instant.now(), "failed: " + e);
      folder.write(manifest);
      throw e;
    }
    manifest = manifest.ended(Instant.now(), "completed");
    ResultTable table = table(outcomes);
    folder.write("results.csv", table.csv());
    folder.write(new ClaimReport(options, outcomes, refusals(options), table, manifest).document());
    folder.write(manifest);
    return outcomes;
  }

  private void collect(Consumer<ClaimOutcome> outcomes, Journal journal) throws IOException {
    long started = System.nanoTime();
    ExecutorService pool = Executors.newFixedThreadPool(options.threads(), ClaimRun::daemon);
    try {
      List<ClaimCell> cells = cells(options);
      List<Future<ClaimOutcome>> futures = new ArrayList<>();
      for (ClaimCell cell : cells) {
        futures.add(pool.submit(() -> watched(cell)));
      }
      Map<String, ClaimCell> lastBias = new HashMap<>();
      for (ClaimCell cell : cells) {
        if (cell.tier() == Tier.BIAS) {
          lastBias.put(promise(cell), cell);
        }
      }
      Set<String> shown = new HashSet<>();
      for (int i = 0; i < cells.size(); i++) {
        ClaimOutcome outcome = await(cells.get(i), futures.get(i), started);
        if (cells.get(i).tier() == Tier.BIAS) {
          if (outcome.status() != ClaimOutcome.Status.NO_BIAS) {
            shown.add(promise(cells.get(i)));
          } else if (cells.get(i).equals(lastBias.get(promise(cells.get(i))))
              && !shown.contains(promise(cells.get(i)))) {
            outcome = outcome.unshown(options.networks());
          }
        }
        journal.append(outcome.json());
        outcomes.accept(outcome);
      }
    } finally {
      pool.shutdownNow();
    }
  }

  /** The claim on all networks together. */
  private static String promise(ClaimCell cell) {
    return cell.algorithm() + " " + cell.scope();
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "check");
    thread.setDaemon(true);
    return thread;
  }

  private ClaimOutcome watched(ClaimCell cell) {
    synchronized (observer) {
      observer.started(cell);
    }
    ClaimOutcome outcome = ClaimOutcome.of(cell, checker.run(cell, options), options.replay(cell));
    synchronized (observer) {
      if (!Thread.currentThread().isInterrupted()) {
        observer.ended(outcome);
      }
    }
    return outcome;
  }

  private ClaimOutcome await(ClaimCell cell, Future<ClaimOutcome> future, long started) {
    try {
      if (options.budget().isEmpty()) {
        return future.get();
      }
      Duration budget = options.budget().get();
      long left = budget.toNanos() - (System.nanoTime() - started);
      return future.get(Math.max(0, left), TimeUnit.NANOSECONDS);
    } catch (TimeoutException late) {
      synchronized (observer) {
        // A check that ended between the deadline and here keeps its outcome.
        if (future.isDone() && !future.isCancelled()) {
          return future.resultNow();
        }
        future.cancel(true);
        ClaimOutcome outcome =
            ClaimOutcome.late(
                cell, ClaimOptions.seconds(options.budget().orElseThrow()), options.replay(cell));
        observer.ended(outcome);
        return outcome;
      }
    } catch (ExecutionException failed) {
      throw new IllegalStateException(
          cell.describe() + ": " + failed.getCause(), failed.getCause());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted during " + cell.describe(), interrupted);
    }
  }

  private static ResultTable table(List<ClaimOutcome> outcomes) {
    ResultTable table =
        new ResultTable(EvidenceBlocks.after(ClaimCell.COLUMNS, EvidenceBlocks.AFTER));
    for (ClaimOutcome outcome : outcomes) {
      List<String> keys = EvidenceBlocks.after(outcome.cell().values(), "");
      table.add(keys, "passed", Measured.exactly(outcome.passed() ? 1 : 0), "1");
      table.add(keys, "estimates", Measured.exactly(outcome.samples()), "1");
      table.add(keys, "seconds", Measured.exactly(outcome.seconds()), "s");
      for (ClaimCheck.Figure figure : outcome.figures()) {
        String at = Double.isNaN(figure.at()) ? "" : " at sigma " + figure.at();
        table.add(
            keys,
            figure.name() + at,
            new Measured(figure.value(), figure.lower(), figure.upper()),
            "1");
        if (!Double.isNaN(figure.limit())) {
          table.add(keys, "limit of " + figure.name() + at, Measured.exactly(figure.limit()), "1");
        }
      }
      outcome
          .report()
          .ifPresent(report -> EvidenceBlocks.add(table, outcome.cell().values(), report));
    }
    return table;
  }
}
