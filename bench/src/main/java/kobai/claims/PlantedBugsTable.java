package kobai.claims;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kobai.report.Block;
import kobai.report.Section;
import kobai.report.Table;
import kobai.report.Unit;

/**
 * What each tier is known to find: the bugs that the build plants in the estimators on purpose, as
 * the tests recorded them in {@code mutants.csv} (number, bug, algorithm, window, tier, verdict,
 * samples; no field holds a comma).
 */
final class PlantedBugsTable {
  private static final String RESOURCE = "mutants.csv";
  private static final int FIELDS = 7;

  private PlantedBugsTable() {}

  static Section section() {
    Map<String, List<String[]>> bugs = new LinkedHashMap<>();
    for (String[] row : rows()) {
      bugs.computeIfAbsent(
              row[1] + " in " + row[2] + ", window " + row[3], bug -> new ArrayList<>())
          .add(row);
    }
    Table.Builder table =
        Table.captioned("Planted bugs, and the tiers that find them")
            .text("bug")
            .text("found by")
            .text("not seen by, as expected")
            .number("estimates, at least", Unit.COUNT);
    for (Map.Entry<String, List<String[]>> bug : bugs.entrySet()) {
      double fewest = Double.POSITIVE_INFINITY;
      for (String[] row : bug.getValue()) {
        if (row[5].equals("killed")) {
          fewest = Math.min(fewest, Double.parseDouble(row[6]));
        }
      }
      table.row(
          bug.getKey(), tiers(bug.getValue(), "killed"), tiers(bug.getValue(), "not seen"), fewest);
    }
    return Section.of(
        "What these checks are known to find",
        Block.prose(
            "The build plants %d bugs in the estimators, one at a time, and fails if one of them survives the tier that must find it. A bug that is not in the list may still slip through."
                .formatted(bugs.size())),
        table.build());
  }

  private static String tiers(List<String[]> rows, String verdict) {
    List<String> tiers = new ArrayList<>();
    for (String[] row : rows) {
      if (row[5].equals(verdict)) {
        tiers.add(row[4]);
      }
    }
    return tiers.isEmpty() ? "–" : String.join(", ", tiers);
  }

  private static List<String[]> rows() {
    List<String[]> rows = new ArrayList<>();
    try (InputStream stream = PlantedBugsTable.class.getResourceAsStream(RESOURCE);
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
      reader.readLine(); // the header
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        String[] row = line.split(",", -1);
        if (row.length != FIELDS) {
          throw new IllegalStateException(RESOURCE + ": expected " + FIELDS + " fields: " + line);
        }
        rows.add(row);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return rows;
  }
}
