package kobai.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeriesDataTest {
  @TempDir private Path folder;

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("series.csv"), text);
  }

  private SeriesData read(String text) throws IOException {
    return SeriesData.read(file(text));
  }

  private String refusal(String text) throws IOException {
    Path file = file(text);
    String message =
        assertThrows(IllegalArgumentException.class, () -> SeriesData.read(file)).getMessage();
    assertTrue(message.startsWith(file + ":"), message);
    return message.substring(file.toString().length() + 1);
  }

  static double[][] rows(SeriesData data) {
    double[][] rows = new double[data.rows()][data.columns()];
    for (int row = 0; row < rows.length; row++) {
      for (int column = 0; column < data.columns(); column++) {
        rows[row][column] = data.at(row, column);
      }
    }
    return rows;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1,2.5,-3\n4,5e2,.6\n",
        "1;2.5;-3\n4;5e2;.6\n",
        "1\t2.5\t-3\n4\t5e2\t.6\n",
        "1 2.5 -3\n4 5e2 .6\n",
        "1,2.5,-3\r\n4,5e2,.6\r\n",
        "1,2.5,-3\r4,5e2,.6\r",
        "1,2.5,-3\n4,5e2,.6",
        "\uFEFF1,2.5,-3\n4,5e2,.6\n",
        "  1 ,  2.5 , -3 \n4,\t5e2,.6\n",
        "  1   2.5  -3  \n 4  5E+2 0.6 \n",
        "\"1\",\"2.5\",\"-3\"\n\"4\",\"5e2\",\".6\"\n",
        "# comment, with 1, 2\n1,2.5,-3\n#\n4,5e2,.6\n# end\n",
        "\n\n1,2.5,-3\n4,5e2,.6\n\n  \n",
      })
  void readsNumbersInEveryUsualDress(String text) throws Exception {
    SeriesData data = read(text);
    assertArrayEquals(new double[][] {{1, 2.5, -3}, {4, 500, 0.6}}, rows(data));
    assertEquals(List.of(), data.header());
    assertEquals("column 2", data.columnName(1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "time,\"speed, mean\"\n1,2\n3,4\n",
        "time;speed, mean\n1;2\n3;4\n",
        "\uFEFFtime\tspeed, mean\r\n1\t2\r\n3\t4\r\n",
      })
  void takesAFirstLineWithoutNumbersAsTheHeader(String text) throws Exception {
    SeriesData data = read(text);
    assertEquals(List.of("time", "speed, mean"), data.header());
    assertArrayEquals(new double[][] {{1, 2}, {3, 4}}, rows(data));
    assertEquals("column 2 (speed, mean)", data.columnName(1));
  }

  @Test
  void readsOneColumnUnderANameOfTwoWords() throws Exception {
    // The separator follows from the row of numbers, not from the header: split at spaces that
    // would have two fields.
    SeriesData data = read("room temperature\n1\n2\n");
    assertArrayEquals(new double[][] {{1}, {2}}, rows(data));
    assertEquals(List.of("room temperature"), data.header());
  }

  @Test
  void readsManyRowsAndColumns() throws Exception {
    int rows = 300;
    int columns = 1100; // more than the array's first size in one row
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < rows * columns; i++) {
      text.append(i).append(i % columns == columns - 1 ? '\n' : ',');
    }
    SeriesData data = read(text.toString());
    assertEquals(rows, data.rows());
    assertEquals(columns, data.columns());
    for (int i = 0; i < rows * columns; i++) {
      assertEquals(i, data.at(i / columns, i % columns));
    }
  }

  @Test
  void doesNotDependOnTheLocale() throws Exception {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
      assertArrayEquals(new double[][] {{1.5}, {2}}, rows(read("1.5\n2\n")));
      assertEquals(
          "3: has 1 fields: must have 2, as the lines above (separator: ',')",
          refusal("1,2\n3,4\n5\n"));
      Locale.setDefault(Locale.GERMANY);
      assertArrayEquals(new double[][] {{1.5}, {2}}, rows(read("1.5\n2\n")));
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void refusesRaggedRowsNamingTheLine() throws Exception {
    assertEquals(
        "3: has 3 fields: must have 2, as the lines above (separator: ',')",
        refusal("1,2\n3,4\n5,6,7\n"));
    assertEquals(
        "2: has 1 fields: must have 2, as the lines above (separator: tab)", refusal("1\t2\n3\n"));
    assertEquals(
        "2: has 3 fields: must have 2, as the lines above (separator: ',')",
        refusal("a,b\n1,2,3\n"));
    assertEquals(
        "4: has 2 fields: must have 3, as the lines above (separator: space)",
        refusal("# x\n1 2 3\n4 5 6\n7 8\n"));
  }

  @Test
  void refusesAnEmptyLineBetweenRows() throws Exception {
    assertEquals(
        "2: is empty: must be a row of 2 fields (remove the empty line)", refusal("1,2\n\n3,4\n"));
  }

  @Test
  void refusesWhatIsNoNumberNamingLineAndColumn() throws Exception {
    String advice = ": must be a number (with a decimal point; a header line holds no numbers)";
    assertEquals("2:5: 'abc'" + advice, refusal("1,2\n 3, abc\n"));
    assertEquals("1:3: 'x'" + advice, refusal("1,x\n2,3\n")); // no header: it holds a number
    assertEquals("2:1: 'b'" + advice, refusal("a\nb\n1\n")); // one header line, not two
    assertEquals("1:1: '1,5'" + advice, refusal("1,5;2,5\n3;4\n")); // decimal commas, no header
    for (String number :
        new String[] {"1f", "2d", "0x10", "0x1p3", "--1", "1e", "1 2", "NA", "٣"}) {
      assertEquals("2:3: '" + number + "'" + advice, refusal("1,2\n3," + number + "\n"));
    }
  }

  @Test
  void refusesAMissingValueNamingLineAndColumn() throws Exception {
    String advice = ": must be a number (fill the value in or remove the row)";
    assertEquals("2:3: field 2 is empty" + advice, refusal("1,2,3\n4,,6\n"));
    assertEquals("1:5: field 3 is empty" + advice, refusal("1,2,\n"));
    assertEquals("1:1: field 1 is empty" + advice, refusal(",\n1,2\n"));
    assertEquals("2:1: field 1 is empty" + advice, refusal("1\t2\n\t3\n"));
    assertEquals("2:3: field 2 is empty" + advice, refusal("1,2\n3,\"\"\n"));
  }

  @Test
  void refusesWhatIsNotFiniteNamingRowAndColumn() throws Exception {
    String advice = ": must be finite (remove the row or fill the value in)";
    assertEquals("4:3: row 3, column 2 (b) = NaN" + advice, refusal("a,b\n1,2\n3,4\n5,NaN\n"));
    assertEquals("1:1: row 1, column 1 = nan" + advice, refusal("nan,2\n"));
    assertEquals("2:4: row 2, column 2 = -Infinity" + advice, refusal("1;2\n3; -Infinity\n"));
    assertEquals("2:1: row 2, column 1 = inf" + advice, refusal("1\ninf\n"));
    assertEquals("2:1: row 2, column 1 = 1e999" + advice, refusal("1\n1e999\n"));
  }

  @Test
  void refusesAFileOfAHeaderOnly() throws Exception {
    assertEquals(
        " holds a header in line 2 and no rows: must hold numbers below it",
        refusal("# generated\ntime,speed\n"));
  }

  @Test
  void refusesAFileWithoutRows() throws Exception {
    assertEquals(" holds no rows: must hold numbers (one row a line)", refusal("\n# nothing\n"));
    assertEquals(" is empty: must hold data", refusal(""));
  }

  @Test
  void refusesBytesThatAreNotUtf8() throws Exception {
    Path file =
        Files.write(
            folder.resolve("t.csv"), "1,2\n3,\u00e9\n".getBytes(StandardCharsets.ISO_8859_1));
    String message =
        assertThrows(IllegalArgumentException.class, () -> SeriesData.read(file)).getMessage();
    assertTrue(message.startsWith(file + ":2:3: byte 0xE9 at offset 6 is not UTF-8"), message);
  }

  @Test
  void refusesAFolderAndAMissingFile() {
    assertEquals(
        folder + ": is a folder: must be a file (name one of the files in it)",
        assertThrows(IllegalArgumentException.class, () -> SeriesData.read(folder)).getMessage());
    Path missing = folder.resolve("missing.npy");
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> SeriesData.read(missing))
            .getMessage()
            .startsWith(missing + ": does not exist: must be a file"));
  }

  @Test
  void checksWhatItIsMadeOf() {
    List<String> none = List.of();
    assertRefused("s: has 0 rows and 1 columns: must have at least one of each", none, 0, 1);
    assertRefused("s: values: expected 2 × 2 numbers, got 3", none, 2, 2, 1, 2, 3);
    assertRefused("s: header: expected 2 names or none, got 1", List.of("a"), 1, 2, 1, 2);
    assertRefused(
        "s: row 2, column 1 (a) = NaN: must be finite (remove the row or fill the value in)",
        List.of("a", "b"),
        2,
        2,
        1,
        2,
        Double.NaN,
        4);
  }

  private static void assertRefused(
      String message, List<String> header, int rows, int columns, double... values) {
    assertEquals(
        message,
        assertThrows(
                IllegalArgumentException.class,
                () -> new SeriesData("s", header, rows, columns, values))
            .getMessage());
  }
}
