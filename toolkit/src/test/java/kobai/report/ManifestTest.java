package kobai.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManifestTest {
  // FIPS 180-2, appendix B.1: the digest of the three bytes "abc".
  private static final String ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  @TempDir Path temporary;

  private Manifest.Builder builder() {
    return Manifest.starting(List.of("kobai", "compare", "--quick"), Environment.current(256));
  }

  @Test
  void aRunningManifestSaysSoAndAnEndedOneSaysWhy() throws IOException {
    Manifest running = builder().setting("hidden", List.of(16, 32)).seed("main", 42).build();
    var tree = Json.parse(running.json());
    assertEquals("running", tree.get("exitReason").asText());
    assertTrue(tree.get("end").isNull());
    assertEquals(32, tree.get("configuration").get("hidden").get(1).asInt());
    assertEquals(42, tree.get("seeds").get("main").asLong());
    assertEquals("unknown", tree.get("commit").asText());
    assertEquals(256, tree.get("environment").get("vectorBits").asInt());
    assertEquals(
        Runtime.version().feature(),
        Integer.parseInt(tree.get("environment").get("java").asText().split("[.-]")[0]));
    assertTrue(tree.get("environment").get("maxHeapBytes").asLong() > 0);

    var ended = running.ended(running.start().plus(Duration.ofSeconds(90)), "interrupted");
    assertEquals("interrupted", Json.parse(ended.json()).get("exitReason").asText());
    String table =
        MarkdownWriter.write(
            new Document("t", "l", List.of(), List.of(Section.of("s", ended.table()))));
    assertTrue(table.contains("| duration | 1.50\u202fmin |"), table);
    assertTrue(table.contains("| command | `kobai compare --quick` |"), table);
  }

  @Test
  void aManifestReadsBackAsItWasWritten() {
    Manifest running =
        builder()
            .setting("hidden", List.of(16, 32))
            .setting("rate", 0.1)
            .setting("text", "a/b")
            .setting("flag", true)
            .seed("main", 42)
            .revision(new Revision("0123", "clean"))
            .data("text", new byte[3])
            .build();
    assertEquals(running, Manifest.parse(running.json()));
    Manifest ended = running.ended(running.start().plusMillis(5), "completed");
    assertEquals(ended, Manifest.parse(ended.json()));
    assertEquals(running.start(), ended.startedAt(running.start()).start());
  }

  @Test
  void whatIsNoManifestIsRefused() {
    var refusal = assertThrows(IllegalArgumentException.class, () -> Manifest.parse("{}"));
    assertTrue(refusal.getMessage().contains("environment"), refusal.getMessage());
    assertThrows(IllegalArgumentException.class, () -> Manifest.parse("torn {"));
  }

  @Test
  void dataIsNamedWithItsHash() throws IOException {
    Path file = Files.writeString(temporary.resolve("input.txt"), "abc");
    Manifest manifest =
        builder().data(file).data("text", "abc".getBytes(StandardCharsets.UTF_8)).build();
    assertEquals(List.of(ABC, ABC), List.copyOf(manifest.data().values()));
    assertEquals(List.of(file.toString(), "text"), List.copyOf(manifest.data().keySet()));
  }

  @Test
  void theModelOfTheProcessorIsReadOrUnknown() throws IOException {
    Path file =
        Files.writeString(
            temporary.resolve("cpuinfo"), "processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\n");
    assertEquals("Some CPU @ 2 GHz", Environment.cpuModel(file));
    assertEquals("unknown", Environment.cpuModel(Files.writeString(file, "Features : none\n")));
    assertEquals("unknown", Environment.cpuModel(temporary.resolve("missing")));
  }

  @Test
  void aFolderOutsideAnyWorkTreeHasNoRevision() {
    assertEquals(Revision.UNKNOWN, Revision.of(Path.of("/")));
    assertEquals(Revision.UNKNOWN, Revision.of(temporary.resolve("missing")));
  }

  @Test
  void aWorkTreeIsCleanUntilAFileChanges() throws Exception {
    org.junit.jupiter.api.Assumptions.assumeTrue(git("--version") == 0, "git is not installed");
    assertEquals(0, git("init", "-q"));
    Files.writeString(temporary.resolve("a"), "1");
    assertEquals(0, git("add", "a"));
    assertEquals(
        0,
        git(
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@t",
            "-c",
            "commit.gpgsign=false",
            "commit",
            "-qm",
            "x"));
    Revision clean = Revision.of(temporary);
    assertEquals("clean", clean.state());
    assertTrue(clean.commit().matches("[0-9a-f]{40,64}"), clean.commit());
    Files.writeString(temporary.resolve("a"), "2");
    assertEquals(new Revision(clean.commit(), "modified"), Revision.of(temporary));
  }

  private int git(String... arguments) throws Exception {
    var command = new java.util.ArrayList<String>(List.of("git"));
    command.addAll(List.of(arguments));
    try {
      return new ProcessBuilder(command)
          .directory(temporary.toFile())
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException e) {
      return -1;
    }
  }
}
