package kobai.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The name of the machine's processor. */
final class Processor {
  private static final Path LINUX = Path.of("/proc/cpuinfo");

  private Processor() {}

  /** Returns the model's name as the operating system gives it, or the architecture where it gives none. */
  static String name() {
    return linux().or(Processor::macOs).orElseGet(() -> System.getProperty("os.arch"));
  }

  private static Optional<String> linux() {
    if (!Files.isReadable(LINUX)) {
      return Optional.empty();
    }
    try {
      return parse(Files.readAllLines(LINUX, StandardCharsets.UTF_8));
    } catch (IOException e) {
      return Optional.empty(); // the name is a courtesy; the architecture will do
    }
  }

  /** Finds the first model name in the lines of {@code cpuinfo}. */
  static Optional<String> parse(List<String> lines) {
    return lines.stream()
        .filter(line -> line.startsWith("model name"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .filter(name -> !name.isEmpty())
        .findFirst();
  }

  private static Optional<String> macOs() {
    if (!System.getProperty("os.name").startsWith("Mac")) {
      return Optional.empty();
    }
    try {
      Process sysctl = new ProcessBuilder("sysctl", "-n", "machdep.cpu.brand_string").start();
      String name = new String(sysctl.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      return Optional.of(name).filter(text -> !text.isEmpty());
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
