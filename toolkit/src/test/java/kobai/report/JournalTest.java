package kobai.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
  @TempDir Path temporary;

  @Test
  void eachLineIsInTheFileAsSoonAsItIsAppended() throws IOException {
    Path file = temporary.resolve("results.jsonl");
    try (var journal = Journal.open(file)) {
      assertEquals(0, Files.size(file));
      journal.append(Map.of("text", "a line feed \n and a quote \""));
      assertEquals("{\"text\":\"a line feed \\n and a quote \\\"\"}\n", Files.readString(file));
      journal.append(Map.of("n", 2));
      assertEquals(2, Journal.read(file).size());
    }
    assertEquals(2, Journal.read(file).get(1).get("n").asInt());
  }

  @Test
  void aFileCutAnywhereReadsAsItsWholeLines() throws IOException {
    byte[] whole =
        "{\"i\":0}\n{\"i\":1}\n{\"word\":\"é\"}\n"
            .getBytes(java.nio.charset.StandardCharsets.UTF_8);
    Path file = temporary.resolve("results.jsonl");
    for (int length = 0; length <= whole.length; length++) {
      Files.write(file, java.util.Arrays.copyOf(whole, length));
      int lines = 0;
      for (int at = 0; at < length; at++) {
        lines += whole[at] == '\n' ? 1 : 0;
      }
      assertEquals(lines, Journal.read(file).size(), "cut after " + length + " bytes");
      try (var journal = Journal.open(file)) {
        journal.append(Map.of("i", 9));
      }
      var objects = Journal.read(file);
      assertEquals(lines + 1, objects.size(), "continued after " + length + " bytes");
      assertEquals(9, objects.getLast().get("i").asInt());
    }
  }

  @Test
  void aBrokenLineInTheMiddleIsNamed() throws IOException {
    Path file = temporary.resolve("results.jsonl");
    for (String broken : List.of("{\"i\":", "[1]", "")) {
      Files.writeString(file, "{\"i\":0}\n" + broken + "\n{\"i\":2}\n");
      var error = assertThrows(IOException.class, () -> Journal.read(file));
      assertTrue(
          error.getMessage().startsWith(file + ":2: must be a JSON object"), error.getMessage());
    }
  }
}
