package kobai.data;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The IDX format of MNIST: two zero bytes, a byte for the type, a byte for the number of
 * dimensions, the sizes as big-endian 32-bit integers, the elements, big-endian, the last index
 * running fastest. Plain or in gzip, told by the first bytes.
 *
 * <p>Plain IDX has no check sum: a changed element cannot be seen, a changed size or type only by
 * the number of bytes. In gzip every change is seen.
 *
 * <p>Source: LeCun, Cortes and Burges (1998), The MNIST database of handwritten digits, file
 * formats.
 */
final class Idx {
  /** A byte of file is kept as it is and may become a float. */
  private static final int HEAP_SHARE = 5;

  private static final int MOST_DIMENSIONS = 4;

  private enum Type {
    UNSIGNED_BYTE(0x08, 1),
    BYTE(0x09, 1),
    SHORT(0x0B, 2),
    INT(0x0C, 4),
    FLOAT(0x0D, 4),
    DOUBLE(0x0E, 8);

    private final int code;
    private final int bytes;

    Type(int code, int bytes) {
      this.code = code;
      this.bytes = bytes;
    }
  }

  private final String file;
  private final ByteBuffer bytes;
  private final Type type;
  private final int[] shape;
  private final int from;

  private Idx(String file, byte[] content) {
    this.file = file;
    this.bytes = ByteBuffer.wrap(content);
    if (!claims(content)) {
      throw refusal(
          0,
          "must begin with two zero bytes, the type (8, 9, 11 to 14) and 1 to "
              + MOST_DIMENSIONS
              + " dimensions (is this an IDX file?)");
    }
    type = type(content[2]);
    shape = new int[content[3]];
    from = 4 + 4 * shape.length;
    if (content.length < from) {
      throw refusal(content.length, "truncated: the sizes need " + from + " bytes (copy it again)");
    }
    long expected = type.bytes;
    for (int i = 0; i < shape.length; i++) {
      shape[i] = bytes.getInt(4 + 4 * i);
      if (shape[i] < 1) {
        throw refusal(4 + 4 * i, "size " + (i + 1) + " = " + shape[i] + ": must be at least 1");
      }
      // Saturates: a product beyond the largest file never fits it.
      expected = expected > Integer.MAX_VALUE ? expected : expected * shape[i];
    }
    if (expected != content.length - from) {
      throw refusal(
          content.length,
          "sizes "
              + Arrays.toString(shape)
              + " of "
              + type.bytes
              + " bytes promise "
              + (expected > Integer.MAX_VALUE ? "more than 2 GB" : expected + " bytes")
              + ", the file has "
              + (content.length - from)
              + " (copy it again)");
    }
  }

  /** Reads a file; the errors of {@link DataFile}, {@link Gzip} and of the form above. */
  static Idx read(Path file) {
    byte[] content = DataFile.bytes(file, HEAP_SHARE);
    return parse(file.toString(), content);
  }

  static Idx parse(String file, byte[] bytes) {
    long limit = Runtime.getRuntime().maxMemory() / HEAP_SHARE;
    return new Idx(file, Gzip.claims(bytes) ? Gzip.unpack(file, bytes, limit) : bytes);
  }

  /** Whether the bytes begin as IDX does. */
  static boolean claims(byte[] bytes) {
    return bytes.length >= 4
        && bytes[0] == 0
        && bytes[1] == 0
        && Arrays.stream(Type.values()).anyMatch(type -> type.code == bytes[2])
        && bytes[3] >= 1
        && bytes[3] <= MOST_DIMENSIONS;
  }

  String file() {
    return file;
  }

  int[] shape() {
    return shape.clone();
  }

  boolean unsignedBytes() {
    return type == Type.UNSIGNED_BYTE;
  }

  /** The elements as bytes; only if {@link #unsignedBytes}. */
  byte[] elements() {
    return Arrays.copyOfRange(bytes.array(), from, bytes.capacity());
  }

  /** The element at place i in C order. */
  double at(int i) {
    int place = from + i * type.bytes;
    return switch (type) {
      case UNSIGNED_BYTE -> bytes.get(place) & 0xFF;
      case BYTE -> bytes.get(place);
      case SHORT -> bytes.getShort(place);
      case INT -> bytes.getInt(place);
      case FLOAT -> bytes.getFloat(place);
      case DOUBLE -> bytes.getDouble(place);
    };
  }

  private static Type type(int code) {
    return Arrays.stream(Type.values()).filter(type -> type.code == code).findFirst().orElseThrow();
  }

  private IllegalArgumentException refusal(int place, String reason) {
    return new IllegalArgumentException(file + ": at byte " + place + ": " + reason);
  }
}
