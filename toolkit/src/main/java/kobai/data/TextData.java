package kobai.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A text and where it came from.
 *
 * @param name the file or the title, for reports
 * @param text its characters, without a byte order mark; never empty
 */
public record TextData(String name, String text) {
  /** The heap holds the bytes, the decoded characters and a task's normalised copy of them. */
  private static final int HEAP_SHARE = 8;

  private static final int BYTE_ORDER_MARK_BYTES = 3;

  public TextData {
    if (text.isEmpty()) {
      throw new IllegalArgumentException(name + ": is empty: must hold text");
    }
  }

  /**
   * Herman Melville, Moby-Dick, chapters 1 to 31: 267 kB of English in the public domain, part of
   * the toolkit.
   */
  public static TextData mobyDick() {
    return new TextData("Moby-Dick", decode("moby-dick.txt", resource("moby-dick.txt")));
  }

  /** The file of {@link #mobyDick}, for its hash. */
  public static byte[] mobyDickFile() {
    return resource("moby-dick.txt");
  }

  /**
   * Reads a UTF-8 file, with or without a byte order mark.
   *
   * @throws IllegalArgumentException if the file cannot be read, is empty, or is not UTF-8 (naming
   *     line, column and byte)
   */
  public static TextData read(Path file) {
    return new TextData(file.toString(), decode(file.toString(), DataFile.bytes(file, HEAP_SHARE)));
  }

  /** A resource of this package. */
  static byte[] resource(String name) {
    try (InputStream stream = TextData.class.getResourceAsStream(name)) {
      if (stream == null) {
        throw new IllegalStateException(
            "resource kobai/data/" + name + " is missing from the class path");
      }
      return stream.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Strict UTF-8: a byte that fits no character is refused, never replaced. */
  static String decode(String name, byte[] bytes) {
    int start = startsWithByteOrderMark(bytes) ? BYTE_ORDER_MARK_BYTES : 0;
    ByteBuffer in = ByteBuffer.wrap(bytes, start, bytes.length - start);
    CharBuffer out =
        CharBuffer.allocate(bytes.length - start); // a UTF-16 unit comes from at least one byte
    CoderResult result =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT)
            .decode(in, out, true);
    if (result.isError()) {
      throw new IllegalArgumentException(notUtf8(name, bytes, start, in.position()));
    }
    return out.flip().toString();
  }

  private static boolean startsWithByteOrderMark(byte[] bytes) {
    return bytes.length >= BYTE_ORDER_MARK_BYTES
        && bytes[0] == (byte) 0xEF
        && bytes[1] == (byte) 0xBB
        && bytes[2] == (byte) 0xBF;
  }

  private static String notUtf8(String name, byte[] bytes, int start, int at) {
    int line = 1;
    int column = 1;
    for (int i = start; i < at; i++) {
      if (bytes[i] == '\n' || (bytes[i] == '\r' && bytes[i + 1] != '\n')) {
        line++;
        column = 1;
      } else if (bytes[i] != '\r' && (bytes[i] & 0xC0) != 0x80) { // not the rest of a character
        column++;
      }
    }
    return "%s:%s:%s: byte 0x%02X at offset %s is not UTF-8: must be UTF-8 text (%s)"
        .formatted(
            name,
            Integer.toString(line),
            Integer.toString(column),
            bytes[at],
            Integer.toString(at),
            remedy(bytes));
  }

  private static String remedy(byte[] bytes) {
    int first = bytes.length < 2 ? 0 : (bytes[0] & 0xFF) << 8 | (bytes[1] & 0xFF);
    boolean utf16 = first == 0xFFFE || first == 0xFEFF;
    String from = utf16 ? "UTF-16" : "LATIN1";
    return "convert it, for example: iconv -f " + from + " -t UTF-8";
  }
}
