package kobai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every line of {@code scope.txt} has a test that is named after it: its {@code @DisplayName}
 * begins with the numbers of the lines that it proves, such as "§2.5: …" or "§1.8, §1.12: …".
 */
class ScopeTest {
  private static final Pattern NUMBER = Pattern.compile("§\\d+\\.\\d+");

  /** The numbers of a name, where it stands right at a test method. */
  private static final Pattern NAME =
      Pattern.compile(
          "@DisplayName\\(\\s*\"(§[^:\"]*):"
              + " [^\"]+\"\\s*\\)\\s*(?:@(?:Test|ParameterizedTest)\\s+)?void ");

  private static Set<String> numbers(Stream<String> lines) {
    return lines
        .flatMap(line -> NUMBER.matcher(line).results())
        .map(result -> result.group())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> wanted() throws IOException {
    try (InputStream in = ScopeTest.class.getResourceAsStream("scope.txt")) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return numbers(text.lines().filter(line -> !line.startsWith("#")).map(l -> l.split(" ")[0]));
    }
  }

  /** The numbers that names of tests have in a source. */
  private static Set<String> named(String source) {
    Matcher matcher = NAME.matcher(source);
    Set<String> found = new TreeSet<>();
    while (matcher.find()) {
      found.addAll(numbers(Stream.of(matcher.group(1))));
    }
    return found;
  }

  @Test
  void everyLineOfTheScopeHasATestNamedAfterIt() throws IOException {
    Set<String> found = new TreeSet<>();
    for (String module : new String[] {"toolkit", "props", "bench"}) {
      Path sources = Path.of("..", module, "src", "test", "java");
      try (Stream<Path> files = Files.walk(sources)) {
        for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
          if (!file.endsWith("ScopeTest.java")) {
            found.addAll(named(Files.readString(file)));
          }
        }
      }
    }
    assertTrue(wanted().size() > 40, "the list was read");
    assertEquals(wanted(), found);
  }

  @Test
  void onlyNamesOfTestsCount() {
    String name = "@DisplayName(\"§1.2, §3.4: it holds\")\n  ";
    assertEquals(Set.of("§1.2", "§3.4"), named(name + "@Test\n  void a() {}"));
    assertEquals(Set.of("§1.2", "§3.4"), named(name + "void a() {}"));
    assertEquals(Set.of(), named(name + "private static int a() {}"));
    assertEquals(Set.of(), named("// §1.2: it holds\n  @Test\n  void a() {}"));
  }
}
