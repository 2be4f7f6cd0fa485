package kobai.data;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;

/**
 * NumPy's .npz format: a zip archive whose entries are .npy files, stored or deflated.
 *
 * <p>A zip archive names its entries twice, beside their content and in a list at its end. Both are
 * read, must agree, and every check sum is checked to the end of the content: a file that is cut or
 * changed anywhere in names, sizes, sums or content is refused.
 *
 * <p>Source: numpy.savez; APPNOTE 6.3 of the zip format.
 */
final class Npz {
  /** A byte of file is unpacked to bytes, which become doubles. */
  static final int HEAP_SHARE = 2 + Npy.HEAP_SHARE;

  private static final String SUFFIX = ".npy";

  private Npz() {}

  /** Whether the bytes begin as a zip archive does. */
  static boolean claims(byte[] bytes) {
    return bytes.length >= 4
        && bytes[0] == 'P'
        && bytes[1] == 'K'
        && bytes[2] == 3
        && bytes[3] == 4;
  }

  /**
   * The arrays by name, without .npy, in the order of the archive.
   *
   * @throws IllegalArgumentException if the file cannot be read, is damaged, or an entry is not an
   *     array that {@link Npy} reads
   */
  static Map<String, ArrayData> read(Path file) {
    byte[] bytes = DataFile.bytes(file, HEAP_SHARE);
    Map<String, Entry> listed = listed(file);
    Map<String, ArrayData> arrays = new LinkedHashMap<>();
    long limit = Runtime.getRuntime().maxMemory() / HEAP_SHARE;
    long total = 0;
    try (ZipInputStream stream = new ZipInputStream(new ByteArrayInputStream(bytes))) {
      for (ZipEntry next = stream.getNextEntry(); next != null; next = stream.getNextEntry()) {
        String name = next.getName();
        byte[] content = content(file, name, stream, limit - total);
        total += content.length;
        Entry expected = listed.remove(name);
        CRC32 sum = new CRC32();
        sum.update(content);
        if (expected == null || !expected.equals(new Entry(content.length, sum.getValue()))) {
          throw refusal(file, name, "is not as the list at the end of the archive has it");
        }
        arrays.put(arrayName(file, name), Npy.parseArray(file + ": " + name, content));
      }
    } catch (IOException e) {
      throw damaged(file, e);
    } catch (IllegalArgumentException e) {
      // Old releases of the zip code report a bad name so; ours name the file.
      throw String.valueOf(e.getMessage()).startsWith(file.toString()) ? e : damaged(file, e);
    }
    if (!listed.isEmpty()) {
      throw refusal(file, String.join(", ", listed.keySet()), "is listed at the end but missing");
    }
    if (arrays.isEmpty()) {
      throw new IllegalArgumentException(file + ": holds no array: must hold at least one .npy");
    }
    return arrays;
  }

  private record Entry(long size, long sum) {}

  private static Map<String, Entry> listed(Path file) {
    Map<String, Entry> entries = new LinkedHashMap<>();
    try (ZipFile zip = new ZipFile(file.toFile())) {
      for (Enumeration<? extends ZipEntry> e = zip.entries(); e.hasMoreElements(); ) {
        ZipEntry entry = e.nextElement();
        entries.put(entry.getName(), new Entry(entry.getSize(), entry.getCrc()));
      }
    } catch (IOException | IllegalArgumentException e) {
      throw damaged(file, e);
    }
    return entries;
  }

  private static byte[] content(Path file, String name, InputStream stream, long limit)
      throws IOException {
    int most = (int) Math.min(limit, Integer.MAX_VALUE - 9L);
    byte[] content = stream.readNBytes(most + 1); // to its end, where the sum is compared
    if (content.length > most) {
      throw refusal(file, name, "is too large: must fit in this heap (raise -Xmx)");
    }
    return content;
  }

  private static String arrayName(Path file, String name) {
    if (!name.endsWith(SUFFIX)) {
      throw refusal(file, name, "must be named …" + SUFFIX + " (save it with numpy.savez)");
    }
    return name.substring(0, name.length() - SUFFIX.length());
  }

  private static IllegalArgumentException damaged(Path file, Exception e) {
    return new IllegalArgumentException(
        file + ": damaged (" + e.getMessage() + "): must be a .npz archive (copy it again)", e);
  }

  private static IllegalArgumentException refusal(Path file, String name, String reason) {
    return new IllegalArgumentException(
        file + ": entry " + name + " " + reason + " (copy it again)");
  }
}
