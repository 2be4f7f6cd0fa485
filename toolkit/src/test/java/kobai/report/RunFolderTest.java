package kobai.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {
  @TempDir Path temporary;

  private static List<String> names(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static String refusal(Path folder) {
    return assertThrows(IllegalArgumentException.class, () -> RunFolder.create(folder))
        .getMessage();
  }

  @Test
  void writesReplaceFilesAndLeaveNothingElse() throws IOException {
    Path out = temporary.resolve("a/b");
    try (var folder = RunFolder.create(out)) {
      folder.write("results.csv", "one");
      folder.write("results.csv", "two ünïcode");
      assertEquals("two ünïcode", Files.readString(out.resolve("results.csv")));
      assertEquals(List.of(".lock", "results.csv"), names(out));
    }
  }

  @Test
  void namesThatLeaveTheFolderAreRefused() throws IOException {
    try (var folder = RunFolder.create(temporary.resolve("out"))) {
      for (String name : new String[] {"../evil", "a/b", "", ".hidden", "a b"}) {
        assertThrows(IllegalArgumentException.class, () -> folder.write(name, "x"), name);
      }
      assertEquals(List.of(".lock"), names(folder.path()));
    }
  }

  @Test
  void aFolderWithARunIsGoneOnWithByOneProcessAtATime() throws IOException {
    Path out = temporary.resolve("out");
    Files.createDirectories(out);
    var empty = assertThrows(IllegalArgumentException.class, () -> RunFolder.resume(out));
    assertTrue(empty.getMessage().contains("must be a folder that holds a run"));
    assertEquals(List.of(), names(out), "a refusal leaves nothing");
    Files.writeString(out.resolve("manifest.json"), "{}");
    Files.writeString(out.resolve(".report.html.tmp-77"), "half");
    try (var folder = RunFolder.resume(out)) {
      assertEquals(List.of(".lock", "manifest.json"), names(out), "half a file is removed");
      assertThrows(IllegalArgumentException.class, () -> RunFolder.resume(out));
      folder.write("results.csv", "one");
    }
    RunFolder.resume(out).close();
  }

  @Test
  void aFileIsRefused() throws IOException {
    Path file = Files.writeString(temporary.resolve("file"), "x");
    assertEquals(
        "out = " + file + ": must be a folder (it is a file; name a new folder)", refusal(file));
  }

  @Test
  void aFolderBelowAFileIsRefused() throws IOException {
    Path file = Files.writeString(temporary.resolve("file"), "x");
    String message = refusal(file.resolve("out"));
    assertTrue(
        message.startsWith("out = " + file.resolve("out") + ": must be a folder that can be"),
        message);
  }

  @Test
  void aPlaceThatIsNotWritableIsRefused() {
    // Nobody, not even root, can create a folder there; elsewhere than on Linux the place is
    // missing and so is the test.
    Path place = Path.of("/proc/kobai-run");
    org.junit.jupiter.api.Assumptions.assumeTrue(Files.isDirectory(place.getParent()));
    String message = refusal(place);
    assertTrue(
        message.startsWith("out = /proc/kobai-run: must be a folder that can be written to ("),
        message);
    assertTrue(message.endsWith("name a folder in a place that is yours)"), message);
  }

  @Test
  void aFolderThatHoldsARunIsRefused() throws IOException {
    for (String name : new String[] {"manifest.json", "results.jsonl"}) {
      Path out = Files.createDirectory(temporary.resolve("with-" + name));
      Files.writeString(out.resolve(name), "{}");
      assertEquals(
          "out = "
              + out
              + ": must be a folder without a run (it already holds "
              + name
              + "; name a new folder or move the old run away)",
          refusal(out));
      assertEquals(List.of(name), names(out));
    }
  }

  @Test
  void twoRunsOfOneProcessDoNotShareAFolder() throws IOException {
    Path out = temporary.resolve("out");
    String expected =
        "out = "
            + out
            + ": must be free (another run is writing there; name another folder or wait)";
    try (var first = RunFolder.create(out)) {
      assertEquals(expected, refusal(out));
      first.write("report.md", "still writable");
    }
    RunFolder.create(out).close();
  }

  @Test
  void twoProcessesDoNotShareAFolder() throws Exception {
    Path out = temporary.resolve("out");
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                out.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      assertEquals('r', other.getInputStream().read(), "the other process holds the folder");
      assertTrue(refusal(out).contains("another run is writing there"));
      other.getOutputStream().close();
      assertTrue(other.waitFor(60, TimeUnit.SECONDS));
      RunFolder.create(out).close();
    } finally {
      other.destroyForcibly();
    }
  }

  /** Holds a folder until its input ends. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws IOException {
      var folder = RunFolder.create(Path.of(arguments[0]));
      System.out.write('r');
      System.out.flush();
      while (System.in.read() >= 0) {
        continue;
      }
      folder.close();
    }
  }

  /** Lets the k-th step fail, half done where a disk can leave it half done. */
  private static FileOperations failingAt(int k) {
    return new FileOperations() {
      private int steps;

      private boolean fails() {
        return steps++ == k;
      }

      @Override
      public void writeForced(Path file, byte[] content) throws IOException {
        if (fails()) {
          Files.write(file, java.util.Arrays.copyOf(content, content.length / 2));
          throw new IOException("No space left on device");
        }
        DISK.writeForced(file, content);
      }

      @Override
      public void replace(Path from, Path to) throws IOException {
        if (fails()) {
          throw new IOException("Input/output error");
        }
        DISK.replace(from, to);
      }

      @Override
      public void forceFolder(Path folder) throws IOException {
        if (fails()) {
          throw new IOException("Input/output error");
        }
        DISK.forceFolder(folder);
      }
    };
  }

  @Test
  void whicheverStepFailsTheFileIsOldOrNewAndNoPartIsLeft() throws IOException {
    // Two writes of three steps each: every step fails once.
    int failures = 0;
    for (int k = 0; k < 6; k++) {
      Path out = temporary.resolve("out-" + k);
      try (var folder = RunFolder.create(out, failingAt(k))) {
        byte[] last = new byte[0];
        for (byte[] content : new byte[][] {{1, 1, 1, 1}, {2, 2, 2, 2, 2, 2}}) {
          try {
            folder.write("results.csv", content);
            last = content;
          } catch (IOException e) {
            failures++;
            // After the rename only the folder's own forcing can fail: then the new content is in
            // place.
            last = k % 3 == 2 ? content : last;
          }
          Path file = out.resolve("results.csv");
          assertEquals(last.length > 0, Files.exists(file));
          if (last.length > 0) {
            assertArrayEquals(last, Files.readAllBytes(file));
          }
          assertFalse(names(out).stream().anyMatch(name -> name.contains(".tmp-")), "step " + k);
        }
      }
    }
    assertEquals(6, failures);
  }

  @Test
  void defaultPathsAreDatedAndDoNotMeet() throws IOException {
    var time = LocalDateTime.of(2026, 3, 4, 5, 6, 7);
    Path first = RunFolder.defaultPath(temporary, "compare", time);
    assertEquals(temporary.resolve("kobai-runs/compare-20260304-050607"), first);
    Files.createDirectories(first);
    assertEquals(
        temporary.resolve("kobai-runs/compare-20260304-050607-2"),
        RunFolder.defaultPath(temporary, "compare", time));
  }
}
