package kobai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import kobai.kernels.Implementation;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

final class FailuresTest {
  private final StringWriter err = new StringWriter();

  /** Complains of the values that it got, so that a test sees them. */
  @Command(name = "try")
  private static final class Probe implements Callable<Integer> {
    @Option(names = "--kernels", split = ",")
    private List<Implementation> kernels = List.of();

    @Option(names = "--hidden")
    private int hidden;

    @Option(names = "--sigma")
    private double sigma;

    @Override
    public Integer call() {
      throw new IllegalArgumentException("got " + kernels + " " + hidden + " " + sigma);
    }
  }

  @Test
  void badInputIsItsMessagesAloneAndCodeTwo() {
    var failure =
        new IllegalArgumentException(
            "--sigma = 0: must be above 0\n--hidden = 0: must be 1 or more");
    assertEquals(Main.USAGE, report(failure, false));
    assertEquals(
        List.of("try: --sigma = 0: must be above 0", "try: --hidden = 0: must be 1 or more"),
        err.toString().lines().toList());
  }

  @Test
  void debugShowsTheStackTrace() {
    assertEquals(Main.USAGE, report(new IllegalArgumentException("wrong"), true));
    assertTrue(err.toString().contains("\tat kobai.cli.FailuresTest"), err.toString());
  }

  @Test
  void aFaultIsOneLineAndItsTraceIsInAFile() throws IOException {
    assertEquals(Main.INTERNAL_ERROR, report(new IllegalStateException("broken"), false));
    assertEquals(1, err.toString().lines().count(), err.toString());
    String before = "try: internal error: java.lang.IllegalStateException: broken. Stack trace: ";
    assertTrue(err.toString().startsWith(before), err.toString());
    Path file = Path.of(err.toString().substring(before.length()).strip());
    assertTrue(Files.readString(file).contains("\tat kobai.cli.FailuresTest"));
    Files.delete(file);
  }

  @Test
  void lackOfMemoryNamesTheHeapAndTheRemedy() throws IOException {
    assertEquals(Main.INTERNAL_ERROR, report(new OutOfMemoryError("Java heap space"), false));
    long heap = Runtime.getRuntime().maxMemory() >> 20;
    assertTrue(err.toString().contains("with a heap of " + heap + " MiB"), err.toString());
    assertTrue(err.toString().contains("KOBAI_JVM_ARGS=-Xmx"), err.toString());
    Files.delete(Path.of(err.toString().replaceFirst("(?s).*Stack trace: ", "").strip()));
  }

  @Test
  void allWrongValuesAreReportedAtOnceWithTheNearestName() {
    assertEquals(Main.USAGE, parse("--kernels", "Scalar,vectr", "--hidden", "x", "--sigma", "y"));
    assertEquals(
        List.of(
            "try: --kernels = vectr: must be one of scalar, vector (did you mean vector?)",
            "try: --hidden = x: must be a whole number",
            "try: --sigma = y: must be a number",
            "Try 'try --help'."),
        err.toString().lines().toList());
  }

  @Test
  void aNumberTooLargeNamesTheLimit() {
    assertEquals(Main.USAGE, parse("--hidden", "3000000000"));
    assertEquals(
        "try: --hidden = 3000000000: must be a whole number from -2147483648 to 2147483647",
        err.toString().lines().findFirst().orElseThrow());
  }

  @Test
  void rightValuesReachTheCommandInAnyCase() {
    assertEquals(
        Main.USAGE, parse("--kernels", "SCALAR,vector", "--hidden", "8", "--sigma", "1e-2"));
    assertEquals("try: got [SCALAR, VECTOR] 8 0.01", err.toString().strip());
  }

  private int report(Throwable failure, boolean debug) {
    return Failures.report(failure, commandLine(), debug);
  }

  private int parse(String... args) {
    return commandLine().execute(args);
  }

  private CommandLine commandLine() {
    return Main.prepare(new CommandLine(new Probe()), () -> false)
        .setErr(new PrintWriter(err, true));
  }
}
