package kobai.report;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The machine and the virtual machine of a run.
 *
 * @param java version of Java
 * @param vm name and version of the virtual machine
 * @param flags arguments that the virtual machine was started with
 * @param os operating system, its version and architecture
 * @param cpu the processor's model name, or {@code unknown}
 * @param cores processors that the virtual machine may use
 * @param maxHeapBytes largest heap in bytes
 * @param vectorBits width of the vectors in use, in bits; 0 without vectors
 */
public record Environment(
    String java,
    String vm,
    List<String> flags,
    String os,
    String cpu,
    int cores,
    long maxHeapBytes,
    int vectorBits) {

  /** Copies the list. */
  public Environment {
    flags = List.copyOf(flags);
  }

  /**
   * This process on this machine.
   *
   * @param vectorBits width of the vectors that the kernels use, in bits; 0 without vectors
   */
  public static Environment current(int vectorBits) {
    var runtime = ManagementFactory.getRuntimeMXBean();
    return new Environment(
        System.getProperty("java.version"),
        runtime.getVmName() + " " + runtime.getVmVersion(),
        runtime.getInputArguments(),
        "%s %s %s"
            .formatted(
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                System.getProperty("os.arch")),
        cpuModel(Path.of("/proc/cpuinfo")),
        Runtime.getRuntime().availableProcessors(),
        Runtime.getRuntime().maxMemory(),
        vectorBits);
  }

  static String cpuModel(Path cpuinfo) {
    try {
      for (String line : Files.readAllLines(cpuinfo)) {
        int colon = line.indexOf(':');
        if (colon > 0 && line.substring(0, colon).strip().equals("model name")) {
          return line.substring(colon + 1).strip();
        }
      }
    } catch (IOException e) {
      // Only Linux has the file; elsewhere the model is honestly unknown.
      return "unknown";
    }
    return "unknown";
  }
}
