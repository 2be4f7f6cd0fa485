package kobai.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LabelledFilesTest {
  @TempDir private Path folder;

  private static byte[] resource(String name) throws IOException {
    try (InputStream stream = LabelledFilesTest.class.getResourceAsStream(name)) {
      return stream.readAllBytes();
    }
  }

  private static byte[] idx(int type, int[] shape, byte... elements) {
    ByteBuffer bytes = ByteBuffer.allocate(4 + 4 * shape.length + elements.length);
    bytes.put((byte) 0).put((byte) 0).put((byte) type).put((byte) shape.length);
    for (int size : shape) {
      bytes.putInt(size);
    }
    return bytes.put(elements).array();
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream stream = new GZIPOutputStream(packed)) {
      stream.write(bytes);
    }
    return packed.toByteArray();
  }

  private static byte[] images() {
    return idx(
        8,
        new int[] {3, 2, 2},
        (byte) 0,
        (byte) 51,
        (byte) 255,
        (byte) 102,
        (byte) 1,
        (byte) 2,
        (byte) 3,
        (byte) 4,
        (byte) 5,
        (byte) 6,
        (byte) 7,
        (byte) 8);
  }

  private Path file(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  private static float[] row(LabelledData data, int example) {
    float[] row = new float[data.features()];
    data.copy(example, row, 0);
    return row;
  }

  private static String refusal(Path file) {
    return assertThrows(IllegalArgumentException.class, () -> LabelledFiles.read(file))
        .getMessage();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void imagesAndLabelsAreReadPlainAndPackedWithTheTestPartBeside(boolean packed) throws Exception {
    String end = packed ? "-ubyte.gz" : "-ubyte";
    byte[] labels = idx(8, new int[] {3}, (byte) 1, (byte) 0, (byte) 4);
    Path file = file("train-images-idx3" + end, packed ? gzip(images()) : images());
    file("train-labels-idx1" + end, packed ? gzip(labels) : labels);
    LabelledSource alone = LabelledFiles.read(file);
    assertTrue(alone.test().isEmpty());
    file("t10k-images-idx3" + end, packed ? gzip(images()) : images());
    file("t10k-labels-idx1" + end, packed ? gzip(labels) : labels);
    LabelledSource source = LabelledFiles.read(file);
    LabelledData data = source.training();
    assertEquals(3, data.examples());
    assertArrayEquals(new int[] {2, 2}, data.shape());
    assertEquals(5, data.classes());
    assertEquals(4, data.label(2));
    assertArrayEquals(new float[] {0f, 0.2f, 1f, 0.4f}, row(data, 0));
    assertArrayEquals(row(data, 2), row(source.test().orElseThrow(), 2));
  }

  @Test
  void elementsOfAllTypesAreReadBigEndian() {
    assertEquals(-2, Idx.parse("f", idx(9, new int[] {1}, (byte) -2)).at(0));
    assertEquals(258, Idx.parse("f", idx(11, new int[] {1}, (byte) 1, (byte) 2)).at(0));
    byte[] word = ByteBuffer.allocate(4).putInt(1 << 20).array();
    assertEquals(1 << 20, Idx.parse("f", idx(12, new int[] {1}, word)).at(0));
    byte[] single = ByteBuffer.allocate(4).putFloat(-1.5f).array();
    assertEquals(-1.5, Idx.parse("f", idx(13, new int[] {1}, single)).at(0));
    byte[] wide = ByteBuffer.allocate(16).putDouble(1).putDouble(0.1).array();
    assertEquals(0.1, Idx.parse("f", idx(14, new int[] {2}, wide)).at(1));
  }

  @Test
  void sizesThatTheFileDoesNotHoldAreRefused() {
    assertEquals(
        "f: at byte 17: sizes [2, 3] of 1 bytes promise 6 bytes, the file has 5 (copy it again)",
        idxRefusal(idx(8, new int[] {2, 3}, new byte[5])));
    assertTrue(
        idxRefusal(idx(8, new int[] {Integer.MAX_VALUE, Integer.MAX_VALUE, 9}))
            .contains("promise more than 2 GB"));
    assertTrue(idxRefusal(idx(8, new int[] {-1})).contains("size 1 = -1: must be at least 1"));
    assertTrue(
        idxRefusal(new byte[] {0, 0, 8, 2, 0}).contains("truncated: the sizes need 12 bytes"));
    assertTrue(idxRefusal(new byte[] {0, 0, 10, 1, 0}).contains("must begin with two zero bytes"));
  }

  private static String idxRefusal(byte[] bytes) {
    return assertThrows(IllegalArgumentException.class, () -> Idx.parse("f", bytes)).getMessage();
  }

  @Test
  void numPysArchivesAreRead() throws Exception {
    LabelledSource stored = LabelledFiles.read(file("a.npz", resource("labelled-stored.npz")));
    assertArrayEquals(new int[] {2, 3}, stored.training().shape());
    assertEquals(3, stored.training().classes());
    assertArrayEquals(new float[] {6, 7, 8, 9, 10, 11}, row(stored.training(), 1));
    assertEquals(2, stored.training().label(3));
    assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, row(stored.test().orElseThrow(), 0));
    assertEquals(3, stored.test().orElseThrow().classes());
    LabelledSource deflated = LabelledFiles.read(file("b.npz", resource("labelled-deflated.npz")));
    assertArrayEquals(new int[] {6}, deflated.training().shape());
    assertArrayEquals(new float[] {18, 19, 20, 21, 22, 23}, row(deflated.training(), 3));
    assertTrue(deflated.test().isEmpty());
  }

  @Test
  void anArchiveWithoutLabelsIsRefusedNamingWhatItHolds() throws Exception {
    String message = refusal(file("a.npz", resource("archive.npz")));
    assertTrue(message.contains(": holds "), message);
    assertTrue(
        message.endsWith(
            "x_train and y_train, or as x and y, or as features and labels,"
                + " or as images and labels, or as data and target"),
        message);
  }

  @Test
  void theLabelColumnOfATableIsTheNamedOneOrTheLast() throws Exception {
    LabelledData last = LabelledFiles.read(file("a.csv", "1.5,2,0\n3,4,1\n".getBytes())).training();
    assertArrayEquals(new float[] {1.5f, 2f}, row(last, 0));
    assertEquals(1, last.label(1));
    LabelledData named =
        LabelledFiles.read(file("b.csv", "Class,width\n1,7\n0,8\n".getBytes())).training();
    assertArrayEquals(new float[] {7f}, row(named, 0));
    assertEquals(1, named.label(0));
  }

  @Test
  void labelsOutOfRangeNameTheRow() throws Exception {
    Path fraction = file("a.csv", "1,0\n2,1.5\n".getBytes());
    assertEquals(
        fraction
            + ": row 2: label = 1.5: must be a whole number in [0, 256), as many classes as 2 rows"
            + " may have",
        refusal(fraction));
    Path negative = file("b.csv", "1,0\n2,1\n3,-1\n".getBytes());
    assertTrue(refusal(negative).startsWith(negative + ": row 3: label = -1: must be"));
    assertEquals(
        "x: row 2: label = 10: must be a whole number in [0, 10), the number of classes",
        assertThrows(
                IllegalArgumentException.class,
                () -> LabelledData.of("x", new int[] {1}, new float[2], new double[] {9, 10}, 10))
            .getMessage());
    Path images = file("train-images-idx3-ubyte", images());
    file("train-labels-idx1-ubyte", idx(9, new int[] {3}, (byte) 0, (byte) -7, (byte) 1));
    assertTrue(refusal(images).contains(": row 2: label = -7: must be"), refusal(images));
    file("train-labels-idx1-ubyte", idx(8, new int[] {2}, (byte) 0, (byte) 1));
    assertTrue(refusal(images).contains("expected as many labels"), refusal(images));
  }

  @Test
  void missingLabelsAreRefused() throws Exception {
    Path images = file("train-images-idx3-ubyte", images());
    assertEquals(
        images
            + ": labels "
            + folder.resolve("train-labels-idx1-ubyte")
            + " do not exist: must stand beside the images (name the files …images… and …labels…)",
        refusal(images));
    Path other = file("some.idx", images());
    assertTrue(refusal(other).contains("must stand beside the images"));
  }

  /** Every byte changed in three ways, every length cut: refused by name, or the same data. */
  @ParameterizedTest
  @ValueSource(strings = {"labelled-stored.npz", "labelled-deflated.npz", "gzip"})
  void noDamageIsLoadedWhereThereIsACheckSum(String kind) throws Exception {
    boolean gzip = kind.equals("gzip");
    byte[] whole = gzip ? gzip(images()) : resource(kind);
    String name = gzip ? "train-images-idx3-ubyte.gz" : "damaged.npz";
    if (gzip) {
      file("train-labels-idx1-ubyte.gz", gzip(idx(8, new int[] {3}, new byte[] {1, 0, 2})));
    }
    String expected = text(LabelledFiles.read(file(name, whole)));
    int refused = 0;
    for (int at = 0; at < whole.length; at++) {
      for (int change : new int[] {0x01, 0x80, 0xFF}) {
        byte[] damaged = whole.clone();
        damaged[at] ^= (byte) change;
        refused += refusedOrSame(file(name, damaged), expected, "byte " + at) ? 1 : 0;
      }
      assertTrue(
          refusedOrSame(file(name, Arrays.copyOf(whole, at)), expected, "cut at " + at),
          "a file cut at " + at + " was read");
    }
    byte[] longer = Arrays.copyOf(whole, whole.length + 1);
    assertEquals(gzip, refusedOrSame(file(name, longer), expected, "one byte more"));
    assertTrue(refused > whole.length, "only " + refused + " changes were refused");
  }

  /** Plain IDX has no check sum: a change may give other data, but never another failure. */
  @Test
  void damagedPlainIdxIsRefusedOrReadButNeverCrashes() throws Exception {
    byte[] whole = images();
    file("train-labels-idx1-ubyte", idx(8, new int[] {3}, new byte[] {1, 0, 2}));
    for (int at = 0; at < whole.length; at++) {
      for (int change : new int[] {0x01, 0x80, 0xFF}) {
        byte[] damaged = whole.clone();
        damaged[at] ^= (byte) change;
        Path file = file("train-images-idx3-ubyte", damaged);
        try {
          LabelledData data = LabelledFiles.read(file).training();
          assertTrue(at == 2 || at >= 8, "byte " + at + ": sizes must not change");
          assertEquals(3, data.examples());
        } catch (IllegalArgumentException e) {
          assertTrue(e.getMessage().contains(folder.toString()), e.getMessage());
        }
      }
      String message = refusal(file("train-images-idx3-ubyte", Arrays.copyOf(whole, at)));
      assertTrue(message.contains(folder.toString()), message);
    }
  }

  /** True if refused; fails unless refused with the file's name, or read as the same data. */
  private static boolean refusedOrSame(Path file, String expected, String what) {
    try {
      assertEquals(expected, text(LabelledFiles.read(file)), what);
      return false;
    } catch (IllegalArgumentException e) {
      assertTrue(e.getMessage().startsWith(file.toString()), what + ": " + e.getMessage());
      return true;
    }
  }

  private static String text(LabelledSource source) {
    return text(source.training()) + source.test().map(LabelledFilesTest::text).orElse("");
  }

  private static String text(LabelledData data) {
    StringBuilder text = new StringBuilder(Arrays.toString(data.shape()) + data.classes());
    for (int i = 0; i < data.examples(); i++) {
      text.append(data.label(i)).append(Arrays.toString(row(data, i)));
    }
    return text.toString();
  }

  @Test
  void severalMembersAndNamesOfGzipAreRead() throws Exception {
    byte[] one = gzip(new byte[] {1, 2});
    byte[] named = one.clone();
    named[3] = 8; // a name follows the header
    byte[] joined =
        ByteBuffer.allocate(one.length * 2 + 2)
            .put(one)
            .put(named, 0, 10)
            .put((byte) 'n')
            .put((byte) 0)
            .put(one, 10, one.length - 10)
            .array();
    assertArrayEquals(new byte[] {1, 2, 1, 2}, Gzip.unpack("f", joined, 100));
    assertEquals(
        "f: at byte 10: holds more than 3 bytes: must fit in this heap (cut the data, or raise"
            + " -Xmx)",
        assertThrows(
                IllegalArgumentException.class, () -> Gzip.unpack("f", gzip(new byte[5000]), 3))
            .getMessage());
    assertFalse(Gzip.claims(new byte[] {1}));
  }
}
