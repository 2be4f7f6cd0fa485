package kobai.launch;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Properties;

/**
 * What the file {@code release} of a Java home says.
 *
 * @param version as written there, such as {@code 25.0.3}; empty if the file does not say
 * @param feature its first number, 0 if there is none
 * @param vector whether the home has the Vector API's module
 */
record Release(String version, int feature, boolean vector) {
  /** The oldest feature release that can run the toolkit. */
  static final int OLDEST = 25;

  private static final String MODULE = "jdk.incubator.vector";

  /**
   * Reads the {@code release} file of a home; IOException if there is none or it cannot be read.
   */
  static Release of(Path home) throws IOException {
    try (Reader reader = Files.newBufferedReader(home.resolve("release"))) {
      return parse(reader);
    }
  }

  /** Parses the text of a {@code release} file: lines of {@code KEY="value"}. */
  static Release parse(Reader reader) throws IOException {
    var properties = new Properties();
    try {
      properties.load(reader);
    } catch (IllegalArgumentException e) {
      throw new IOException("malformed release file: " + e.getMessage(), e);
    }
    String version = unquote(properties.getProperty("JAVA_VERSION", ""));
    String modules = unquote(properties.getProperty("MODULES", ""));
    return new Release(
        version, feature(version), Arrays.asList(modules.split("\\s+")).contains(MODULE));
  }

  /** Whether the toolkit runs there. */
  boolean fits() {
    return feature >= OLDEST && vector;
  }

  /** Says in a few words what was found. */
  String describe() {
    String name = version.isEmpty() ? "a Java of unknown version" : "Java " + version;
    return feature >= OLDEST && !vector ? name + " without " + MODULE : name;
  }

  private static String unquote(String value) {
    return value.replace("\"", "").strip();
  }

  private static int feature(String version) {
    int end = 0;
    while (end < version.length() && Character.digit(version.charAt(end), 10) >= 0) {
      end++;
    }
    // Six digits are more than any version has and fewer than overflow an int.
    return end == 0 || end > 6 ? 0 : Integer.parseInt(version.substring(0, end));
  }
}
