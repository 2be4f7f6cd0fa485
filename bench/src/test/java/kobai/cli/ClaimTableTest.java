package kobai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import kobai.claims.ClaimCell;
import kobai.claims.ClaimOutcome;
import kobai.claims.Refusal;
import kobai.claims.Scope;
import kobai.estimators.Algorithm;
import kobai.verify.ReferenceNetwork;
import kobai.verify.Tier;
import org.junit.jupiter.api.Test;

final class ClaimTableTest {
  private static final ClaimCell FIRST =
      cell(Algorithm.ES, ReferenceNetwork.LEAKY_RNN, Scope.WHOLE, Tier.MEAN);
  private static final ClaimCell SECOND =
      cell(Algorithm.PES, ReferenceNetwork.LEAKY_RNN, Scope.WINDOWS, Tier.NOISE);

  private static ClaimCell cell(
      Algorithm algorithm, ReferenceNetwork model, Scope scope, Tier tier) {
    return new ClaimCell(algorithm, model, scope, tier, 3, 0.05);
  }

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream err = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  private static ClaimOutcome outcome(ClaimCell cell, ClaimOutcome.Status status) {
    return new ClaimOutcome(cell, status, "finding", 1, 0.5, "replay", List.of(), Optional.empty());
  }

  private ClaimTable shown(boolean wanted, Terminal terminal) {
    var table = new ClaimTable(List.of(FIRST, SECOND), List.of(), err, wanted, terminal);
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
  void severalNetworksMakeAMatrixOfAlgorithms() {
    ClaimCell lru = cell(Algorithm.ES, ReferenceNetwork.LRU, Scope.WHOLE, Tier.MEAN);
    var table =
        new ClaimTable(
            List.of(FIRST, lru, SECOND),
            List.of(new Refusal(Algorithm.PES, ReferenceNetwork.LRU, "no")),
            err,
            true,
            new Terminal(false, 80));
    table.ended(outcome(FIRST, ClaimOutcome.Status.PASSED));
    table.ended(outcome(lru, ClaimOutcome.Status.UNDECIDED));
    var out = new StringWriter();
    table.print(new PrintWriter(out, true));
    String letter = String.valueOf((char) ('A' + ReferenceNetwork.LRU.ordinal()));
    assertEquals(
        List.of(
            "A leaky-rnn  " + letter + " lru",
            "     A      " + letter,
            "es   pass   open",
            "pes  waits  n/a"),
        out.toString().lines().toList());
  }

  @Test
  void aTableLongerThanATerminalIsALine() {
    List<ClaimCell> cells = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      cells.add(
          new ClaimCell(Algorithm.ES, ReferenceNetwork.LEAKY_RNN, Scope.WHOLE, Tier.MEAN, i, 0.05));
      cells.add(new ClaimCell(Algorithm.ES, ReferenceNetwork.LRU, Scope.WHOLE, Tier.MEAN, i, 0.05));
    }
    for (Algorithm algorithm : Algorithm.values()) {
      for (Scope scope : Scope.values()) {
        cells.add(cell(algorithm, ReferenceNetwork.LEAKY_RNN, scope, Tier.NOISE));
      }
    }
    var single = cells.stream().filter(cell -> cell.model() == ReferenceNetwork.LEAKY_RNN).toList();
    var table = new ClaimTable(single, List.of(), err, true, new Terminal(true, 60));
    table.started(single.getFirst());
    table.ended(outcome(single.getFirst(), ClaimOutcome.Status.FAILED));
    assertFalse(table.shown(), "the table itself is printed at the end");
    String[] drawings = text().split("\u001b\\[1A");
    assertEquals(2, drawings.length, text());
    assertTrue(
        drawings[1].startsWith("1 of " + single.size() + " checks, 1 not passed"), drawings[1]);
  }

  @Test
  void nothingIsShownThatIsNotWanted() {
    shown(false, new Terminal(true, 80));
    assertEquals("", text());
  }
}
