package kobai.cli;

import java.io.PrintStream;
import java.nio.charset.Charset;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Shows on standard error how far a long command is and when it will end. On a terminal a bar with
 * elapsed and remaining time, otherwise one line for each phase; nothing at all when it is not
 * wanted.
 *
 * <pre>{@code
 * try (var progress = new Progress(!noProgress)) {
 *   progress.start(plan.seconds(), "timing");
 *   progress.step(benchmark.seconds(), benchmark.name());
 * }
 * }</pre>
 *
 * The units of a phase are the caller's choice; estimated seconds give the best forecast. Safe for
 * use by several threads. Standard output is never touched.
 */
public final class Progress implements AutoCloseable {
  private static final int REFRESH_MILLIS = 500;
  private static final int MARGIN =
      1; // a line that fills the last column would wrap on some terminals

  private final PrintStream err;
  private final boolean wanted;
  private final Terminal terminal;
  private ProgressBar bar; // null between phases and where no bar is shown

  /** Reports to standard error if {@code wanted}. */
  public Progress(boolean wanted) {
    this(System.err, wanted, Terminal.ofErrors());
  }

  Progress(PrintStream err, boolean wanted, Terminal terminal) {
    this.err = err;
    this.wanted = wanted;
    this.terminal = terminal;
  }

  /** Begins a phase of {@code total} units, ending the one before. */
  public synchronized void start(long total, String title) {
    if (total < 0) {
      throw new IllegalArgumentException("total = " + total + ": must be 0 or more");
    }
    close();
    if (!wanted) {
      return;
    }
    if (!terminal.present()) {
      err.println(title);
      return;
    }
    bar =
        ProgressBar.builder()
            .setTaskName(title)
            .setInitialMax(total)
            .setUpdateIntervalMillis(REFRESH_MILLIS)
            .setStyle(unicode() ? ProgressBarStyle.UNICODE_BLOCK : ProgressBarStyle.ASCII)
            // Not the library's console: that looks for a terminal by native code, and forgets to
            // end the line of a
            // phase that is over before its first refresh.
            .setConsumer(new DelegatingProgressBarConsumer(this::draw, terminal.columns() - MARGIN))
            .build();
  }

  private void draw(String line) {
    int end =
        line.offsetByCodePoints(
            0, Math.min(line.codePointCount(0, line.length()), terminal.columns() - MARGIN));
    err.print("\r" + line.substring(0, end));
    err.flush();
  }

  /** Moves on by {@code n} units and says what is being done now. */
  public synchronized void step(long n, String message) {
    if (bar != null) {
      bar.setExtraMessage(" " + message);
      bar.stepBy(n);
    }
  }

  /** Ends the phase and leaves the cursor on a fresh line. */
  @Override
  public synchronized void close() {
    if (bar != null) {
      bar.close(); // draws a last time
      bar = null;
      err.println();
    }
  }

  private static boolean unicode() {
    String encoding = System.getProperty("stderr.encoding", Charset.defaultCharset().name());
    return encoding.toUpperCase(java.util.Locale.ROOT).startsWith("UTF");
  }
}
