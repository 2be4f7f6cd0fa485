package kobai.launch;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Copies bytes as they come and leaves out the first line that announces incubator modules: no flag
 * of the JVM silences it. A byte is held back only while it may belong to that line, so a progress
 * bar redrawn by a carriage return shows at once.
 */
final class WarningFilter {
  private static final byte[] LINE =
      "WARNING: Using incubator modules".getBytes(StandardCharsets.US_ASCII);

  private final OutputStream out;
  private int matched; // bytes of LINE seen since the line's start; −1: this line is something else
  private boolean dropping; // inside the unwanted line
  private boolean done; // the unwanted line has passed

  /** Writes to {@code out}, which is flushed after every chunk. */
  WarningFilter(OutputStream out) {
    this.out = out;
  }

  /** Copies until the end of the input. */
  void copy(InputStream in) throws IOException {
    byte[] chunk = new byte[8192];
    for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
      write(chunk, count);
      out.flush();
    }
    release();
    out.flush();
  }

  private void write(byte[] chunk, int count) throws IOException {
    int from = 0;
    while (from < count && !done) {
      step(chunk[from++]);
    }
    out.write(chunk, from, count - from);
  }

  private void step(byte b) throws IOException {
    if (dropping) {
      done = b == '\n';
      return;
    }
    if (matched >= 0 && b == LINE[matched]) {
      matched++;
      if (matched == LINE.length) {
        dropping = true;
        matched = 0;
      }
      return;
    }
    release();
    out.write(b);
    matched = b == '\n' ? 0 : -1;
  }

  /** Writes what was held back. */
  private void release() throws IOException {
    if (matched > 0) {
      out.write(LINE, 0, matched);
      matched = -1;
    }
  }
}
