package kobai.launch;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The main class of the jar. Compiled for Java 17, it finds a JDK 25 that has the Vector API and
 * starts {@code kobai.cli.Main} there, with the same standard input and output, environment, folder
 * and exit code. Standard error passes through {@link WarningFilter}.
 *
 * <p>The variable {@code KOBAI_JVM_ARGS} holds further options for that JVM, separated by blanks
 * ({@code -Xmx4g}). As the child's standard error is a pipe, the launcher says in {@code
 * -Dkobai.terminal} whether it is a terminal and in {@code -Dkobai.columns} how wide. On SIGTERM,
 * SIGHUP or Ctrl-C it passes the signal on and waits, so that the child can write its partial
 * report.
 *
 * <p>Exit code: the child's; 2 when no JDK is found.
 */
public final class Launcher {
  private static final String MAIN = "kobai.cli.Main";
  private static final int USAGE = 2;

  private Launcher() {}

  /** Finds the JDK and runs the command line there. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Path java;
    try {
      Path user = Path.of(System.getProperty("user.home"));
      Path ownHome = Path.of(System.getProperty("java.home"));
      java = new JdkSearch(System.getenv(), ownHome, JdkSearch.usualFolders(user)).find();
    } catch (IllegalArgumentException e) {
      System.err.println("kobai: " + e.getMessage());
      System.exit(USAGE);
      return;
    }
    System.exit(run(command(java, args)));
  }

  private static List<String> command(Path java, String[] args) {
    List<String> command = new ArrayList<>();
    command.add(java.toString());
    command.add("--add-modules=jdk.incubator.vector");
    command.add("--sun-misc-unsafe-memory-access=allow"); // JMH uses it
    command.addAll(terminal());
    command.addAll(words(System.getenv().getOrDefault("KOBAI_JVM_ARGS", "")));
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(MAIN);
    command.addAll(List.of(args));
    return command;
  }

  /** Splits at blanks; no quoting, since JVM options seldom need any. */
  static List<String> words(String text) {
    return text.isBlank() ? List.of() : List.of(text.strip().split("\\s+"));
  }

  private static int run(List<String> command) throws IOException, InterruptedException {
    Process child =
        new ProcessBuilder(command)
            .redirectInput(ProcessBuilder.Redirect.INHERIT)
            .redirectOutput(ProcessBuilder.Redirect.INHERIT)
            .start();
    var errors = new Thread(() -> copyErrors(child.getErrorStream()), "stderr");
    errors.setDaemon(true);
    errors.start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> passSignalOn(child, errors), "signal"));
    int code = child.waitFor();
    errors.join();
    return code;
  }

  /**
   * Runs at every exit of the launcher; has something to do only when the child is still there,
   * that is, after a signal. Ctrl-C in a terminal reaches the child by itself; the second signal
   * does no harm there.
   */
  private static void passSignalOn(Process child, Thread errors) {
    if (!child.isAlive()) {
      return;
    }
    child
        .toHandle()
        .destroy(); // Process.destroy would close the pipe that the last words come through
    try {
      int code = child.waitFor();
      errors.join();
      Runtime.getRuntime().halt(code); // the only way to set the exit code here
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void copyErrors(InputStream in) {
    // Not System.err: its buffer would hold a progress line back. Not closed: it is the process's
    // own.
    @SuppressWarnings("resource")
    var out = new FileOutputStream(FileDescriptor.err);
    try {
      new WarningFilter(out).copy(in);
    } catch (IOException e) {
      drain(in); // nobody reads our standard error any more; the child must not stall for that
    }
  }

  private static void drain(InputStream in) {
    try (in) {
      in.transferTo(java.io.OutputStream.nullOutputStream());
    } catch (IOException e) {
      return; // the child is gone
    }
  }

  /** Whether standard error is a terminal, and its width: Java 17 cannot tell, the shell can. */
  private static List<String> terminal() {
    try {
      Process shell =
          new ProcessBuilder(
                  "/bin/sh", "-c", "test -t 2 || exit 1; stty size <&2 2>/dev/null; exit 0")
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      String answer = new String(shell.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      List<String> properties = new ArrayList<>();
      properties.add("-Dkobai.terminal=" + (shell.waitFor() == 0));
      List<String> size = words(answer); // rows and columns
      if (size.size() == 2) {
        properties.add("-Dkobai.columns=" + size.get(1));
      }
      return properties;
    } catch (IOException e) {
      return List.of("-Dkobai.terminal=false"); // no shell here
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of("-Dkobai.terminal=false");
    }
  }
}
