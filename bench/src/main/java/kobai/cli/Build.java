package kobai.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Properties;

/**
 * What this jar was built from.
 *
 * <p>Decision: the commit is written into the jar by the build, not asked of git at run time, because a result belongs
 * to the code that ran, and a working tree moves on after the build.
 *
 * @param version of the project
 * @param commit full hash, or {@code unknown} when built outside a git repository
 * @param dirty whether tracked files differed from the commit
 */
public record Build(String version, String commit, boolean dirty) {
  private static final String UNKNOWN = "unknown";
  private static final int SHORT = 10;

  /** Reads what the build left in the jar. */
  public static Build current() {
    var properties = new Properties();
    try (InputStream in = Build.class.getResourceAsStream("/kobai/build.properties")) {
      properties.load(Objects.requireNonNull(in, "the jar lacks kobai/build.properties"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Build(
        properties.getProperty("version", UNKNOWN),
        properties.getProperty("commit", UNKNOWN),
        Boolean.parseBoolean(properties.getProperty("dirty", "false")));
  }

  /** One line: version, short commit, and whether the tree was changed. */
  @Override
  public String toString() {
    String hash = commit.length() > SHORT ? commit.substring(0, SHORT) : commit;
    return "kobai " + version + " (commit " + hash + (dirty ? ", with local changes)" : ")");
  }
}
