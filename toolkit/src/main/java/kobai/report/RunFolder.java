package kobai.report;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * The folder of one run, held for that run alone until it is closed.
 *
 * <p>A file is written in full beside its final name ({@code .name.tmp-<process>}), forced to the
 * disk and renamed, so that a reader sees the old file or the new one and never a part. The lock is
 * a lock of the operating system on {@code .lock}: it ends with the process, however that ends. The
 * empty lock file stays, because removing it could let a third run in.
 *
 * <p>Methods may be called from several threads, a shutdown hook among them.
 */
public final class RunFolder implements AutoCloseable {
  /** Name of the manifest; a folder that has one holds a run. */
  public static final String MANIFEST = "manifest.json";

  /** Name of the journal. */
  public static final String JOURNAL = "results.jsonl";

  /** The file that says that a command is writing to a folder. */
  public static final String LOCK = ".lock";

  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);

  private final Path folder;
  private final FileChannel lockChannel;
  private final FileLock lock;
  private final FileOperations operations;

  private RunFolder(
      Path folder, FileChannel lockChannel, FileLock lock, FileOperations operations) {
    this.folder = folder;
    this.lockChannel = lockChannel;
    this.lock = lock;
    this.operations = operations;
  }

  /**
   * Where a run goes that names no folder: {@code kobai-runs/<command>-<yyyyMMdd-HHmmss>}, with
   * {@code -2}, {@code -3}… added while that exists.
   *
   * @param base the folder under which {@code kobai-runs} stands, usually the current one
   * @param command one word
   */
  public static Path defaultPath(Path base, String command, LocalDateTime time) {
    requirePlainName(command);
    String name = command + "-" + STAMP.format(time);
    Path path = base.resolve("kobai-runs").resolve(name);
    for (int number = 2; Files.exists(path); number++) {
      path = path.resolveSibling(name + "-" + number);
    }
    return path;
  }

  /**
   * Creates the folder where it is missing, and takes it for this run.
   *
   * @throws IllegalArgumentException if it is a file, cannot be created or written to, already
   *     holds a run, or is held by another run
   */
  public static RunFolder create(Path folder) {
    return create(folder, FileOperations.DISK);
  }

  static RunFolder create(Path folder, FileOperations operations) {
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw refused(folder, "a folder", "it is a file; name a new folder", null);
    }
    requireNoRun(folder);
    createFolders(folder);
    // Asked again: the run that held the lock until now may have written its manifest since.
    return locked(folder, operations, () -> requireNoRun(folder));
  }

  /**
   * Takes a folder that holds a run, to go on with it. What a killed process left half-written
   * beside the files is removed.
   *
   * @throws IllegalArgumentException if it holds no run, cannot be written to, or is held by
   *     another run
   */
  public static RunFolder resume(Path folder) {
    Runnable check =
        () -> {
          if (!Files.exists(folder.resolve(MANIFEST))) {
            throw refused(
                folder,
                "a folder that holds a run",
                "it has no " + MANIFEST + "; name the folder of the run to go on with",
                null);
          }
        };
    check.run();
    return locked(
        folder,
        FileOperations.DISK,
        () -> {
          check.run();
          removeTemporaries(folder);
        });
  }

  private static void removeTemporaries(Path folder) {
    try (DirectoryStream<Path> left = Files.newDirectoryStream(folder, ".*.tmp-*")) {
      for (Path file : left) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw unwritable(folder, e);
    }
  }

  private static void createFolders(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (FileAlreadyExistsException e) {
      throw refused(
          folder,
          "a folder that can be created",
          e.getFile() + " is a file; name another place",
          e);
    } catch (IOException e) {
      throw unwritable(folder, e);
    }
  }

  /** Locks the folder, then asks the check, which throws if the folder will not do. */
  private static RunFolder locked(Path folder, FileOperations operations, Runnable check) {
    FileChannel channel;
    try {
      channel =
          FileChannel.open(
              folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw unwritable(folder, e);
    }
    try {
      FileLock lock = tryLock(folder, channel);
      check.run();
      return new RunFolder(folder, channel, lock, operations);
    } catch (IllegalArgumentException e) {
      try {
        channel.close();
      } catch (IOException closing) {
        e.addSuppressed(closing);
      }
      throw e;
    }
  }

  private static FileLock tryLock(Path folder, FileChannel channel) {
    FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      throw inUse(folder, e);
    } catch (IOException e) {
      throw refused(
          folder,
          "on a file system with locks",
          e.getMessage() + "; name a folder on a local disk",
          e);
    }
    if (lock == null) {
      throw inUse(folder, null);
    }
    return lock;
  }

  private static void requireNoRun(Path folder) {
    for (String name : new String[] {MANIFEST, JOURNAL}) {
      if (Files.exists(folder.resolve(name))) {
        throw refused(
            folder,
            "a folder without a run",
            "it already holds " + name + "; name a new folder or move the old run away",
            null);
      }
    }
  }

  private static IllegalArgumentException inUse(Path folder, Exception cause) {
    return refused(
        folder, "free", "another run is writing there; name another folder or wait", cause);
  }

  private static IllegalArgumentException unwritable(Path folder, IOException e) {
    return refused(
        folder,
        "a folder that can be written to",
        e.getClass().getSimpleName()
            + ": "
            + e.getMessage()
            + "; name a folder in a place that is yours",
        e);
  }

  private static IllegalArgumentException refused(
      Path folder, String expected, String reason, Exception cause) {
    return new IllegalArgumentException(
        "out = %s: must be %s (%s)".formatted(folder, expected, reason), cause);
  }

  static void requirePlainName(String name) {
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
      throw new IllegalArgumentException(
          "file name = '%s': must be letters, digits, '.', '_' or '-', and start with a letter or digit"
              .formatted(name));
    }
  }

  /** Where it is. */
  public Path path() {
    return folder;
  }

  /**
   * Writes a whole file, replacing the file of that name if there is one.
   *
   * @throws IOException if it cannot be written; a file of that name that was there before is then
   *     untouched, or replaced in full, and no temporary file is left
   */
  public synchronized void write(String name, byte[] content) throws IOException {
    requirePlainName(name);
    Path temporary = folder.resolve("." + name + ".tmp-" + ProcessHandle.current().pid());
    try {
      operations.writeForced(temporary, content);
      operations.replace(temporary, folder.resolve(name));
    } catch (IOException | RuntimeException e) {
      try {
        Files.deleteIfExists(temporary);
      } catch (IOException deleting) {
        e.addSuppressed(deleting);
      }
      throw e;
    }
    operations.forceFolder(folder);
  }

  /** Writes a whole text file as UTF-8; see {@link #write(String, byte[])}. */
  public void write(String name, String content) throws IOException {
    write(name, content.getBytes(StandardCharsets.UTF_8));
  }

  /** Writes {@code manifest.json}: at the start of a run, and again at its end. */
  public void write(Manifest manifest) throws IOException {
    write(MANIFEST, manifest.json());
  }

  /** Writes {@code report.html} and {@code report.md}. */
  public void write(Document document) throws IOException {
    write("report.html", HtmlWriter.write(document));
    write("report.md", MarkdownWriter.write(document));
  }

  /** Opens the journal {@code results.jsonl} for appending. */
  public Journal journal() throws IOException {
    return Journal.open(folder.resolve(JOURNAL));
  }

  /** Lets the folder go. */
  @Override
  public synchronized void close() throws IOException {
    if (lockChannel.isOpen()) {
      lock.release();
      lockChannel.close();
    }
  }
}
