package kobai.data;

import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Unpacks gzip, checking both check sums of every member to the last byte of the file: what {@code
 * GZIPInputStream} passes over, such as bytes after the end, is refused here.
 *
 * <p>Source: RFC 1952.
 */
final class Gzip {
  /** Deflate cannot pack better: 258 bytes in two bits. */
  private static final long BEST_RATIO = 1032;

  private static final int HEADER_BYTES = 10;
  private static final int TRAILER_BYTES = 8;
  private static final byte DEFLATE = 8;
  private static final int CHECKED_HEADER = 2;
  private static final int EXTRA = 4;
  private static final int NAME = 8;
  private static final int COMMENT = 16;
  private static final int RESERVED = 0xE0;

  private final String file;
  private final byte[] bytes;
  private int at;

  private Gzip(String file, byte[] bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  /** Whether the bytes begin as gzip does. */
  static boolean claims(byte[] bytes) {
    return bytes.length >= 2 && bytes[0] == 0x1F && bytes[1] == (byte) 0x8B;
  }

  /**
   * The content.
   *
   * @param limit bytes that the content may have
   * @throws IllegalArgumentException if the bytes are not gzip from the first to the last, a check
   *     sum is wrong, or the content is larger than the limit
   */
  static byte[] unpack(String file, byte[] bytes, long limit) {
    return new Gzip(file, bytes).unpack(limit);
  }

  private byte[] unpack(long limit) {
    byte[] content = new byte[0];
    while (at < bytes.length) {
      byte[] member = member(limit - content.length);
      byte[] joined = new byte[content.length + member.length];
      System.arraycopy(content, 0, joined, 0, content.length);
      System.arraycopy(member, 0, joined, content.length, member.length);
      content = content.length == 0 ? member : joined;
    }
    return content;
  }

  private byte[] member(long limit) {
    header();
    Inflater inflater = new Inflater(true);
    try {
      inflater.setInput(bytes, at, bytes.length - at);
      byte[] content = inflated(inflater, Math.min(limit, Integer.MAX_VALUE - 8L));
      at = bytes.length - inflater.getRemaining();
      require(TRAILER_BYTES, "the check sum");
      CRC32 sum = new CRC32();
      sum.update(content);
      if ((int) sum.getValue() != little(at) || content.length != little(at + 4)) {
        throw refusal("check sum is wrong: must be an undamaged file (copy it again)");
      }
      at += TRAILER_BYTES;
      return content;
    } catch (DataFormatException e) {
      throw refusal("damaged (" + e.getMessage() + "): must be an undamaged file (copy it again)");
    } finally {
      inflater.end();
    }
  }

  private byte[] inflated(Inflater inflater, long limit) throws DataFormatException {
    // The last four bytes of a file with one member tell its size; where they lie, the array grows.
    long told = Integer.toUnsignedLong(little(Math.max(0, bytes.length - 4)));
    long most = Math.min(limit, BEST_RATIO * bytes.length);
    byte[] content = new byte[(int) Math.min(told, most)];
    int size = 0;
    while (!inflater.finished()) {
      if (size == content.length) {
        if (size >= limit) {
          throw refusal(
              "holds more than "
                  + limit
                  + " bytes: must fit in this heap (cut the data, or raise -Xmx)");
        }
        content = Arrays.copyOf(content, (int) Math.min(limit, 2L * size + 1024));
      }
      int count = inflater.inflate(content, size, content.length - size);
      if (count == 0 && !inflater.finished()) {
        throw refusal(
            inflater.needsDictionary()
                ? "asks for a dictionary: must be plain gzip (pack it again with gzip)"
                : "truncated: ends within the packed data (copy it again)");
      }
      size += count;
    }
    return Arrays.copyOf(content, size);
  }

  private void header() {
    require(HEADER_BYTES, "the header");
    int flags = bytes[at + 3] & 0xFF;
    if (bytes[at] != 0x1F
        || bytes[at + 1] != (byte) 0x8B
        || bytes[at + 2] != DEFLATE
        || (flags & RESERVED) != 0) {
      throw refusal(
          at == 0
              ? "must be gzip with method deflate (pack it again with gzip)"
              : "bytes after the packed data: must end there (copy it again)");
    }
    int from = at;
    at += HEADER_BYTES;
    if ((flags & EXTRA) != 0) {
      require(2, "the extra field");
      int extra = bytes[at] & 0xFF | (bytes[at + 1] & 0xFF) << 8;
      at += 2;
      require(extra, "the extra field");
      at += extra;
    }
    if ((flags & NAME) != 0) {
      skipText();
    }
    if ((flags & COMMENT) != 0) {
      skipText();
    }
    if ((flags & CHECKED_HEADER) != 0) {
      require(2, "the header's check sum");
      CRC32 sum = new CRC32();
      sum.update(bytes, from, at - from);
      if ((sum.getValue() & 0xFFFF) != (bytes[at] & 0xFF | (bytes[at + 1] & 0xFF) << 8)) {
        throw refusal("the header's check sum is wrong (copy it again)");
      }
      at += 2;
    }
  }

  private void skipText() {
    while (at < bytes.length && bytes[at] != 0) {
      at++;
    }
    require(1, "the end of the name");
    at++;
  }

  private int little(int from) {
    int word = 0;
    for (int i = 3; i >= 0; i--) {
      word = word << 8 | (from + i < bytes.length ? bytes[from + i] & 0xFF : 0);
    }
    return word;
  }

  private void require(int count, String what) {
    if (bytes.length - at < count) {
      at = bytes.length;
      throw refusal("truncated: ends within " + what + " (copy it again)");
    }
  }

  private IllegalArgumentException refusal(String reason) {
    return new IllegalArgumentException(file + ": at byte " + at + ": " + reason);
  }
}
