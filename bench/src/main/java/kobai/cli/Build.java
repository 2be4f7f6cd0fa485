package kobai.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Properties;
import kobai.report.Revision;

/**
 * What this jar was built from.
 *
 * <p>Decision: the commit is written into the jar by the build, not asked of git at run time,
 * because a result belongs to the code that ran, and a working tree moves on after the build.
 *
 * @param version of the project
 * @param revision of the source; {@link Revision#UNKNOWN} when built outside a git repository
 */
public record Build(String version, Revision revision) {
  private static final int SHORT = 10;

  /** Reads what the build left in the jar. */
  public static Build current() {
    var properties = new Properties();
    try (InputStream in = Build.class.getResourceAsStream("/kobai/build.properties")) {
      properties.load(Objects.requireNonNull(in, "the jar lacks kobai/build.properties"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return of(properties);
  }

  /**
   * Reads the keys version, commit ({@code unknown} or a hash) and dirty ({@code true} or {@code
   * false}).
   */
  static Build of(Properties properties) {
    String version = properties.getProperty("version");
    String commit = properties.getProperty("commit");
    if (commit.equals(Revision.UNKNOWN.commit())) {
      return new Build(version, Revision.UNKNOWN);
    }
    boolean dirty = Boolean.parseBoolean(properties.getProperty("dirty"));
    return new Build(version, new Revision(commit, dirty ? "modified" : "clean"));
  }

  /** One line: version, short commit, and whether the files differed from it. */
  @Override
  public String toString() {
    String commit = revision.commit();
    String hash = commit.length() > SHORT ? commit.substring(0, SHORT) : commit;
    String state = revision.equals(Revision.UNKNOWN) ? "" : ", " + revision.state();
    return "kobai " + version + " (commit " + hash + state + ")";
  }
}
