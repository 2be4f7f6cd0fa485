package kobai.launch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class WarningFilterTest {
  private static final String WARNING = "WARNING: Using incubator modules: jdk.incubator.vector\n";

  @Test
  void theWarningIsDroppedWhereverTheChunksEnd() throws IOException {
    byte[] text = ("before\n" + WARNING + "\rafter").getBytes(StandardCharsets.UTF_8);
    for (int size = 1; size <= text.length; size++) {
      assertEquals("before\n\rafter", filtered(new Chunks(text, size)), "chunks of " + size);
    }
  }

  @Test
  void onlyTheFirstSuchLineIsDropped() throws IOException {
    assertEquals(WARNING, filtered(WARNING + WARNING));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "WARN",
        "WARNING: Using",
        "WARNING: Using incubatOR\nWARNING: U\n",
        "a WARNING: Using incubator modules: x\n",
        "WWARNING: Using incubator modules: x\n",
        "\n\n\r 10 %\r 20 %"
      })
  void everythingElseIsCopied(String text) throws IOException {
    assertEquals(text, filtered(text));
  }

  @Test
  void bytesThatAreNoTextAreCopied() throws IOException {
    byte[] bytes = new byte[20_000]; // more than one chunk
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (31 * i);
    }
    var out = new ByteArrayOutputStream();
    new WarningFilter(out).copy(new ByteArrayInputStream(bytes));
    assertArrayEquals(bytes, out.toByteArray());
  }

  @Test
  void aProgressLineWithoutEndShowsAtOnce() throws IOException {
    var out = new ByteArrayOutputStream();
    var in =
        new InputStream() {
          private int calls;

          @Override
          public int read() {
            throw new AssertionError("read byte by byte");
          }

          @Override
          public int read(byte[] chunk, int at, int length) {
            if (calls++ > 0) {
              assertEquals(
                  "\r 10 %", out.toString(StandardCharsets.UTF_8), "shown before the next read");
              return -1;
            }
            byte[] text = "\r 10 %".getBytes(StandardCharsets.UTF_8);
            System.arraycopy(text, 0, chunk, at, text.length);
            return text.length;
          }
        };
    new WarningFilter(out).copy(in);
    assertEquals(2, in.calls);
  }

  private static String filtered(String text) throws IOException {
    return filtered(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static String filtered(InputStream in) throws IOException {
    var out = new ByteArrayOutputStream();
    new WarningFilter(out).copy(in);
    return out.toString(StandardCharsets.UTF_8);
  }

  /** Hands out at most so many bytes a read. */
  private static final class Chunks extends ByteArrayInputStream {
    private final int size;

    Chunks(byte[] bytes, int size) {
      super(bytes);
      this.size = size;
    }

    @Override
    public synchronized int read(byte[] chunk, int at, int length) {
      return super.read(chunk, at, Math.min(length, size));
    }
  }
}
