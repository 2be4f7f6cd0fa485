package kobai.cli;

import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import jdk.incubator.vector.FloatVector;
import kobai.kernels.Implementation;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kobai env}: what the results of this machine depend on. */
@Command(
    name = "env",
    description = {
      "Shows the JDK, the processor, the vector width, the kernels and the peak speed.",
      "The peak is measured: fused multiply-adds on one core, the ceiling of every matrix product."
    },
    footer = {"", "Examples:", "  kobai env", "  kobai env --json > env.json"})
final class EnvCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  EnvCommand() {}

  /**
   * What is shown.
   *
   * @param version of the project
   * @param commit the jar was built from
   * @param dirty whether the sources differed from the commit
   * @param java version of the running JDK
   * @param jvm its virtual machine
   * @param javaHome its folder
   * @param jvmFlags options it was started with
   * @param os operating system and architecture
   * @param processor model
   * @param cores logical processors that the JVM may use
   * @param heapBytes largest heap
   * @param vectorBits width of a vector
   * @param vectorLanes floats in a vector
   * @param kernels implementations
   * @param fmaPeakGflops measured, one thread, 10⁹ operations a second
   */
  record Environment(
      String version,
      String commit,
      boolean dirty,
      String java,
      String jvm,
      String javaHome,
      List<String> jvmFlags,
      String os,
      String processor,
      int cores,
      long heapBytes,
      int vectorBits,
      int vectorLanes,
      List<String> kernels,
      double fmaPeakGflops) {
    static Environment measure() {
      Build build = Build.current();
      return new Environment(
          build.version(),
          build.commit(),
          build.dirty(),
          Runtime.version().toString(),
          System.getProperty("java.vm.name") + " (" + System.getProperty("java.vendor") + ")",
          System.getProperty("java.home"),
          ManagementFactory.getRuntimeMXBean().getInputArguments(),
          "%s %s %s"
              .formatted(System.getProperty("os.name"), System.getProperty("os.version"), System.getProperty("os.arch")),
          Processor.name(),
          Runtime.getRuntime().availableProcessors(),
          Runtime.getRuntime().maxMemory(),
          FloatVector.SPECIES_PREFERRED.vectorBitSize(),
          FloatVector.SPECIES_PREFERRED.length(),
          Names.all(Implementation.class),
          new FmaPeak().measure());
    }
  }

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    Environment environment = Environment.measure();
    if (json) {
      out.println(Json.of(environment));
    } else {
      print(environment, out);
    }
    return 0;
  }

  private static void print(Environment e, PrintWriter out) {
    line(out, "kobai", new Build(e.version(), e.commit(), e.dirty()).toString());
    line(out, "java", e.java() + ", " + e.jvm());
    line(out, "java home", e.javaHome());
    line(out, "jvm flags", String.join(" ", e.jvmFlags()));
    line(out, "system", e.os());
    line(out, "processor", e.processor());
    line(out, "cores", String.valueOf(e.cores()));
    line(out, "heap", "at most " + (e.heapBytes() >> 20) + " MiB");
    line(out, "vectors", e.vectorBits() + " bit, " + e.vectorLanes() + " floats");
    line(out, "kernels", String.join(", ", e.kernels()));
    line(out, "FMA peak", String.format(Locale.ROOT, "%.1f GFLOP/s on one core (measured)", e.fmaPeakGflops()));
  }

  private static void line(PrintWriter out, String name, String value) {
    out.printf("%-10s %s%n", name, value);
  }
}
