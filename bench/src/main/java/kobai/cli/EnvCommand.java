package kobai.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import jdk.incubator.vector.FloatVector;
import kobai.kernels.Implementation;
import kobai.report.Environment;
import kobai.report.Revision;
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
   * @param revision of the source that the jar was built from
   * @param environment machine and JVM, as in the manifest of a run
   * @param javaHome folder of the JDK
   * @param vectorLanes floats in a vector
   * @param kernels implementations
   * @param fmaPeakGflops measured, one thread, 10⁹ operations a second
   */
  record Findings(
      String version,
      Revision revision,
      Environment environment,
      String javaHome,
      int vectorLanes,
      List<String> kernels,
      double fmaPeakGflops) {
    static Findings measure() {
      Build build = Build.current();
      return new Findings(
          build.version(),
          build.revision(),
          Environment.current(FloatVector.SPECIES_PREFERRED.vectorBitSize()),
          System.getProperty("java.home"),
          FloatVector.SPECIES_PREFERRED.length(),
          Names.all(Implementation.class),
          new FmaPeak().measure());
    }
  }

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    Findings findings = Findings.measure();
    if (json) {
      out.println(Json.of(findings));
    } else {
      print(findings, out);
    }
    return 0;
  }

  private static void print(Findings findings, PrintWriter out) {
    Environment environment = findings.environment();
    line(out, "kobai", new Build(findings.version(), findings.revision()).toString());
    line(out, "java", environment.java() + ", " + environment.vm());
    line(out, "java home", findings.javaHome());
    line(out, "jvm flags", String.join(" ", environment.flags()));
    line(out, "system", environment.os());
    line(out, "processor", environment.cpu());
    line(out, "cores", String.valueOf(environment.cores()));
    line(out, "heap", "at most " + (environment.maxHeapBytes() >> 20) + " MiB");
    line(out, "vectors", environment.vectorBits() + " bit, " + findings.vectorLanes() + " floats");
    line(out, "kernels", String.join(", ", findings.kernels()));
    line(
        out,
        "FMA peak",
        String.format(
            Locale.ROOT, "%.1f GFLOP/s on one core (measured)", findings.fmaPeakGflops()));
  }

  private static void line(PrintWriter out, String name, String value) {
    out.printf("%-10s %s%n", name, value);
  }
}
