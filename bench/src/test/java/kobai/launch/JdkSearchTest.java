package kobai.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JdkSearchTest {
  private static final String VECTOR = "java.base jdk.incubator.vector";

  @TempDir private Path folder;
  private Path own;

  @BeforeEach
  void installAnOldJava() throws IOException {
    own = home("own", "17.0.15", VECTOR);
  }

  @Test
  void theProjectsVariableComesFirst() throws IOException {
    Path ordered = home("ordered", "26", VECTOR);
    Path general = home("general", "25", VECTOR);
    Map<String, String> environment =
        Map.of("KOBAI_JAVA_HOME", ordered.toString(), "JAVA_HOME", general.toString());
    assertEquals(ordered.resolve("bin/java"), new JdkSearch(environment, own, List.of()).find());
  }

  @Test
  void anUnfitProjectVariableIsAnErrorEvenIfAnotherJdkWouldDo() throws IOException {
    Path general = home("general", "25", VECTOR);
    Map<String, String> environment =
        Map.of("KOBAI_JAVA_HOME", own.toString(), "JAVA_HOME", general.toString());
    assertEquals(
        "KOBAI_JAVA_HOME = "
            + own
            + " (Java 17.0.15): must be a JDK 25 or later with jdk.incubator.vector"
            + " (correct it, or unset it to have the usual places searched)",
        message(new JdkSearch(environment, own, List.of())));
  }

  @Test
  void anUnfitJavaHomeIsPassedOver() throws IOException {
    Path best = home("jvm/b", "25.0.3", VECTOR);
    Map<String, String> environment = Map.of("JAVA_HOME", folder.resolve("nowhere").toString());
    assertEquals(
        best.resolve("bin/java"),
        new JdkSearch(environment, own, List.of(folder.resolve("jvm"))).find());
  }

  @Test
  void theRunningJavaIsUsedWhenItFits() throws IOException {
    Path running = home("running", "25.0.1", VECTOR);
    assertEquals(running.resolve("bin/java"), new JdkSearch(Map.of(), running, List.of()).find());
  }

  @Test
  void theOldestThatFitsIsTakenFromAFolder() throws IOException {
    home("jvm/a", "27", VECTOR);
    Path best = home("jvm/b", "25.0.3", VECTOR);
    home("jvm/c", "25.0.9", "java.base");
    home("jvm/d", "21", VECTOR);
    assertEquals(
        best.resolve("bin/java"),
        new JdkSearch(Map.of(), own, List.of(folder.resolve("jvm"))).find());
  }

  @Test
  void aHomeInsideABundleIsFound() throws IOException {
    Path best = home("jvm/temurin.jdk/Contents/Home", "25", VECTOR);
    assertEquals(
        best.resolve("bin/java"),
        new JdkSearch(Map.of(), own, List.of(folder.resolve("jvm"))).find());
  }

  @Test
  void aHomeWhoseJavaCannotBeStartedIsPassedOver() throws IOException {
    Path broken = home("jvm/a", "25", VECTOR);
    Files.delete(broken.resolve("bin/java"));
    Path best = home("jvm/b", "26", VECTOR);
    assertEquals(
        best.resolve("bin/java"),
        new JdkSearch(Map.of(), own, List.of(folder.resolve("jvm"))).find());
  }

  @Test
  void theMessageSaysWhatWasLookedAtAndWhatToInstall() throws IOException {
    home("jvm/a", "21", VECTOR);
    home("jvm/b", "25", "java.base");
    Files.createDirectory(folder.resolve("empty"));
    List<Path> folders =
        List.of(folder.resolve("jvm"), folder.resolve("empty"), folder.resolve("absent"));
    assertEquals(
        "no JDK 25 with jdk.incubator.vector found; looked at JAVA_HOME unset, the running %s (Java 17.0.15), "
                .formatted(own)
            + "%s (Java 21; Java 25 without jdk.incubator.vector), %s (no JDK)."
                .formatted(folders.get(0), folders.get(1))
            + " Install one (for example Temurin 25) or set KOBAI_JAVA_HOME to its folder",
        message(new JdkSearch(Map.of(), own, folders)));
  }

  private static String message(JdkSearch search) {
    return assertThrows(IllegalArgumentException.class, search::find).getMessage();
  }

  private Path home(String name, String version, String modules) throws IOException {
    Path home = folder.resolve(name);
    Path java = home.resolve("bin/java");
    Files.createDirectories(java.getParent());
    Files.createFile(
        java, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    Files.writeString(
        home.resolve("release"),
        "JAVA_VERSION=\"%s\"%nMODULES=\"%s\"%n".formatted(version, modules));
    return home;
  }
}
