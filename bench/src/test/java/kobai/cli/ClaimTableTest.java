package kobai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import kobai.claims.ClaimCell;
import kobai.claims.ClaimOutcome;
import kobai.claims.Scope;
import kobai.estimators.Algorithm;
import kobai.verify.Tier;
import org.junit.jupiter.api.Test;

final class ClaimTableTest {
  private static final ClaimCell FIRST = new ClaimCell(Algorithm.ES, Scope.WHOLE, Tier.MEAN, 8);
  private static final ClaimCell SECOND =
      new ClaimCell(Algorithm.PES, Scope.WINDOWS, Tier.NOISE, 3);

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream err = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  private static ClaimOutcome outcome(ClaimCell cell, ClaimOutcome.Status status) {
    return new ClaimOutcome(cell, status, "finding", 1, 0.5, "replay", List.of(), Optional.empty());
  }

  private ClaimTable shown(boolean wanted, Terminal terminal) {
    var table = new ClaimTable(List.of(FIRST, SECOND), err, wanted, terminal);
    table.started(FIRST);
    table.ended(outcome(FIRST, ClaimOutcome.Status.PASSED));
    table.started(SECOND);
    table.ended(outcome(SECOND, ClaimOutcome.Status.FAILED));
    return table;
  }

  private String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void withoutATerminalEveryCheckThatEndsIsALine() {
    ClaimTable table = shown(true, new Terminal(false, 80));
    assertEquals(
        List.of(
            "1/2 es, whole sequence, T1 exact mean: pass, 0.50 s",
            "2/2 pes, windows, T5 noise: FAIL, 0.50 s"),
        text().lines().toList());
    assertFalse(table.shown());
    var out = new StringWriter();
    table.print(new PrintWriter(out, true));
    assertEquals(
        List.of(
            "                    T1          T5",
            "                    exact mean  noise",
            "es, whole sequence  pass        –",
            "pes, windows        –           FAIL"),
        out.toString().lines().toList());
  }

  @Test
  void onATerminalTheTableIsDrawnAgainInItsPlace() {
    ClaimTable table = shown(true, new Terminal(true, 30));
    assertTrue(table.shown());
    String[] drawings = text().split("\u001b\\[4A");
    assertEquals(4, drawings.length, "one for each change, each of four lines");
    assertTrue(drawings[0].contains("runs"), drawings[0]);
    assertTrue(drawings[1].contains("pass"), drawings[1]);
    for (String drawing : drawings) {
      for (String line : drawing.lines().toList()) {
        assertTrue(line.replace("\u001b[K", "").length() < 30, line);
      }
    }
  }

  @Test
  void nothingIsShownThatIsNotWanted() {
    shown(false, new Terminal(true, 80));
    assertEquals("", text());
  }
}
