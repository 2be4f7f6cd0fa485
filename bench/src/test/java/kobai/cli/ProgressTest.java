package kobai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class ProgressTest {
  private static final int COLUMNS = 100;

  @Test
  void aTerminalGetsABarWithTheMessageAndTheRemainingTime() {
    String shown = shown(true, new Terminal(true, COLUMNS));
    assertTrue(shown.contains("timing"), shown);
    assertTrue(shown.contains("4/4"), shown);
    assertTrue(shown.contains("rtrl n = 64"), shown);
    assertTrue(shown.contains("100%"), shown);
    assertTrue(shown.contains("\r"), "redrawn in place: " + shown);
    assertTrue(shown.endsWith("\n"), "the next line starts at its beginning");
  }

  @Test
  void noLineIsWiderThanTheTerminal() {
    for (int columns : new int[] {20, 50, COLUMNS}) {
      for (String line : shown(true, new Terminal(true, columns)).split("[\r\n]+")) {
        assertTrue(line.length() < columns, columns + " columns: " + line);
      }
    }
  }

  @Test
  void withoutATerminalEachPhaseIsOneLine() {
    assertEquals("timing%nquality%n".formatted(), shown(true, new Terminal(false, COLUMNS)));
  }

  @Test
  void nothingIsShownWhenItIsNotWanted() {
    assertEquals("", shown(false, new Terminal(true, COLUMNS)));
    assertEquals("", shown(false, new Terminal(false, COLUMNS)));
  }

  @Test
  void aNegativeTotalIsRefused() {
    try (var progress = new Progress(System.err, true, new Terminal(false, COLUMNS))) {
      var thrown = assertThrows(IllegalArgumentException.class, () -> progress.start(-1, "timing"));
      assertEquals("total = -1: must be 0 or more", thrown.getMessage());
    }
  }

  @Test
  void theLaunchersWordOnTheTerminalIsTaken() {
    System.setProperty("kobai.terminal", "false");
    System.setProperty("kobai.columns", "120");
    try {
      assertFalse(Terminal.ofErrors().present());
      assertEquals(120, Terminal.ofErrors().columns());
      System.setProperty("kobai.terminal", "true");
      System.setProperty("kobai.columns", "0"); // what a serial line reports
      assertTrue(Terminal.ofErrors().present());
      assertEquals(80, Terminal.ofErrors().columns());
    } finally {
      System.clearProperty("kobai.terminal");
      System.clearProperty("kobai.columns");
    }
  }

  private static String shown(boolean wanted, Terminal terminal) {
    var bytes = new ByteArrayOutputStream();
    var err = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    try (var progress = new Progress(err, wanted, terminal)) {
      progress.step(1, "before any phase");
      progress.start(4, "timing");
      progress.step(1, "bptt n = 64");
      progress.step(3, "rtrl n = 64");
      progress.start(2, "quality");
      progress.step(2, "pes");
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
