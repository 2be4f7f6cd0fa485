package kobai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Holds the packages of the toolkit to the direction in which they may know each other, and to two
 * other rules.
 */
final class ArchitectureTest {
  private static final Set<String> EVERYTHING_BELOW_EXPERIMENTS =
      Set.of(
          "kernels",
          "memory",
          "parallel",
          "random",
          "data",
          "models",
          "networks",
          "optimisers",
          "tasks",
          "estimators",
          "bayes",
          "verify",
          "report");

  /**
   * Package to the packages that it may name; itself is understood. What is not a key is not a
   * package of ours.
   */
  private static final Map<String, Set<String>> PERMITTED =
      Map.ofEntries(
          Map.entry("kernels", Set.of()),
          Map.entry("memory", Set.of()),
          Map.entry("parallel", Set.of()),
          Map.entry("random", Set.of("kernels")),
          Map.entry("data", Set.of("random")),
          Map.entry("models", Set.of("kernels", "memory", "data", "random")),
          Map.entry("optimisers", Set.of("kernels", "memory")),
          Map.entry("tasks", Set.of("data", "random", "models")),
          Map.entry(
              "estimators", Set.of("models", "kernels", "random", "memory", "data", "parallel")),
          Map.entry(
              "verify",
              Set.of(
                  "estimators",
                  "models",
                  "networks",
                  "kernels",
                  "random",
                  "memory",
                  "data",
                  "tasks",
                  "parallel")),
          Map.entry("networks", Set.of("models", "kernels", "memory", "data", "random")),
          Map.entry(
              "bayes",
              Set.of(
                  "estimators",
                  "models",
                  "networks",
                  "kernels",
                  "memory",
                  "data",
                  "random",
                  "parallel")),
          Map.entry("report", Set.of("memory", "data")),
          Map.entry("experiments", EVERYTHING_BELOW_EXPERIMENTS),
          Map.entry("training", with(EVERYTHING_BELOW_EXPERIMENTS, "experiments")),
          Map.entry("reproduce", with(EVERYTHING_BELOW_EXPERIMENTS, "experiments", "training")));

  private static Set<String> with(Set<String> packages, String... more) {
    Set<String> all = new HashSet<>(packages);
    all.addAll(Set.of(more));
    return all;
  }

  // The tests run in the module's folder.
  private static final Path SOURCES = Path.of("src", "main", "java", "kobai");
  private static final Path MODULES = Path.of("..");

  // Text blocks, strings, characters and comments: what is said there binds nobody.
  private static final Pattern PROSE =
      Pattern.compile(
          "(?s)\"\"\".*?\"\"\"|\"[^\"\\\\\n"
              + "]*+(?:\\\\.[^\"\\\\\n"
              + "]*+)*+\"|'(?:\\\\.|[^'])[^'\n"
              + "]*'|/\\*.*?\\*/|//[^\n"
              + "]*");
  private static final Pattern PACKAGE =
      Pattern.compile("(?m)^package kobai\\.(\\w+(?:\\.\\w+)*);");
  // An import or a qualified name; the package's own declaration ends in a semicolon instead of a
  // dot.
  private static final Pattern REFERENCE = Pattern.compile("\\bkobai\\.(\\w+)\\.");
  private static final Pattern UNORDERED =
      Pattern.compile("reduceLanes\\(\\s*(?:VectorOperators\\s*\\.\\s*)?(?:ADD|MUL)\\b");

  @Test
  void packagesKnowOnlyWhatLiesBelowThem() {
    List<String> violations = new ArrayList<>();
    for (Path source : sources()) {
      directionViolations(read(source))
          .forEach(violation -> violations.add(source + ": " + violation));
    }
    assertEquals(List.of(), violations);
  }

  @Test
  void lanesAreNeverReducedInAnUnspecifiedOrder() {
    List<Path> violations =
        sources().stream().filter(source -> reducesUnordered(read(source))).toList();
    assertEquals(List.of(), violations);
  }

  @Test
  void noPackageIsNamedUtil() throws IOException {
    List<Path> utils = new ArrayList<>();
    for (String module : List.of("toolkit", "bench", "props")) {
      try (Stream<Path> paths = Files.walk(MODULES.resolve(module).resolve("src"))) {
        paths.filter(path -> path.getFileName().toString().matches("utils?")).forEach(utils::add);
      }
    }
    assertEquals(List.of(), utils);
  }

  @Test
  void theTestSeesTheSources() {
    Set<String> packages = new TreeSet<>();
    sources().forEach(source -> packages.add(SOURCES.relativize(source).getName(0).toString()));
    assertTrue(
        packages.containsAll(Set.of("kernels", "models", "estimators")), packages.toString());
  }

  /** Removes packages that know nothing that is left; a cycle would never empty. */
  @Test
  void thePermittedDirectionHasNoCycle() {
    Set<String> left = new TreeSet<>(PERMITTED.keySet());
    while (left.removeIf(name -> PERMITTED.get(name).stream().noneMatch(left::contains))) {}
    assertEquals(Set.of(), left);
  }

  @Test
  void aMadeUpImportAgainstTheDirectionIsCaught() {
    String source = "package kobai.kernels;\n\nimport kobai.models.Tape;\n\nfinal class Bad {}\n";
    assertEquals(List.of("kernels must not know models"), directionViolations(source));
  }

  @Test
  void aQualifiedNameAndAStaticImportAreCaughtToo() {
    String source =
        """
        package kobai.models;
        import static kobai.estimators.Algorithm.BPTT;
        final class Bad {
          kobai.optimisers.Adam adam;
        }
        """;
    assertEquals(
        List.of("models must not know estimators", "models must not know optimisers"),
        directionViolations(source));
  }

  @Test
  void anUnknownPackageIsCaught() {
    assertEquals(
        List.of("unknown package helpers"),
        directionViolations("package kobai.helpers;\nfinal class Bad {}\n"));
    assertEquals(
        List.of("models must not know cli"),
        directionViolations("package kobai.models;\nimport kobai.cli.Main;\n"));
  }

  @Test
  void aSourceWithoutAPackageIsCaught() {
    assertEquals(List.of("no package kobai.…"), directionViolations("final class Bad {}\n"));
  }

  @Test
  void permittedImportsAndCommentsPass() {
    String source =
        """
        package kobai.models;
        // kobai.estimators.Bptt uses this
        /* and so does
           kobai.verify.Verifier */
        /** A string with a mark: "kobai.tasks.Task". */
        import kobai.kernels.Kernels;
        import kobai.models.Tape;
        final class Good {
          String property = "kobai.report.folder \\" // kobai.data.";
          char quote = '"';
          char apostrophe = '\\'';
          String last = "kobai.cli.Main";
        }
        """;
    assertEquals(List.of(), directionViolations(source));
    assertEquals(
        List.of("models must not know verify"),
        directionViolations(source + "class Bad extends kobai.verify.Verifier {}"),
        "what follows the quotes is seen");
  }

  @Test
  void aMadeUpUnorderedReductionIsCaught() {
    assertTrue(reducesUnordered("v.reduceLanes(VectorOperators.ADD)"));
    assertTrue(reducesUnordered("v.reduceLanes(\n    MUL)"));
    assertTrue(!reducesUnordered("v.reduceLanes(VectorOperators.MAX) // not reduceLanes(ADD)"));
  }

  private static List<String> directionViolations(String source) {
    String code = PROSE.matcher(source).replaceAll("");
    Matcher declared = PACKAGE.matcher(code);
    if (!declared.find()) {
      return List.of("no package kobai.…");
    }
    String own = declared.group(1).split("\\.")[0];
    if (!PERMITTED.containsKey(own)) {
      return List.of("unknown package " + own);
    }
    Set<String> named = new TreeSet<>();
    REFERENCE.matcher(code).results().map(reference -> reference.group(1)).forEach(named::add);
    named.remove(own);
    named.removeAll(PERMITTED.get(own));
    return named.stream().map(other -> own + " must not know " + other).toList();
  }

  private static boolean reducesUnordered(String source) {
    return UNORDERED.matcher(PROSE.matcher(source).replaceAll("")).find();
  }

  private static List<Path> sources() {
    try (Stream<Path> paths = Files.walk(SOURCES)) {
      return paths.filter(path -> path.toString().endsWith(".java")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path source) {
    try {
      return Files.readString(source);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
