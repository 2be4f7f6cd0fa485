package kobai.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.kernels.VectorKernels;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs {@link KernelBenchmark} (about 15 minutes; JMH's options select less) and prints its times
 * as ratios within that run:
 *
 * <pre>
 * java --add-modules jdk.incubator.vector -cp bench/target/kobai.jar kobai.bench.KernelReport
 * </pre>
 *
 * <p>Products in percent of the peak; matrix-vector products as the time of reading the matrix
 * times so much, both against the limit as it was timed just before the same iteration; functions
 * and noise in numbers a second and as a speed-up over the plain loop. A figure is the median of
 * the iterations of all forks, with their slowest and fastest tenth behind it. A kernel that
 * allocates is said to. With {@code -XX:MaxVectorSize=32} before {@code -cp} everything, the peak
 * as well, is that of a machine with 256 bits.
 */
public final class KernelReport {
  private static final int SAMPLES = 1 << 20;
  private static final double LARGEST_ARGUMENT = 80; // exp stays finite and normal
  private static final double TENTH = 0.1;

  /** What JMH calls the time of the limit, after the method that returns it. */
  private static final String BOUND = "boundNanos";

  /** Megabytes a second beyond which it is the kernel that allocates, and not the harness. */
  private static final double ALLOCATING = 10;

  private KernelReport() {}

  /**
   * What one benchmark took.
   *
   * @param implementation the kernels, the parameter of that name; empty if there is none
   * @param n size, the parameter of that name; 0 if there is none
   * @param nanos a call, mean of each iteration
   * @param bound a call of what limits it, timed just before each iteration; empty if nothing does
   * @param allocated bytes a call; 0 but for a kernel that allocates
   */
  record Timing(
      String name, String implementation, int n, double[] nanos, double[] bound, double allocated) {
    double median() {
      return spread(i -> nanos[i]).median();
    }

    /** Of a figure of each iteration. */
    Spread spread(IntToDoubleFunction figure) {
      return Spread.of(IntStream.range(0, nanos.length).mapToDouble(figure).toArray());
    }

    /** The name, with the kernels where they are not the usual ones. */
    String label() {
      boolean usual =
          implementation.isEmpty() || implementation.equals(Implementation.VECTOR.name());
      return usual ? name : name + " " + implementation;
    }
  }

  /** The middle of some figures, and what a tenth of them is below and above. */
  record Spread(double low, double median, double high) {
    static Spread of(double[] figures) {
      double[] sorted = figures.clone();
      Arrays.sort(sorted);
      int last = sorted.length - 1;
      int tenth = (int) Math.round(TENTH * last);
      double median = (sorted[last / 2] + sorted[sorted.length / 2]) / 2;
      return new Spread(sorted[tenth], median, sorted[last - tenth]);
    }

    /** As {@code 80.1 % [75.0, 82.3]}. */
    String text(String format) {
      String bare = format.substring(0, format.indexOf('f') + 1);
      return number(format, median) + " [" + number(bare, low) + ", " + number(bare, high) + "]";
    }
  }

  /**
   * Runs and prints.
   *
   * @param args options of JMH
   */
  public static void main(String[] args) throws CommandLineOptionException, RunnerException {
    CommandLineOptions given = new CommandLineOptions(args);
    ChainedOptionsBuilder options =
        new OptionsBuilder().parent(given).addProfiler(GCProfiler.class);
    if (given.getIncludes().isEmpty()) {
      options.include(KernelBenchmark.class.getName().replace(".", "\\.") + "\\.");
    }
    List<Timing> timings = timings(new Runner(options.build()).run());
    System.out.println();
    lines(timings, VectorKernels.vectorBits() / Float.SIZE).forEach(System.out::println);
    System.out.println();
    errors().forEach(System.out::println);
  }

  private static List<Timing> timings(Collection<RunResult> results) {
    List<Timing> timings = new ArrayList<>();
    for (RunResult result : results) {
      String benchmark = result.getParams().getBenchmark();
      String n = result.getParams().getParam("n");
      String implementation = result.getParams().getParam("implementation");
      List<IterationResult> iterations =
          result.getBenchmarkResults().stream()
              .flatMap(fork -> fork.getIterationResults().stream())
              .toList();
      boolean allocates = least(iterations, "gc.alloc.rate") > ALLOCATING;
      timings.add(
          new Timing(
              benchmark.substring(benchmark.lastIndexOf('.') + 1),
              implementation == null ? "" : implementation,
              n == null ? 0 : Integer.parseInt(n),
              iterations.stream().mapToDouble(i -> i.getPrimaryResult().getScore()).toArray(),
              iterations.stream()
                  .filter(i -> i.getSecondaryResults().containsKey(BOUND))
                  .mapToDouble(i -> i.getSecondaryResults().get(BOUND).getScore())
                  .toArray(),
              allocates ? least(iterations, "gc.alloc.rate.norm") : 0));
    }
    return timings;
  }

  /** Of a profiler: a kernel that allocates does so in every iteration, the harness in some. */
  private static double least(List<IterationResult> iterations, String beside) {
    return iterations.stream()
        .mapToDouble(i -> i.getSecondaryResults().get(beside).getScore())
        .min()
        .orElseThrow();
  }

  /** One line for each timing, with what limits it or what it replaces where that was timed too. */
  static List<String> lines(List<Timing> timings, int lanes) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%-25s %5s %13s  %s"
            .formatted("benchmark", "n", "ns a call", "median of the iterations [tenths]"));
    for (Timing timing : timings) {
      lines.add(
          "%-25s %5s %13s  %s"
              .formatted(
                  timing.label(),
                  timing.n() == 0 ? "" : timing.n(),
                  number("%.1f", timing.median()),
                  (meaning(timing, timings, lanes) + allocation(timing)).replaceFirst("^, ", "")));
    }
    return lines;
  }

  private static String allocation(Timing timing) {
    return timing.allocated() == 0
        ? ""
        : number(", ALLOCATES %.0f bytes a call", timing.allocated());
  }

  private static String meaning(Timing timing, List<Timing> all, int lanes) {
    double n = timing.n();
    double peak = (double) KernelBenchmark.PEAK_FLOPS_PER_LANE * lanes;
    return switch (timing.name()) {
      case "fmaPeak" -> rate("%.1f GFLOP/s", timing, peak);
      case "panelProduct" -> share(timing, 2 * n * n * Kernels.PANEL, peak);
      case "gemmPacked", "gemmTransposedAdd" -> share(timing, 2 * n * n * n, peak);
      case "gemm" -> share(timing, 2 * n * n * n, peak) + faster(timing, "plainGemm", all);
      case "plainGemm" -> rate("%.1f GFLOP/s", timing, 2 * n * n * n);
      case "read" -> rate("%.1f GB/s", timing, Float.BYTES * n * n);
      case "gemv", "gemvTransposedAdd", "gemmPackedOneRow" ->
          rate("%.1f GB/s", timing, Float.BYTES * n * n) + over(timing);
      case "dot" -> rate("%.2f G/s", timing, n) + faster(timing, "plainDot", all);
      case "tanh" -> rate("%.2f G/s", timing, n) + faster(timing, "jdkTanh", all);
      case "exp" -> rate("%.2f G/s", timing, n) + faster(timing, "jdkExp", all);
      case "log" -> rate("%.2f G/s", timing, n) + faster(timing, "jdkLog", all);
      case "gaussian" -> rate("%.3f G/s", timing, n) + faster(timing, "jdkGaussian", all);
      case "sin", "sigmoid", "softmaxCrossEntropy", "leakyStep" -> rate("%.2f G/s", timing, n);
      case "plainDot", "jdkTanh", "jdkExp", "jdkLog", "jdkGaussian" -> rate("%.3f G/s", timing, n);
      case "lstmStep" -> faster(timing, "lstmStepApart", all);
      default -> "";
    };
  }

  private static String rate(String format, Timing timing, double work) {
    return timing.spread(i -> work / timing.nanos()[i]).text(format);
  }

  private static String share(Timing timing, double flops, double peak) {
    double[] nanos = timing.nanos();
    double[] bound = timing.bound();
    return rate("%.1f GFLOP/s", timing, flops)
        + ", of the peak "
        + timing.spread(i -> 100 * flops / nanos[i] * bound[i] / peak).text("%.1f %%");
  }

  /** The time as a multiple of that of the bound. */
  private static String over(Timing timing) {
    double[] bound = timing.bound();
    return ", "
        + timing.spread(i -> timing.nanos()[i] / bound[i]).text("%.2f")
        + " times the bound";
  }

  /** Against the benchmark of that name and size: on the same kernels, or one that has none. */
  private static String faster(Timing timing, String plain, List<Timing> all) {
    Optional<Timing> slow =
        all.stream()
            .filter(t -> t.name().equals(plain) && t.n() == timing.n())
            .filter(
                t ->
                    t.implementation().isEmpty()
                        || t.implementation().equals(timing.implementation()))
            .findFirst();
    return slow.map(
            t ->
                ", %s takes ".formatted(plain)
                    + timing.spread(i -> t.median() / timing.nanos()[i]).text("%.1f")
                    + " times as long")
        .orElse("");
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  /** The largest errors of the functions over random arguments, in units of the last place. */
  static List<String> errors() {
    Kernels kernels = Implementation.VECTOR.kernels();
    float[] x = new float[SAMPLES];
    kernels.uniform(1, 2, 3, 4, x, 0, SAMPLES);
    float[] positive = new float[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
      double argument = LARGEST_ARGUMENT * (2 * x[i] - 1);
      positive[i] = (float) StrictMath.exp(argument); // all magnitudes alike
      // Half of the arguments are small, where tanh is not yet one.
      x[i] = (float) (i % 2 == 0 ? argument : argument / LARGEST_ARGUMENT);
    }
    float[] y = new float[SAMPLES];
    kernels.tanh(x, 0, y, 0, SAMPLES);
    String tanh = error("tanh", x, y, StrictMath::tanh);
    kernels.exp(x, 0, y, 0, SAMPLES);
    String exp = error("exp", x, y, StrictMath::exp);
    kernels.log(positive, 0, y, 0, SAMPLES);
    return List.of(tanh, exp, error("log", positive, y, StrictMath::log));
  }

  private static String error(String name, float[] x, float[] y, DoubleUnaryOperator exact) {
    double largest = 0;
    for (int i = 0; i < x.length; i++) {
      double expected = exact.applyAsDouble(x[i]);
      largest = Math.max(largest, Math.abs(y[i] - expected) / Math.ulp((float) expected));
    }
    return number(name + ": largest error of %.0f", x.length)
        + " arguments "
        + number("%.2f ulp", largest);
  }
}
