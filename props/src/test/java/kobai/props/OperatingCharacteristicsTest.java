package kobai.props;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The committed operating characteristics are those of this code, and hold what is stated. */
class OperatingCharacteristicsTest {
  private static final int RUNS = 60;

  @Test
  void theCommittedRatesAreTheStatedOnes() throws IOException {
    List<String> lines = Files.readAllLines(OperatingCharacteristics.COMMITTED);
    List<OperatingCharacteristics.Row> rows = OperatingCharacteristics.rows();
    assertEquals(OperatingCharacteristics.HEADER, lines.getFirst());
    assertEquals(rows.size() + 1, lines.size());
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      OperatingCharacteristics.Measured measured = OperatingCharacteristics.parse(lines.get(i + 1));
      assertEquals(
          lines.get(i + 1),
          OperatingCharacteristics.line(rows.get(i), measured),
          "row " + i + " is another one");
      assertEquals(OperatingCharacteristics.replicates(rows.get(i)), measured.runs());
      wrong.addAll(OperatingCharacteristics.violations(rows.get(i), measured));
    }
    assertTrue(wrong.isEmpty(), () -> String.join(System.lineSeparator(), wrong));
  }

  @Test
  void aFewReplicatesOfTheTableStillHold() {
    List<String> wrong = new ArrayList<>();
    for (OperatingCharacteristics.Row row : OperatingCharacteristics.rows()) {
      if (row.name().equals("table") && row.bias() != 0.75 && row.bias() != 0.5) {
        wrong.addAll(
            OperatingCharacteristics.violations(
                row, OperatingCharacteristics.measure(row, RUNS * Suite.scale())));
      }
    }
    assertTrue(wrong.isEmpty(), () -> String.join(System.lineSeparator(), wrong));
  }

  @Test
  void theLevelsStillHold() {
    List<String> wrong = new ArrayList<>();
    for (OperatingCharacteristics.Row row : OperatingCharacteristics.rows()) {
      if (row.name().startsWith("level")
          && row.block() == 256
          && Math.min(row.alpha() + row.beta(), 1) > 5e-3) {
        wrong.addAll(
            OperatingCharacteristics.violations(
                row, OperatingCharacteristics.measure(row, 300 * Suite.scale())));
      }
    }
    assertTrue(wrong.isEmpty(), () -> String.join(System.lineSeparator(), wrong));
  }

  /**
   * The bounds can fail: a test that finds a tenth of the unbiased, or passes a fifth of the
   * biased, breaks them.
   */
  @Test
  void ratesThatAreWrongAreFound() {
    OperatingCharacteristics.Row row = OperatingCharacteristics.rows().getFirst();
    assertTrue(
        OperatingCharacteristics.violations(
                row, new OperatingCharacteristics.Measured(240, 240, 0, 0, 27_000, 0))
            .isEmpty());
    assertFalse(
        OperatingCharacteristics.violations(
                row, new OperatingCharacteristics.Measured(240, 190, 50, 0, 27_000, 0))
            .isEmpty());
    assertFalse(
        OperatingCharacteristics.violations(
                row, new OperatingCharacteristics.Measured(240, 240, 0, 0, 54_000, 0))
            .isEmpty());
    OperatingCharacteristics.Row beta = OperatingCharacteristics.rows().getLast();
    assertFalse(
        OperatingCharacteristics.violations(
                beta, new OperatingCharacteristics.Measured(300, 30, 270, 0, 9_000, 0))
            .isEmpty());
  }
}
