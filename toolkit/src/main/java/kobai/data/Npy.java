package kobai.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * NumPy's .npy format: magic word, version, length of the header, header (a Python dictionary in
 * text), elements.
 *
 * <p>Read: versions 1 to 3; floats of 2, 4 and 8 bytes, signed and unsigned integers of 1 to 8
 * bytes and truth values; both byte orders; C and Fortran order; one dimension (a column) or two,
 * as {@link ArrayData} also three. Integers beyond 2⁵³ are rounded to the nearest double. Anything
 * else is refused with its byte offset and the reason; in particular arrays of objects, which are
 * Python pickles.
 *
 * <p>Written: version 1, little-endian float32 and float64 in C order, the elements on a multiple
 * of 64 bytes.
 *
 * <p>Source: NumPy Enhancement Proposal 1, "A Simple File Format for NumPy Arrays", and
 * numpy.lib.format.
 */
public final class Npy {
  /** An element of one byte becomes a double. */
  static final int HEAP_SHARE = 9;

  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int VERSION_AT = MAGIC.length;
  private static final int HEADER_LENGTH_AT = VERSION_AT + 2;
  private static final int ALIGNMENT = 64;
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int MOST_DIMENSIONS = 3;

  private static final Pattern DESCR =
      Pattern.compile("['\"]descr['\"]\\s*:\\s*(['\"]([^'\"]*)['\"]|\\[)");
  private static final Pattern ORDER =
      Pattern.compile("['\"]fortran_order['\"]\\s*:\\s*(True|False)");
  private static final Pattern SHAPE =
      Pattern.compile("['\"]shape['\"]\\s*:\\s*\\(((\\s*\\d+L?\\s*,)*\\s*(\\d+L?)?\\s*)\\)");

  private final String file;
  private final ByteBuffer bytes;

  private Npy(String file, byte[] bytes) {
    this.file = file;
    this.bytes = ByteBuffer.wrap(bytes);
  }

  /**
   * Reads a file.
   *
   * @throws IllegalArgumentException if it cannot be read or is not as described above
   */
  public static SeriesData read(Path file) {
    return parse(file.toString(), DataFile.bytes(file, HEAP_SHARE));
  }

  /**
   * Reads a file of one to three dimensions.
   *
   * @throws IllegalArgumentException if it cannot be read or is not as described above
   */
  public static ArrayData readArray(Path file) {
    return parseArray(file.toString(), DataFile.bytes(file, HEAP_SHARE));
  }

  /**
   * Writes float32.
   *
   * @param values the elements in C order (the last index runs fastest); as many as the product of
   *     the shape
   * @throws IOException if the file cannot be written; it may then be incomplete
   */
  public static void write(Path file, float[] values, int... shape) throws IOException {
    try (FileChannel channel = open(file, "<f4", values.length, shape)) {
      ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < values.length; i++) {
        buffer.putFloat(values[i]);
        if (buffer.remaining() < Float.BYTES || i == values.length - 1) {
          drain(buffer, channel);
        }
      }
    }
  }

  /**
   * Writes float64.
   *
   * @param values the elements in C order (the last index runs fastest); as many as the product of
   *     the shape
   * @throws IOException if the file cannot be written; it may then be incomplete
   */
  public static void write(Path file, double[] values, int... shape) throws IOException {
    try (FileChannel channel = open(file, "<f8", values.length, shape)) {
      ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < values.length; i++) {
        buffer.putDouble(values[i]);
        if (buffer.remaining() < Double.BYTES || i == values.length - 1) {
          drain(buffer, channel);
        }
      }
    }
  }

  /** Whether the bytes begin with the magic word. */
  static boolean claims(byte[] bytes) {
    return bytes.length >= MAGIC.length
        && ByteBuffer.wrap(bytes, 0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC));
  }

  static SeriesData parse(String file, byte[] bytes) {
    return new Npy(file, bytes).parse();
  }

  static ArrayData parseArray(String file, byte[] bytes) {
    Npy npy = new Npy(file, bytes);
    Header header =
        npy.header(MOST_DIMENSIONS, "one to three dimensions (reshape the array before saving)");
    int[] shape = new int[header.shape.length];
    double[] values = npy.elements(header);
    for (int i = 0; i < shape.length; i++) {
      shape[i] = (int) header.shape[i];
    }
    return new ArrayData(file, shape, values);
  }

  private SeriesData parse() {
    Header header = header(2, "one or two dimensions (reshape to (rows, columns) before saving)");
    long columns = header.shape.length == 1 ? 1 : header.shape[1];
    Header table =
        new Header(
            header.element, header.fortran, new long[] {header.shape[0], columns}, header.at);
    double[] values = elements(table);
    return new SeriesData(file, List.of(), (int) table.shape[0], (int) columns, values);
  }

  private Header header(int dimensions, String expected) {
    if (!claims(bytes.array())) {
      throw refusal(0, "no magic word \\x93NUMPY: must be a .npy file (" + guess() + ")");
    }
    require(HEADER_LENGTH_AT, 2, "the version and the header's length");
    int major = bytes.get(VERSION_AT);
    int minor = bytes.get(VERSION_AT + 1);
    if (major < 1 || major > 3 || minor != 0) {
      throw refusal(VERSION_AT, "version " + major + "." + minor + ": must be 1.0, 2.0 or 3.0");
    }
    int headerAt = HEADER_LENGTH_AT + (major == 1 ? Short.BYTES : Integer.BYTES);
    require(HEADER_LENGTH_AT, headerAt - HEADER_LENGTH_AT, "the header's length");
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    long headerLength =
        major == 1
            ? Short.toUnsignedLong(bytes.getShort(HEADER_LENGTH_AT))
            : Integer.toUnsignedLong(bytes.getInt(HEADER_LENGTH_AT));
    require(headerAt, headerLength, "the header");
    String header = new String(bytes.array(), headerAt, (int) headerLength, StandardCharsets.UTF_8);
    Element element = element(header, headerAt);
    boolean fortran =
        find(ORDER, header, headerAt, "'fortran_order': True or False").group(1).equals("True");
    long[] shape = shape(header, headerAt, dimensions, expected);
    return new Header(element, fortran, shape, (int) (headerAt + headerLength));
  }

  /** The elements in C order. */
  private double[] elements(Header header) {
    long[] shape = header.shape;
    int at = header.at;
    Element element = header.element;
    long count = 1;
    for (long size : shape) {
      // Both factors are below 2³¹ once the first large one is refused, so no product overflows.
      count = size > Integer.MAX_VALUE ? Long.MAX_VALUE : count * size;
      if (count > Integer.MAX_VALUE - 8L) {
        throw refusal(
            at,
            "shape ("
                + joined(shape, ", ")
                + "): must have at most 2³¹ − 9 elements (cut the array)");
      }
    }
    long expected = count * element.bytes;
    long present = bytes.capacity() - at;
    String promise =
        "the header promises " + joined(shape, " × ") + " × " + element.bytes + " = " + expected;
    if (present < expected) {
      throw refusal(
          bytes.capacity(),
          "truncated: "
              + promise
              + " bytes of elements, the file has "
              + present
              + " (save it again)");
    }
    if (present > expected) {
      throw refusal(
          at + expected,
          promise + " bytes of elements, the file has " + present + " (one array a file)");
    }
    bytes.order(element.order);
    double[] values = new double[(int) count];
    int[] index = new int[shape.length];
    for (int i = 0; i < values.length; i++) {
      int elementAt = at + i * element.bytes;
      double value = element.at(bytes, elementAt);
      if (!Double.isFinite(value)) {
        throw refusal(elementAt, notFinite(index, value));
      }
      values[offset(index, shape)] = value;
      advance(index, shape, header.fortran);
    }
    return values;
  }

  /** Where the element of that index lies in C order. */
  private static int offset(int[] index, long[] shape) {
    int at = 0;
    for (int i = 0; i < index.length; i++) {
      at = at * (int) shape[i] + index[i];
    }
    return at;
  }

  /**
   * Moves to the next element of the file: the first index runs fastest in Fortran order, the last
   * one in C order.
   */
  private static void advance(int[] index, long[] shape, boolean fortran) {
    for (int i = 0; i < index.length; i++) {
      int dimension = fortran ? i : index.length - 1 - i;
      if (++index[dimension] < shape[dimension]) {
        return;
      }
      index[dimension] = 0;
    }
  }

  private static String notFinite(int[] index, double value) {
    return index.length == 2
        ? SeriesData.notFinite(index[0] + 1L, "column " + (index[1] + 1), String.valueOf(value))
        : ArrayData.place(index) + " = " + value + ": must be finite (replace it before saving)";
  }

  private static String joined(long[] shape, String separator) {
    StringJoiner text = new StringJoiner(separator);
    for (long size : shape) {
      text.add(Long.toString(size));
    }
    return text.toString();
  }

  private Element element(String header, int headerAt) {
    Matcher matcher = find(DESCR, header, headerAt, "'descr': a type such as '<f4'");
    String descr = matcher.group(2);
    if (descr == null) {
      throw refusal(
          headerAt, "dtype with fields: must be one number type (save the fields as columns)");
    }
    char order = descr.isEmpty() ? '?' : descr.charAt(0);
    String kind = descr.isEmpty() ? "" : descr.substring(1);
    if (kind.startsWith("O")) {
      throw refusal(
          headerAt,
          "dtype object: must be numbers (objects are Python pickles; save array.astype(float)"
              + " instead)");
    }
    boolean oneByte = kind.endsWith("1");
    if (!Element.KINDS.contains(kind)
        || (order != '<' && order != '>' && !(order == '|' && oneByte))) {
      throw refusal(
          headerAt,
          "dtype '"
              + descr
              + "': must be f2, f4, f8, i1 to i8, u1 to u8 or b1 after < or >"
              + " (save array.astype(float) instead)");
    }
    return new Element(
        kind.charAt(0),
        kind.charAt(1) - '0',
        order == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
  }

  private long[] shape(String header, int headerAt, int dimensions, String expected) {
    String list = find(SHAPE, header, headerAt, "'shape': (rows,) or (rows, columns)").group(1);
    String[] sizes =
        list.replaceAll("[\\sL]", "").split(","); // Python 2 wrote 3L; the last comma adds no part
    boolean scalar = sizes.length == 1 && sizes[0].isEmpty();
    if (scalar || sizes.length > dimensions) {
      throw refusal(headerAt, "shape (" + list.strip() + "): must have " + expected);
    }
    long[] shape = new long[sizes.length];
    try {
      for (int i = 0; i < shape.length; i++) {
        shape[i] = Long.parseLong(sizes[i]);
      }
    } catch (NumberFormatException e) {
      throw refusal(headerAt, "shape (" + list.strip() + "): must be whole numbers below 2⁶³");
    }
    for (long size : shape) {
      if (size == 0) {
        throw refusal(
            headerAt,
            "shape ("
                + list.strip()
                + "): must have "
                + (shape.length <= 2 ? "at least one row and one column" : "sizes of at least 1"));
      }
    }
    return shape;
  }

  private Matcher find(Pattern pattern, String header, int headerAt, String expected) {
    Matcher matcher = pattern.matcher(header);
    if (!matcher.find()) {
      throw refusal(
          headerAt,
          "header "
              + header.strip()
              + ": must hold "
              + expected
              + " (save it again with numpy.save)");
    }
    return matcher;
  }

  private void require(int at, long count, String what) {
    if (at + count > bytes.capacity()) {
      throw refusal(
          bytes.capacity(),
          "truncated: "
              + what
              + " needs bytes "
              + at
              + " to "
              + (at + count)
              + ", the file has "
              + bytes.capacity()
              + " (save it again)");
    }
  }

  private String guess() {
    int first = bytes.capacity() < 2 ? 0 : bytes.getShort(0) & 0xFFFF;
    return switch (first) {
      case 'P' << 8 | 'K' -> "this looks like a .npz archive: save one array with numpy.save";
      case 0x1F8B -> "this looks like gzip: unpack it first";
      default -> "save it with numpy.save, or name it .csv if it is text";
    };
  }

  private IllegalArgumentException refusal(long offset, String reason) {
    return new IllegalArgumentException(file + ": at byte " + offset + ": " + reason);
  }

  private static FileChannel open(Path file, String descr, int count, int[] shape)
      throws IOException {
    long product = 1;
    StringJoiner sizes = new StringJoiner(", ", "(", shape.length == 1 ? ",)" : ")");
    for (int size : shape) {
      if (size < 0) {
        throw new IllegalArgumentException("shape: size = " + size + ": must be at least 0");
      }
      product = Math.multiplyExact(product, size);
      sizes.add(Integer.toString(size));
    }
    if (product != count) {
      throw new IllegalArgumentException(
          "shape " + sizes + ": expected " + product + " values, got " + count);
    }
    String header = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + sizes + ", }";
    int fixed = HEADER_LENGTH_AT + Short.BYTES;
    int total = (fixed + header.length() + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    String padded = header + " ".repeat(total - fixed - header.length() - 1) + "\n";
    ByteBuffer head = ByteBuffer.allocate(total).order(ByteOrder.LITTLE_ENDIAN);
    head.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) padded.length());
    head.put(padded.getBytes(StandardCharsets.US_ASCII));
    FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING);
    try {
      drain(head, channel);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    return channel;
  }

  private static void drain(ByteBuffer buffer, FileChannel channel) throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    buffer.clear();
  }

  /** What the header says; the elements begin at byte {@code at}. */
  private record Header(Element element, boolean fortran, long[] shape, int at) {}

  /** A number type: its kind in NumPy's letters (f, i, u, b), its size and its byte order. */
  private record Element(char kind, int bytes, ByteOrder order) {
    static final List<String> KINDS =
        List.of("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1");

    double at(ByteBuffer buffer, int at) {
      if (kind == 'f') {
        return switch (bytes) {
          case 2 -> Float.float16ToFloat(buffer.getShort(at));
          case 4 -> buffer.getFloat(at);
          default -> buffer.getDouble(at);
        };
      }
      long word =
          switch (bytes) {
            case 1 -> buffer.get(at);
            case 2 -> buffer.getShort(at);
            case 4 -> buffer.getInt(at);
            default -> buffer.getLong(at);
          };
      if (kind == 'i' || word >= 0) {
        return word;
      }
      return bytes == 8 ? unsigned(word) : word & (1L << 8 * bytes) - 1;
    }

    /**
     * The nearest double to an unsigned word of 64 bits: half of it, its last bit kept sticky for
     * the rounding.
     */
    private static double unsigned(long word) {
      return (double) (word >>> 1 | word & 1) * 2.0;
    }
  }
}
