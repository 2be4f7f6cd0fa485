package kobai.launch;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/**
 * Looks for a JDK that can run the toolkit: {@code KOBAI_JAVA_HOME}, {@code JAVA_HOME}, the Java
 * that runs this, then the usual folders. Among the homes of one folder the oldest that fits is
 * taken, since that is the one the toolkit was built and tested with.
 *
 * <p>{@code KOBAI_JAVA_HOME} is an order, not a hint: when it is set and does not fit, nothing else
 * is tried.
 */
final class JdkSearch {
  /** The variable that names the JDK to use. */
  static final String VARIABLE = "KOBAI_JAVA_HOME";

  private final Map<String, String> environment;
  private final Path ownHome;
  private final List<Path> folders;
  private final StringJoiner looked = new StringJoiner(", ");

  /** Searches with this environment, the home of the running Java, and folders that hold homes. */
  JdkSearch(Map<String, String> environment, Path ownHome, List<Path> folders) {
    this.environment = environment;
    this.ownHome = ownHome;
    this.folders = folders;
  }

  /** The folders where systems and version managers install JDKs, for the user with this home. */
  static List<Path> usualFolders(Path user) {
    return List.of(
        Path.of("/usr/lib/jvm"),
        Path.of("/usr/java"),
        Path.of("/opt/java"),
        Path.of("/Library/Java/JavaVirtualMachines"),
        user.resolve("Library/Java/JavaVirtualMachines"),
        user.resolve(".sdkman/candidates/java"),
        user.resolve(".jdks"));
  }

  /**
   * Returns the {@code java} executable of the first home that fits. If there is none, throws
   * IllegalArgumentException with one line that says what was looked at and what to install.
   */
  Path find() {
    String ordered = environment.getOrDefault(VARIABLE, "");
    if (!ordered.isEmpty()) {
      Path home = Path.of(ordered);
      if (fits(VARIABLE + " = ", home)) {
        return executable(home);
      }
      throw new IllegalArgumentException(
          looked
              + ": must be a JDK "
              + Release.OLDEST
              + " or later with jdk.incubator.vector (correct it, or unset it to have the usual"
              + " places searched)");
    }
    String general = environment.getOrDefault("JAVA_HOME", "");
    if (general.isEmpty()) {
      looked.add("JAVA_HOME unset");
    } else if (fits("JAVA_HOME = ", Path.of(general))) {
      return executable(Path.of(general));
    }
    if (fits("the running ", ownHome)) {
      return executable(ownHome);
    }
    for (Path folder : folders) {
      Path best = best(folder);
      if (best != null) {
        return executable(best);
      }
    }
    throw new IllegalArgumentException(
        "no JDK "
            + Release.OLDEST
            + " with jdk.incubator.vector found; looked at "
            + looked
            + ". Install one (for example Temurin "
            + Release.OLDEST
            + ") or set "
            + VARIABLE
            + " to its folder");
  }

  private boolean fits(String label, Path home) {
    String found;
    try {
      Release release = Release.of(home);
      if (release.fits() && Files.isExecutable(executable(home))) {
        return true;
      }
      found = release.fits() ? "no executable bin/java" : release.describe();
    } catch (IOException e) {
      found = Files.isDirectory(home) ? "no readable release file" : "no such folder";
    }
    looked.add(label + home + " (" + found + ")");
    return false;
  }

  /**
   * The home in a folder with the lowest version that fits, or null; says in {@link #looked} what
   * was there.
   */
  private Path best(Path folder) {
    Map<Path, Release> homes = new LinkedHashMap<>();
    for (Path entry : entries(folder)) {
      // macOS puts the home two levels down.
      for (Path home : List.of(entry, entry.resolve("Contents/Home"))) {
        try {
          homes.put(home, Release.of(home));
        } catch (IOException e) {
          continue; // not a Java home
        }
      }
    }
    Path best =
        homes.entrySet().stream()
            .filter(home -> home.getValue().fits() && Files.isExecutable(executable(home.getKey())))
            .min(Comparator.comparingInt(home -> home.getValue().feature()))
            .map(Map.Entry::getKey)
            .orElse(null);
    if (best == null && !homes.isEmpty()) {
      var versions = new StringJoiner("; ", folder + " (", ")");
      homes.values().stream().map(Release::describe).distinct().forEach(versions::add);
      looked.add(versions.toString());
    } else if (best == null && Files.isDirectory(folder)) {
      looked.add(folder + " (no JDK)");
    }
    return best;
  }

  private static List<Path> entries(Path folder) {
    List<Path> entries = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
        stream.forEach(entries::add);
      } catch (IOException e) {
        return List.of(); // a folder that cannot be read holds no JDK for this user
      }
    }
    entries.sort(null); // the file system's order is arbitrary
    return entries;
  }

  private static Path executable(Path home) {
    return home.resolve("bin/java");
  }
}
