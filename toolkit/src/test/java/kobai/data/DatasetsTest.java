package kobai.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DatasetsTest {
  @TempDir private Path cache;

  @ParameterizedTest
  @EnumSource
  void everyFileHasItsSum(Datasets set) {
    assertEquals(4, set.files().size());
    assertTrue(set.files().keySet().iterator().next().startsWith("train-images"));
    set.files().values().forEach(sum -> assertTrue(sum.matches("[0-9a-f]{64}"), sum));
    assertEquals(Optional.of(set), Datasets.named(set.commandName()));
    assertFalse(set.description().isBlank() || set.source().isBlank());
  }

  @ParameterizedTest
  @EnumSource
  void whatWasNotFetchedIsRefusedWithTheCommand(Datasets set) {
    String first = set.files().keySet().iterator().next();
    assertEquals(
        "data = %s: %s does not exist: must be fetched first (kobai data fetch %s)"
            .formatted(set.commandName(), set.folder(cache).resolve(first), set.commandName()),
        assertThrows(
                IllegalArgumentException.class,
                () -> LabelledFiles.open(Path.of(set.commandName()), cache))
            .getMessage());
    assertFalse(set.complete(cache));
  }

  @ParameterizedTest
  @EnumSource
  void aFileOfAnotherSumIsRefused(Datasets set) throws Exception {
    String first = set.files().keySet().iterator().next();
    Files.createDirectories(set.folder(cache));
    Files.writeString(set.folder(cache).resolve(first), "");
    String message =
        assertThrows(IllegalArgumentException.class, () -> set.open(cache)).getMessage();
    assertTrue(
        message.contains("has SHA-256 e3b0c442") && message.contains(set.files().get(first)),
        message);
  }

  @Test
  void theFilesBehindANameAreThoseOfTheDataSet() {
    assertEquals(
        Datasets.MNIST.files().keySet().stream()
            .map(Datasets.MNIST.folder(cache)::resolve)
            .toList(),
        Datasets.files(Path.of("mnist"), cache));
    assertEquals(List.of(Path.of("x.csv")), Datasets.files(Path.of("x.csv"), cache));
  }

  @Test
  void theCacheFolderFollowsTheEnvironment() {
    Path home = Path.of(System.getProperty("user.home"), ".cache", "kobai");
    assertEquals(home, Datasets.usualCache(Map.of()));
    assertEquals(home, Datasets.usualCache(Map.of("XDG_CACHE_HOME", "relative")));
    assertEquals(
        cache.resolve("kobai"), Datasets.usualCache(Map.of("XDG_CACHE_HOME", cache.toString())));
  }
}
