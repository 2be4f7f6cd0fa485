import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Checks that a run folder holds every file and that each can be read: {@code java -cp kobai.jar
 * CheckRun.java FOLDER [JSON FILE…]}; the further files must hold lists that are not empty.
 */
final class CheckRun {
  private static final ObjectMapper MAPPER =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private CheckRun() {}

  public static void main(String[] args) throws IOException {
    Path run = Path.of(args[0]);
    check(json(run, "manifest.json").isObject(), "manifest.json: must be an object");
    for (String name : List.of(args).subList(1, args.length)) {
      JsonNode list = json(run, name);
      check(list.isArray() && !list.isEmpty(), name + ": must be a list of results");
    }
    List<String> records = lines(run, "results.jsonl");
    for (String line : records) {
      check(MAPPER.readTree(line).isObject(), "results.jsonl: must be an object a line: " + line);
    }
    List<String> rows = lines(run, "results.csv");
    check(rows.size() > 1, "results.csv: must have rows below its header");
    for (String row : rows) {
      check(
          fields(row) == fields(rows.get(0)),
          "results.csv: must have as many fields as its header: " + row);
    }
    check(text(run, "report.md").startsWith("#"), "report.md: must begin with a heading");
    String html = text(run, "report.html");
    check(html.strip().endsWith("</html>"), "report.html: must be complete");
    System.out.printf("%s: %d records, %d rows%n", run, records.size(), rows.size() - 1);
  }

  private static JsonNode json(Path run, String name) throws IOException {
    return MAPPER.readTree(text(run, name));
  }

  private static List<String> lines(Path run, String name) throws IOException {
    return text(run, name).lines().toList();
  }

  private static String text(Path run, String name) throws IOException {
    check(Files.isRegularFile(run.resolve(name)), name + ": is missing");
    String text = Files.readString(run.resolve(name));
    check(!text.isBlank(), name + ": is empty");
    return text;
  }

  /** Counts the fields of a row, in which a quoted field may hold commas. */
  private static int fields(String row) {
    int fields = 1;
    boolean quoted = false;
    for (char c : row.toCharArray()) {
      quoted ^= c == '"';
      fields += !quoted && c == ',' ? 1 : 0;
    }
    return fields;
  }

  private static void check(boolean condition, String message) {
    if (!condition) {
      System.err.println(message);
      System.exit(1);
    }
  }
}
