package kobai.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The resources with the ending .npy were written by NumPy 2.4.6: numpy.save, write_array for
 * versions 2 and 3.
 */
class NpyTest {
  private static final double[][] WRITTEN = {{1.5, -2, 3.25}, {0, 0.125, 7}};

  /** Of the files here: 10 bytes before the header, padded to a multiple of 64. */
  private static final int ELEMENTS_AT = 128;

  @TempDir private Path folder;

  private static double[][] resource(String name) {
    return SeriesDataTest.rows(Npy.parse(name, TextData.resource(name)));
  }

  private static String refusal(String name, byte[] bytes) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> Npy.parse(name, bytes)).getMessage();
    assertTrue(message.startsWith(name + ": at byte "), message);
    return message.substring(name.length() + ": at byte ".length());
  }

  /** A version 1 file made by hand from the format's definition. */
  private static byte[] file(String header, byte... elements) {
    byte[] text = header.getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(10 + text.length + elements.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0})
        .putShort((short) text.length)
        .put(text)
        .put(elements)
        .array();
  }

  private static String header(String descr, String shape) {
    return "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }\n";
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "float32-c.npy",
        "float64-big-endian-fortran.npy",
        "version-2.npy",
        "version-3.npy"
      })
  void readsWhatNumpyWrote(String name) {
    assertArrayEquals(WRITTEN, resource(name));
  }

  @Test
  void readsIntegersTruthValuesAndHalfPrecisionThatNumpyWrote() {
    assertArrayEquals(new double[][] {{-300}, {0}, {300}}, resource("int16-one-dimension.npy"));
    assertArrayEquals(
        new double[][] {{0, 0x1p64}}, resource("uint64.npy")); // 2⁶⁴ − 1 rounds to 2⁶⁴
    assertArrayEquals(new double[][] {{1, 0}}, resource("bool.npy"));
    assertArrayEquals(new double[][] {{0.5, -65504}}, resource("float16.npy"));
  }

  @ParameterizedTest
  @CsvSource({
    "|i1, FE, -2",
    "<i1, FE, -2",
    "|u1, FE, 254",
    "<i2, FE FF, -2",
    ">i2, FF FE, -2",
    "<u2, FE FF, 65534",
    ">u2, FF FE, 65534",
    "<i4, FE FF FF FF, -2",
    ">u4, FF FF FF FE, 4294967294",
    "<u4, 01 00 00 80, 2147483649",
    ">i8, FF FF FF FF FF FF FF FE, -2",
    "<u8, 01 08 00 00 00 00 00 80, 9223372036854777856",
    "<f2, 00 3C, 1",
    ">f4, 3F 80 00 00, 1",
    "<f4, 00 00 80 3F, 1",
    ">f8, 3F F0 00 00 00 00 00 00, 1",
  })
  void readsEveryNumberTypeInBothByteOrders(String descr, String hex, double expected) {
    byte[] element = HexFormat.ofDelimiter(" ").parseHex(hex);
    assertArrayEquals(
        new double[][] {{expected}},
        SeriesDataTest.rows(Npy.parse("hand", file(header(descr, "(1,)"), element))));
  }

  @Test
  void unsignedIntegersAreRoundedToTheNearestDouble() {
    // Between 2⁶³ and 2⁶⁴ doubles lie 2¹¹ apart: 2⁶³ + 2¹⁰ is half way, to even; one more goes up.
    for (long low : new long[] {0, 1, 1023, 1024, 1025, 2047, 3072, 3073}) {
      long word = Long.MIN_VALUE + low;
      byte[] element = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(word).array();
      double expected = new BigInteger(Long.toUnsignedString(word)).doubleValue();
      assertEquals(expected, Npy.parse("hand", file(header("<u8", "(1,)"), element)).at(0, 0));
    }
  }

  @Test
  void readsHeadersInOtherSpellings() {
    String[] headers = {
      "{\"shape\": (2, 1), \"fortran_order\": False, \"descr\": \"|u1\"}",
      "{'descr':'|u1','fortran_order':True,'shape':(2L,1L)}",
      "{ 'fortran_order' : False , 'shape' : ( 2 , ) , 'descr' : '|u1' , }   \n",
    };
    for (String header : headers) {
      assertArrayEquals(
          new double[][] {{3}, {4}},
          SeriesDataTest.rows(Npy.parse("hand", file(header, (byte) 3, (byte) 4))));
    }
  }

  @Test
  void writesTheBytesThatNumpyWrites() throws Exception {
    Path file = folder.resolve("array.npy");
    Npy.write(file, new float[] {1.5f, -2, 3.25f, 0, 0.125f, 7}, 2, 3);
    assertArrayEquals(TextData.resource("float32-c.npy"), Files.readAllBytes(file));
  }

  @Test
  void readsBackWhatItWroteBitForBit() throws Exception {
    Path file = folder.resolve("array.npy");
    int rows = 1001;
    int columns = 37; // 148 kB of float32: more than two buffers and a part of one
    float[] floats = new float[rows * columns];
    double[] doubles = new double[rows * columns];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) Math.sin(i) * Float.MIN_NORMAL * i;
      doubles[i] = Math.sin(i) * Double.MAX_VALUE;
    }
    floats[0] = -0f;
    Npy.write(file, floats, rows, columns);
    SeriesData single = Npy.read(file);
    assertEquals(0, Files.size(file) % 4);
    Npy.write(file, doubles, rows, columns); // replaces the file
    SeriesData twice = SeriesData.read(file);
    for (int i = 0; i < floats.length; i++) {
      assertEquals(floats[i], single.at(i / columns, i % columns));
      assertEquals(doubles[i], twice.at(i / columns, i % columns));
    }
    assertEquals(columns, single.columns());
    assertEquals(rows, twice.rows());
  }

  @Test
  void writesAnyNumberOfDimensionsOnAMultipleOf64Bytes() throws Exception {
    Path file = folder.resolve("array.npy");
    Npy.write(file, new double[] {1, 2}, 2);
    assertArrayEquals(new double[][] {{1}, {2}}, SeriesDataTest.rows(Npy.read(file)));
    Npy.write(file, new double[6], 1, 2, 3);
    byte[] bytes = Files.readAllBytes(file);
    assertEquals(0, (bytes.length - 6 * Double.BYTES) % 64);
    assertTrue(refusal("f", bytes).contains("shape (1, 2, 3): must have one or two dimensions"));
    Npy.write(file, new float[0], 0, 3);
    assertEquals(128, Files.size(file));
  }

  @Test
  void refusesToWriteAShapeThatDoesNotFit() {
    Path file = folder.resolve("array.npy");
    assertEquals(
        "shape (2, 3): expected 6 values, got 5",
        assertThrows(IllegalArgumentException.class, () -> Npy.write(file, new float[5], 2, 3))
            .getMessage());
    assertEquals(
        "shape (5,): expected 5 values, got 6",
        assertThrows(IllegalArgumentException.class, () -> Npy.write(file, new double[6], 5))
            .getMessage());
    assertEquals(
        "shape: size = -1: must be at least 0",
        assertThrows(IllegalArgumentException.class, () -> Npy.write(file, new double[1], -1, -1))
            .getMessage());
    assertTrue(Files.notExists(file));
  }

  @Test
  void isRecognisedByItsFirstBytesWhateverItsName() throws Exception {
    Path file = Files.write(folder.resolve("series.dat"), TextData.resource("float32-c.npy"));
    assertArrayEquals(WRITTEN, SeriesDataTest.rows(SeriesData.read(file)));
  }

  @Test
  void refusesTextNamedNpy() throws IOException {
    Path file = Files.writeString(folder.resolve("text.NPY"), "1,2\n3,4\n");
    assertEquals(
        file
            + ": at byte 0: no magic word \\x93NUMPY: must be a .npy file"
            + " (save it with numpy.save, or name it .csv if it is text)",
        assertThrows(IllegalArgumentException.class, () -> SeriesData.read(file)).getMessage());
  }

  @Test
  void recognisesArchivesAndCompressedFiles() {
    assertEquals(
        "0: no magic word \\x93NUMPY: must be a .npy file"
            + " (this looks like a .npz archive: save one array with numpy.save)",
        refusal("archive.npz", TextData.resource("archive.npz")));
    assertEquals(
        "0: no magic word \\x93NUMPY: must be a .npy file (this looks like gzip: unpack it first)",
        refusal("digits.csv.gz", TextData.resource("digits.csv.gz")));
  }

  @Test
  void refusesTruncationAtEveryByte() {
    byte[] whole = TextData.resource("float32-c.npy");
    for (int length = 1; length < whole.length; length++) {
      String message = refusal("cut", Arrays.copyOf(whole, length));
      if (length < 6) {
        assertTrue(message.startsWith("0: no magic word"), message);
      } else {
        assertTrue(message.startsWith(length + ": truncated: "), message);
        int present = length < ELEMENTS_AT ? length : length - ELEMENTS_AT;
        assertTrue(message.endsWith("the file has " + present + " (save it again)"), message);
      }
    }
    assertEquals(
        "150: truncated: the header promises 2 × 3 × 4 = 24 bytes of elements, the file has 22"
            + " (save it again)",
        refusal("cut", Arrays.copyOf(whole, 150)));
    assertEquals(
        "100: truncated: the header needs bytes 10 to 128, the file has 100 (save it again)",
        refusal("cut", Arrays.copyOf(whole, 100)));
  }

  @Test
  void refusesASecondArray() {
    byte[] whole = TextData.resource("float32-c.npy");
    assertEquals(
        "152: the header promises 2 × 3 × 4 = 24 bytes of elements, the file has 25 (one array a"
            + " file)",
        refusal("long", Arrays.copyOf(whole, whole.length + 1)));
  }

  @Test
  void refusesVersionsThatDoNotExist() {
    byte[] bytes = TextData.resource("float32-c.npy");
    bytes[6] = 4;
    assertEquals("6: version 4.0: must be 1.0, 2.0 or 3.0", refusal("v", bytes));
    bytes[6] = 1;
    bytes[7] = 1;
    assertEquals("6: version 1.1: must be 1.0, 2.0 or 3.0", refusal("v", bytes));
  }

  @Test
  void refusesTypesThatAreNoRealNumbers() {
    assertEquals(
        "10: dtype object: must be numbers (objects are Python pickles; save array.astype(float)"
            + " instead)",
        refusal("objects.npy", TextData.resource("objects.npy")));
    assertEquals(
        "10: dtype with fields: must be one number type (save the fields as columns)",
        refusal("fields.npy", TextData.resource("fields.npy")));
    assertEquals(
        "10: dtype '<c16': must be f2, f4, f8, i1 to i8, u1 to u8 or b1 after < or >"
            + " (save array.astype(float) instead)",
        refusal("complex.npy", TextData.resource("complex.npy")));
    for (String descr :
        new String[] {"<U3", "<M8[ns]", "|S1", "<f16", "", "f", "f8", "|f8", "<i3"}) {
      assertTrue(
          refusal("hand", file(header(descr, "(1,)"), new byte[16]))
              .startsWith("10: dtype '" + descr + "': must be"));
    }
  }

  @Test
  void refusesOtherNumbersOfDimensions() {
    String rest = ": must have one or two dimensions (reshape to (rows, columns) before saving)";
    assertEquals(
        "10: shape (1, 2, 1)" + rest,
        refusal("three-dimensions.npy", TextData.resource("three-dimensions.npy")));
    assertEquals(
        "10: shape ()" + rest, refusal("no-dimension.npy", TextData.resource("no-dimension.npy")));
    assertEquals(
        "10: shape (0, 3): must have at least one row and one column",
        refusal("no-rows.npy", TextData.resource("no-rows.npy")));
  }

  @Test
  void refusesShapesBeyondWhatAnArrayHolds() {
    String many = header("<f8", "(65536, 65536)");
    assertEquals(
        (10 + many.length())
            + ": shape (65536, 65536): must have at most 2³¹ − 9 elements (cut the array)",
        refusal("hand", file(many)));
    assertTrue(
        refusal("hand", file(header("<f8", "(4294967296, 4294967296)")))
            .contains("must have at most 2³¹ − 9"));
    assertTrue(
        refusal("hand", file(header("<f8", "(99999999999999999999,)")))
            .contains("must be whole numbers below 2⁶³"));
  }

  @Test
  void refusesHeadersWithoutTheirThreeEntries() {
    String message = ": must hold %s (save it again with numpy.save)";
    assertEquals(
        "10: header {'fortran_order': False, 'shape': (1,)}"
            + message.formatted("'descr': a type such as '<f4'"),
        refusal("hand", file("{'fortran_order': False, 'shape': (1,)}")));
    assertEquals(
        "10: header {'descr': '<f4', 'shape': (1,)}"
            + message.formatted("'fortran_order': True or False"),
        refusal("hand", file("{'descr': '<f4', 'shape': (1,)}")));
    assertEquals(
        "10: header {'descr': '<f4', 'fortran_order': False}"
            + message.formatted("'shape': (rows,) or (rows, columns)"),
        refusal("hand", file("{'descr': '<f4', 'fortran_order': False}")));
    for (String shape :
        new String[] {"3", "[3]", "(1 2,)", "(3,,)", "(-1,)", "(1.0,)", "('3',)", "(3"}) {
      assertTrue(
          refusal("hand", file(header("<f4", shape))).contains("must hold 'shape': (rows,)"),
          shape);
    }
  }

  @Test
  void namesRowAndColumnOfWhatIsNotFiniteInFortranOrderToo() {
    // Elements in the file: 1, 3, 2, NaN; the last one lies at 128 + 3 · 8.
    assertEquals(
        "152: row 2, column 2 = NaN: must be finite (remove the row or fill the value in)",
        refusal("not-finite.npy", TextData.resource("not-finite.npy")));
    byte[] infinity = {0, 0, (byte) 0x80, 0x3F, 0, 0, (byte) 0x80, (byte) 0xFF};
    String header = header("<f4", "(1, 2)");
    assertEquals(
        (10 + header.length() + 4)
            + ": row 1, column 2 = -Infinity: must be finite (remove the row or fill the value in)",
        refusal("hand", file(header, infinity)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cube-c.npy", "cube-big-endian-fortran.npy"})
  void readsThreeDimensionsThatNumpyWrote(String name) {
    // numpy.arange(24).reshape(2, 3, 4) / 8: in C order the elements ascend by an eighth.
    ArrayData cube = Npy.parseArray(name, TextData.resource(name));
    assertEquals("(2, 3, 4)", cube.shape());
    assertEquals(3, cube.dimensions());
    assertEquals(4, cube.size(2));
    for (int i = 0; i < cube.count(); i++) {
      assertEquals(i / 8.0, cube.at(i));
      assertEquals(i / 8f, cube.floats()[i]);
    }
    assertEquals(24, cube.doubles().length);
  }

  @Test
  void anArrayKeepsItsOneOrTwoDimensions() {
    ArrayData table = Npy.parseArray("f", TextData.resource("float64-big-endian-fortran.npy"));
    assertEquals("(2, 3)", table.shape());
    assertArrayEquals(new double[] {1.5, -2, 3.25, 0, 0.125, 7}, table.doubles());
    assertEquals("(3,)", Npy.parseArray("f", TextData.resource("int16-one-dimension.npy")).shape());
  }

  @Test
  void refusesArraysThatAreNotOfOneToThreeDimensions() {
    for (String shape : new String[] {"(1, 1, 1, 1)", "()"}) {
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> Npy.parseArray("f", file(header("|u1", shape), new byte[1])))
              .getMessage();
      assertEquals(
          "f: at byte 10: shape "
              + shape
              + ": must have one to three dimensions (reshape the array before saving)",
          message);
    }
    String empty =
        assertThrows(
                IllegalArgumentException.class,
                () -> Npy.parseArray("f", file(header("|u1", "(2, 0, 3)"))))
            .getMessage();
    assertEquals("f: at byte 10: shape (2, 0, 3): must have sizes of at least 1", empty);
  }

  @Test
  void namesTheIndexOfWhatIsNotFiniteOrTooLargeInAnArray() {
    byte[] infinity = {0, 0, (byte) 0x80, 0x3F, 0, 0, (byte) 0x80, (byte) 0xFF};
    String header = header("<f4", "(1, 2, 1)");
    assertEquals(
        "f: at byte "
            + (10 + header.length() + 4)
            + ": [0, 1, 0] = -Infinity: must be finite (replace it before saving)",
        assertThrows(
                IllegalArgumentException.class, () -> Npy.parseArray("f", file(header, infinity)))
            .getMessage());
    byte[] large =
        ByteBuffer.allocate(16)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putDouble(1)
            .putDouble(-1e39)
            .array();
    ArrayData array = Npy.parseArray("f", file(header("<f8", "(2,)"), large));
    assertEquals(
        "f: [1] = -1.0E39: must be within ±3.4028235E38, the range of float32 (scale the data)",
        assertThrows(IllegalArgumentException.class, array::floats).getMessage());
  }
}
