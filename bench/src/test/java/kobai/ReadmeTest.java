package kobai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What README says is what the committed results say. */
class ReadmeTest {
  private static final Path README = Path.of("..", "README.md");
  private static final Path VERDICTS = Path.of("results", "reproduce", "verdicts.json");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)\\)");
  private static final Pattern GENERATED =
      Pattern.compile("(?s)(<!-- verdicts[^\n]*-->\n)(.*?)(<!-- end of verdicts -->)");

  @Test
  void everyLinkLeadsSomewhere() throws IOException {
    List<String> dead = new ArrayList<>();
    Matcher link = LINK.matcher(Files.readString(README));
    while (link.find()) {
      if (!Files.exists(README.resolveSibling(link.group(1)))) {
        dead.add(link.group(1));
      }
    }
    assertEquals(List.of(), dead);
  }

  /** {@code -Dkobai.record=true} writes the table anew. */
  @Test
  void theVerdictsAreThoseOfTheCommittedRun() throws IOException {
    String readme = Files.readString(README);
    Matcher generated = GENERATED.matcher(readme);
    assertTrue(generated.find(), "README has a table of verdicts");
    String table = table(new ObjectMapper().readTree(Files.readString(VERDICTS)));
    if (Boolean.getBoolean("kobai.record")) {
      Files.writeString(
          README,
          readme.substring(0, generated.end(1)) + table + readme.substring(generated.start(3)));
      return;
    }
    assertEquals(table, generated.group(2));
  }

  private static String table(JsonNode verdicts) {
    Map<String, List<JsonNode>> experiments = new LinkedHashMap<>();
    for (JsonNode line : verdicts) {
      experiments
          .computeIfAbsent(line.get("experiment").asText(), name -> new ArrayList<>())
          .add(line);
    }
    StringBuilder text =
        new StringBuilder("| experiment | claims that hold | claims that do not |\n");
    text.append("|---|---|---|\n");
    experiments.forEach(
        (name, lines) -> {
          List<String> failed = new ArrayList<>();
          for (JsonNode line : lines) {
            if (!line.get("verdict").asText().equals("PASS")) {
              String claim = line.get("claim").asText().replaceFirst("\\.?$", ".");
              failed.add(claim + " Seen: " + line.get("observed").asText());
            }
          }
          text.append(
              "| `%s` | %d of %d | %s |\n"
                  .formatted(
                      name,
                      lines.size() - failed.size(),
                      lines.size(),
                      String.join("<br>", failed)));
        });
    return text.toString();
  }
}
