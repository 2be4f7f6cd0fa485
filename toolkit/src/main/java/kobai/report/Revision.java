package kobai.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The state of the source that made a result.
 *
 * @param commit the commit's hash, or {@code unknown}
 * @param state {@code clean}, {@code modified} (files differ from the commit), or {@code unknown}
 */
public record Revision(String commit, String state) {
  /** Nothing is known of the source. */
  public static final Revision UNKNOWN = new Revision("unknown", "unknown");

  private static final int SECONDS = 5;
  private static final String FAILED = "\0";

  /**
   * Asks git for the work tree that holds the folder; {@link #UNKNOWN} where there is no git, no
   * work tree, or no answer within 5 s. Costs a few milliseconds.
   */
  public static Revision of(Path folder) {
    String commit = git(folder, "rev-parse", "--verify", "HEAD");
    if (!commit.matches("[0-9a-f]{40,64}\\R?")) {
      return UNKNOWN;
    }
    String changes = git(folder, "status", "--porcelain", "--untracked-files=no");
    String state = changes.equals(FAILED) ? "unknown" : changes.isBlank() ? "clean" : "modified";
    return new Revision(commit.strip(), state);
  }

  private static String git(Path folder, String... arguments) {
    var command = new ArrayList<String>();
    command.add("git");
    command.addAll(List.of(arguments));
    try {
      Path output = Files.createTempFile("kobai-git", ".txt");
      try {
        Process process =
            new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectInput(ProcessBuilder.Redirect.PIPE)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .redirectOutput(output.toFile())
                .start();
        process.getOutputStream().close();
        if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly();
          return FAILED;
        }
        return process.exitValue() == 0 ? Files.readString(output, StandardCharsets.UTF_8) : FAILED;
      } finally {
        Files.deleteIfExists(output);
      }
    } catch (IOException e) {
      return FAILED;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return FAILED;
    }
  }
}
