package kobai.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.kernels.VectorKernels;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs {@link KernelBenchmark} (about 14 minutes; JMH's options select less) and prints its times
 * as ratios within that run:
 *
 * <pre>
 * java --add-modules jdk.incubator.vector -cp bench/target/kobai.jar kobai.bench.KernelReport
 * </pre>
 *
 * <p>Products in percent of the peak; matrix-vector products as the time of reading the matrix
 * times so much; functions and noise in numbers a second and as a speed-up over the plain loop. A
 * figure is the median of the forks, with the range of the forks behind it. With {@code
 * -XX:MaxVectorSize=32} before {@code -cp} everything, the peak as well, is that of a machine with
 * 256 bits.
 */
public final class KernelReport {
  private static final int SAMPLES = 1 << 20;
  private static final double LARGEST_ARGUMENT = 80; // exp stays finite and normal

  private KernelReport() {}

  /**
   * What one benchmark took.
   *
   * @param implementation the kernels, the parameter of that name; empty if there is none
   * @param n size, the parameter of that name; 0 if there is none
   * @param nanos a call, mean of each fork
   */
  record Timing(String name, String implementation, int n, double[] nanos) {
    Timing {
      nanos = nanos.clone();
      Arrays.sort(nanos);
    }

    /** The name, with the kernels where they are not the usual ones. */
    String label() {
      boolean usual =
          implementation.isEmpty() || implementation.equals(Implementation.VECTOR.name());
      return usual ? name : name + " " + implementation;
    }

    double median() {
      return (nanos[(nanos.length - 1) / 2] + nanos[nanos.length / 2]) / 2;
    }

    double fastest() {
      return nanos[0];
    }

    double slowest() {
      return nanos[nanos.length - 1];
    }
  }

  /**
   * Runs and prints.
   *
   * @param args options of JMH
   */
  public static void main(String[] args) throws CommandLineOptionException, RunnerException {
    CommandLineOptions given = new CommandLineOptions(args);
    Options options =
        given.getIncludes().isEmpty()
            ? new OptionsBuilder()
                .parent(given)
                .include(KernelBenchmark.class.getName().replace(".", "\\.") + "\\.")
                .build()
            : given;
    List<Timing> timings = timings(new Runner(options).run());
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
      double[] nanos =
          result.getBenchmarkResults().stream()
              .map(BenchmarkResult::getPrimaryResult)
              .mapToDouble(score -> score.getScore())
              .toArray();
      timings.add(
          new Timing(
              benchmark.substring(benchmark.lastIndexOf('.') + 1),
              implementation == null ? "" : implementation,
              n == null ? 0 : Integer.parseInt(n),
              nanos));
    }
    return timings;
  }

  /** One line for each timing, with what limits it or what it replaces where that was timed too. */
  static List<String> lines(List<Timing> timings, int lanes) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%-25s %5s %13s  %s"
            .formatted("benchmark", "n", "ns a call", "median of the forks [worst, best fork]"));
    for (Timing timing : timings) {
      lines.add(
          "%-25s %5s %13s  %s"
              .formatted(
                  timing.label(),
                  timing.n() == 0 ? "" : timing.n(),
                  number("%.1f", timing.median()),
                  meaning(timing, timings, lanes)));
    }
    return lines;
  }

  private static String meaning(Timing timing, List<Timing> all, int lanes) {
    double n = timing.n();
    return switch (timing.name()) {
      case "fmaPeak" ->
          rate("%.1f GFLOP/s", timing, (double) KernelBenchmark.PEAK_FLOPS_PER_LANE * lanes);
      case "panelProduct" -> share(timing, 2 * n * n * Kernels.PANEL, all, lanes);
      case "gemmPacked", "gemmTransposedAdd" -> share(timing, 2 * n * n * n, all, lanes);
      case "gemm" -> share(timing, 2 * n * n * n, all, lanes) + faster(timing, "plainGemm", all);
      case "plainGemm" -> share(timing, 2 * n * n * n, all, lanes);
      case "read" -> rate("%.1f GB/s", timing, Float.BYTES * n * n);
      case "gemv", "gemvTransposedAdd", "gemmPackedOneRow" ->
          rate("%.1f GB/s", timing, Float.BYTES * n * n) + over(timing, "read", all);
      case "dot" -> rate("%.2f G/s", timing, n) + faster(timing, "plainDot", all);
      case "tanh" -> rate("%.2f G/s", timing, n) + faster(timing, "jdkTanh", all);
      case "exp" -> rate("%.2f G/s", timing, n) + faster(timing, "jdkExp", all);
      case "log" -> rate("%.2f G/s", timing, n) + faster(timing, "jdkLog", all);
      case "gaussian" -> rate("%.3f G/s", timing, n) + faster(timing, "jdkGaussian", all);
      case "plainDot", "jdkTanh", "jdkExp", "jdkLog", "jdkGaussian" -> rate("%.3f G/s", timing, n);
      case "lstmStep" -> faster(timing, "lstmStepApart", all);
      default -> "";
    };
  }

  /** The benchmark of that name and size: on the same kernels, or one that has none. */
  private static Optional<Timing> find(List<Timing> all, String name, Timing beside, int n) {
    return all.stream()
        .filter(t -> t.name().equals(name) && t.n() == n)
        .filter(
            t -> t.implementation().isEmpty() || t.implementation().equals(beside.implementation()))
        .findFirst();
  }

  private static String rate(String format, Timing timing, double work) {
    return ranged(format, work / timing.median(), work / timing.slowest(), work / timing.fastest());
  }

  private static String share(Timing timing, double flops, List<Timing> all, int lanes) {
    String rate = rate("%.1f GFLOP/s", timing, flops);
    return find(all, "fmaPeak", timing, 0)
        .map(
            peak -> {
              double most =
                  (double) KernelBenchmark.PEAK_FLOPS_PER_LANE * lanes / peak.median() / 100;
              return rate
                  + ", of the peak "
                  + ranged(
                      "%.1f %%",
                      flops / timing.median() / most,
                      flops / timing.slowest() / most,
                      flops / timing.fastest() / most);
            })
        .orElse(rate);
  }

  /** The time as a multiple of that of the bound. */
  private static String over(Timing timing, String bound, List<Timing> all) {
    return find(all, bound, timing, timing.n())
        .map(
            read ->
                ", "
                    + ranged(
                        "%.2f",
                        timing.median() / read.median(),
                        timing.slowest() / read.median(),
                        timing.fastest() / read.median())
                    + " times the bound")
        .orElse("");
  }

  private static String faster(Timing timing, String plain, List<Timing> all) {
    return find(all, plain, timing, timing.n())
        .map(
            slow ->
                ", %s takes ".formatted(plain)
                    + ranged(
                        "%.1f",
                        slow.median() / timing.median(),
                        slow.median() / timing.slowest(),
                        slow.median() / timing.fastest())
                    + " times as long")
        .orElse("");
  }

  private static String ranged(String format, double median, double worst, double best) {
    String bare = format.substring(0, format.indexOf('f') + 1);
    return number(format, median) + " [" + number(bare, worst) + ", " + number(bare, best) + "]";
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
