package kobai.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The bytes of a file that a user named, or a refusal that says why not. */
final class DataFile {
  private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

  private static final int START_BYTES = 16;

  private DataFile() {}

  /**
   * Reads the whole file.
   *
   * @param heapShare the file may take at most 1/heapShare of the largest heap: what its reader
   *     needs a byte of file
   * @throws IllegalArgumentException if the file is missing, no regular file, empty, too large or
   *     unreadable
   */
  static byte[] bytes(Path file, int heapShare) {
    require(file);
    try {
      long size = Files.size(file);
      if (size == 0) {
        throw refusal(file, "is empty: must hold data");
      }
      long limit = Math.min(LARGEST_ARRAY, Runtime.getRuntime().maxMemory() / heapShare);
      if (size > limit) {
        throw refusal(
            file,
            "has "
                + size
                + " bytes: must have at most "
                + limit
                + " with this heap (cut the file, or raise -Xmx)");
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          file + ": cannot be read: " + e + " (check the disk or copy the file)", e);
    }
  }

  /** The first bytes, at most 16, to tell the format by; the same errors. */
  static byte[] start(Path file) {
    require(file);
    try (InputStream stream = Files.newInputStream(file)) {
      return stream.readNBytes(START_BYTES);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          file + ": cannot be read: " + e + " (check the disk or copy the file)", e);
    }
  }

  private static void require(Path file) {
    if (Files.isDirectory(file)) {
      throw refusal(file, "is a folder: must be a file (name one of the files in it)");
    }
    if (!Files.exists(file)) {
      throw refusal(
          file, "does not exist: must be a file (check the path; it starts at " + folder() + ")");
    }
    if (!Files.isRegularFile(file)) {
      throw refusal(
          file, "is a device or a pipe: must be a regular file (copy the data into a file first)");
    }
    if (!Files.isReadable(file)) {
      throw refusal(
          file, "is not readable by this user: must be readable (change its permissions)");
    }
  }

  private static String folder() {
    return Path.of("").toAbsolutePath().toString();
  }

  private static IllegalArgumentException refusal(Path file, String reason) {
    return new IllegalArgumentException(file + ": " + reason);
  }
}
