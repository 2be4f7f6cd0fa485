package kobai.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultTableTest {
  @TempDir Path temporary;

  private static ResultTable awkward() {
    var table = new ResultTable(List.of("algorithm", "note, with comma"));
    table.add(List.of("BPTT", "plain"), "time_per_step", new Measured(1.5e-6, 1.25e-6, 2e-6), "s");
    table.add(List.of("say \"PES\"", "two\nlines"), "memory", Measured.exactly(4096), "B");
    table.add(
        List.of("", "carriage\r\nreturn, and \"quotes\""),
        "cosine",
        Measured.exactly(Double.NaN),
        "1");
    table.add(
        List.of("x", " spaces "),
        "slope",
        new Measured(-0.0, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY),
        "1");
    table.add(List.of("third", "0.1 + 0.2"), "sum", Measured.exactly(0.1 + 0.2), "1");
    return table;
  }

  @Test
  void csvHasOneHeaderFixedColumnsAndQuotesOnlyWhereNeeded() {
    String[] lines = awkward().csv().split("\n", 3);
    assertEquals("algorithm,\"note, with comma\",metric,value,lower,upper,unit", lines[0]);
    assertEquals(
        "BPTT,plain,time_per_step,1.5E-6,1.25E-6,2.0E-6,s".replace("2.0E-6", Double.toString(2e-6)),
        lines[1]);
  }

  @Test
  void csvReadsBackToTheSameRowsAndBits() {
    ResultTable table = awkward();
    ResultTable read = ResultTable.parseCsv(table.csv());
    assertEquals(table.keys(), read.keys());
    // Records of doubles compare by bits: NaN equals NaN and −0 differs from 0.
    assertEquals(table.rows(), read.rows());
    assertEquals(table.csv(), read.csv());
  }

  @Test
  void noLocaleChangesAByte() {
    String expected = awkward().csv() + awkward().jsonLines() + Unit.SECONDS.text(1.5e-6);
    Locale before = Locale.getDefault();
    try {
      for (String tag : new String[] {"de-DE", "tr-TR", "ar-EG"}) {
        Locale.setDefault(Locale.forLanguageTag(tag));
        assertEquals(
            expected, awkward().csv() + awkward().jsonLines() + Unit.SECONDS.text(1.5e-6), tag);
      }
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void jsonLinesHoldNumbersAndNulls() {
    String[] lines = awkward().jsonLines().split("\n");
    assertEquals(
        "{\"algorithm\":\"say \\\"PES\\\"\",\"note, with comma\":\"two\\n"
            + "lines\",\"metric\":\"memory\",\"value\":4096.0,"
            + "\"lower\":null,\"upper\":null,\"unit\":\"B\"}",
        lines[1]);
    assertEquals(5, lines.length);
  }

  @Test
  void aJournalReadsBackToTheSameRows() throws IOException {
    ResultTable table = awkward();
    Path file = temporary.resolve("results.jsonl");
    try (var journal = Journal.open(file)) {
      for (ResultTable.Row row : table.rows()) {
        journal.append(row);
      }
    }
    assertEquals(table.rows(), ResultTable.fromJournal(table.keys(), Journal.read(file)).rows());
  }

  @Test
  void brokenCsvIsRefusedWithItsRow() {
    String good = awkward().csv();
    assertRefused(
        "results, row 1: header = [a]: must end in [metric, value, lower, upper, unit]", "a\n1\n");
    assertRefused(
        "results, row 1: header = []: must end in [metric, value, lower, upper, unit]", "");
    assertRefused("results, row 7: cells = 2: must be 7", good + "a,b\n");
    assertRefused("results, row 7: 'abc': must be a number or empty", good + "a,b,m,abc,,,s\n");
    assertRefused("CSV, row 7: a quote is not closed (is the file cut off?)", good + "a,\"b,m");
  }

  private static void assertRefused(String message, String csv) {
    assertEquals(
        message,
        assertThrows(IllegalArgumentException.class, () -> ResultTable.parseCsv(csv)).getMessage());
  }

  @Test
  void columnsAndRowsThatDoNotFitAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new ResultTable(List.of("a", "a")));
    assertThrows(IllegalArgumentException.class, () -> new ResultTable(List.of("value")));
    var table = new ResultTable(List.of("a"));
    assertThrows(
        IllegalArgumentException.class, () -> table.add(List.of(), "m", Measured.exactly(1), "s"));
    assertThrows(IllegalArgumentException.class, () -> new Measured(1, 3, 2));
  }

  @Test
  void rowsOfOneMetricKeepTheirOrderAndNamedKeys() {
    var table = new ResultTable(List.of("hidden"));
    table.add(List.of("64"), "time", Measured.exactly(1), "s");
    table.add(List.of("64"), "memory", Measured.exactly(2), "B");
    table.add(List.of("32"), "time", Measured.exactly(3), "s");
    assertEquals(
        List.of("64", "32"), table.rows("time").stream().map(row -> row.key("hidden")).toList());
    assertThrows(IllegalArgumentException.class, () -> table.rows().getFirst().key("hiden"));
  }
}
