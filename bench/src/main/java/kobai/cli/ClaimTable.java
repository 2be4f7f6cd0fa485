package kobai.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import kobai.claims.ClaimCell;
import kobai.claims.ClaimObserver;
import kobai.claims.ClaimOutcome;
import kobai.verify.Tier;

/**
 * Shows checks while they run, one row a claim and one column a tier: on a terminal a table that is
 * drawn again at every change, otherwise one line for every check that has ended. Safe for use by
 * several threads.
 */
final class ClaimTable implements ClaimObserver {
  private static final String UP = "\u001b[%dA";
  private static final String CLEAR = "\u001b[K";
  private static final int GAP = 2;

  private final Map<String, Map<Tier, String>> rows = new LinkedHashMap<>();
  private final List<Tier> columns = new ArrayList<>();
  private final PrintStream err;
  private final boolean wanted;
  private final Terminal terminal;
  private final int checks;
  private final Map<String, Integer> widths = new HashMap<>();
  private boolean drawn;
  private int ended;

  /** Reports to standard error if {@code wanted}. */
  ClaimTable(List<ClaimCell> cells, boolean wanted) {
    this(cells, System.err, wanted, Terminal.ofErrors());
  }

  ClaimTable(List<ClaimCell> cells, PrintStream err, boolean wanted, Terminal terminal) {
    this.err = err;
    this.wanted = wanted;
    this.terminal = terminal;
    checks = cells.size();
    for (Tier tier : Tier.values()) {
      if (cells.stream().anyMatch(cell -> cell.tier() == tier)) {
        columns.add(tier);
      }
    }
    for (ClaimCell cell : cells) {
      rows.computeIfAbsent(cell.claim(), claim -> new HashMap<>()).put(cell.tier(), "waits");
    }
  }

  @Override
  public synchronized void started(ClaimCell cell) {
    rows.get(cell.claim()).put(cell.tier(), "runs");
    draw();
  }

  @Override
  public synchronized void ended(ClaimOutcome outcome) {
    ended++;
    rows.get(outcome.cell().claim()).put(outcome.cell().tier(), word(outcome.status()));
    if (wanted && !terminal.present()) {
      err.printf(
          Locale.ROOT,
          "%d/%d %s: %s, %.2f s%n",
          ended,
          checks,
          outcome.cell().describe(),
          word(outcome.status()),
          outcome.seconds());
    }
    draw();
  }

  private static String word(ClaimOutcome.Status status) {
    return switch (status) {
      case PASSED -> "pass";
      case FAILED -> "FAIL";
      case UNDECIDED -> "open";
    };
  }

  private void draw() {
    if (!wanted || !terminal.present()) {
      return;
    }
    List<String> lines = lines();
    StringBuilder text = new StringBuilder();
    if (drawn) {
      text.append(UP.formatted(lines.size()));
    }
    for (String line : lines) {
      // A line that wraps would take two, and the next drawing would begin one too low.
      int end = Math.min(line.length(), terminal.columns() - 1);
      text.append(line, 0, end).append(CLEAR).append(System.lineSeparator());
    }
    drawn = true;
    err.print(text);
    err.flush();
  }

  /** Whether the table stands on the terminal. */
  synchronized boolean shown() {
    return drawn;
  }

  /** Prints the table as it is now. */
  synchronized void print(PrintWriter out) {
    lines().forEach(out::println);
  }

  private List<String> lines() {
    int first = rows.keySet().stream().mapToInt(String::length).max().orElse(0);
    List<String> lines = new ArrayList<>();
    StringBuilder codes = new StringBuilder(" ".repeat(first));
    for (Tier tier : columns) {
      codes.append(cell(tier.code(), tier));
    }
    StringBuilder words = new StringBuilder(" ".repeat(first));
    for (Tier tier : columns) {
      words.append(cell(tier.words(), tier));
    }
    lines.add(codes.toString().stripTrailing());
    lines.add(words.toString().stripTrailing());
    rows.forEach(
        (claim, cells) -> {
          StringBuilder line = new StringBuilder(claim).append(" ".repeat(first - claim.length()));
          for (Tier tier : columns) {
            line.append(cell(cells.getOrDefault(tier, "\u2013"), tier));
          }
          lines.add(line.toString().stripTrailing());
        });
    return lines;
  }

  private String cell(String text, Tier tier) {
    int width =
        widths.computeIfAbsent(
            tier.name(), name -> Math.max(tier.words().length(), "waits".length()));
    return " ".repeat(GAP) + text + " ".repeat(Math.max(0, width - text.length()));
  }
}
