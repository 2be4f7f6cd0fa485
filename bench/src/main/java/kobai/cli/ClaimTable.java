package kobai.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import kobai.claims.ClaimCell;
import kobai.claims.ClaimObserver;
import kobai.claims.ClaimOutcome;
import kobai.claims.Refusal;
import kobai.verify.ReferenceNetwork;
import kobai.verify.Tier;

/**
 * Shows checks while they run: on one network a table with one row a claim and one column a tier,
 * on several one with a row an algorithm and a column a network. On a terminal the table is drawn
 * again at every change, or a line in its place where the table is long; otherwise every check that
 * has ended is a line. Safe for use by several threads.
 */
final class ClaimTable implements ClaimObserver {
  private static final String UP = "\u001b[%dA";
  private static final String CLEAR = "\u001b[K";
  private static final int GAP = 2;

  // A table longer than a usual terminal cannot be drawn again in its place.
  private static final int MOST_LINES = 22;

  private static final int LEGEND_COLUMNS = 78;

  private enum State {
    FAIL("FAIL"),
    OPEN("open"),
    RUNS("runs"),
    WAITS("waits"),
    PASS("pass");

    private final String word;

    State(String word) {
      this.word = word;
    }
  }

  private record Column(String head, String words) {}

  private final Map<ClaimCell, State> states = new LinkedHashMap<>();
  private final Map<String, Map<Column, List<ClaimCell>>> rows = new LinkedHashMap<>();
  private final Set<Column> columns = new LinkedHashSet<>();
  private final Map<String, Set<Column>> refused = new LinkedHashMap<>();
  private final PrintStream err;
  private final boolean wanted;
  private final boolean matrix;
  private final Terminal terminal;
  private boolean drawn;
  private int ended;

  /** Reports to standard error if {@code wanted}. */
  ClaimTable(List<ClaimCell> cells, List<Refusal> refusals, boolean wanted) {
    this(cells, refusals, System.err, wanted, Terminal.ofErrors());
  }

  ClaimTable(
      List<ClaimCell> cells,
      List<Refusal> refusals,
      PrintStream err,
      boolean wanted,
      Terminal terminal) {
    this.err = err;
    this.wanted = wanted;
    this.terminal = terminal;
    Set<ReferenceNetwork> networks = new LinkedHashSet<>();
    for (ReferenceNetwork model : ReferenceNetwork.values()) {
      if (cells.stream().anyMatch(cell -> cell.model() == model)) {
        networks.add(model);
      }
    }
    matrix = networks.size() > 1;
    if (matrix) {
      networks.forEach(model -> columns.add(column(model)));
    } else {
      for (Tier tier : Tier.values()) {
        if (cells.stream().anyMatch(cell -> cell.tier() == tier)) {
          columns.add(new Column(tier.code(), tier.words()));
        }
      }
    }
    for (ClaimCell cell : cells) {
      states.put(cell, State.WAITS);
      rows.computeIfAbsent(
              matrix ? Names.of(cell.algorithm()) : cell.claim(), row -> new LinkedHashMap<>())
          .computeIfAbsent(
              matrix ? column(cell.model()) : new Column(cell.tier().code(), cell.tier().words()),
              column -> new ArrayList<>())
          .add(cell);
    }
    for (Refusal refusal : refusals) {
      if (networks.contains(refusal.model())) {
        refused
            .computeIfAbsent(Names.of(refusal.algorithm()), row -> new LinkedHashSet<>())
            .add(column(refusal.model()));
      }
    }
  }

  /** A letter stands for a network, so that many fit a line. */
  private static Column column(ReferenceNetwork model) {
    return new Column(String.valueOf((char) ('A' + model.ordinal())), Names.of(model));
  }

  @Override
  public synchronized void started(ClaimCell cell) {
    states.put(cell, State.RUNS);
    draw();
  }

  @Override
  public synchronized void ended(ClaimOutcome outcome) {
    ended++;
    State state =
        switch (outcome.status()) {
          case PASSED, NO_BIAS -> State.PASS;
          case FAILED -> State.FAIL;
          case UNDECIDED -> State.OPEN;
        };
    states.put(outcome.cell(), state);
    if (wanted && !terminal.present()) {
      err.printf(
          Locale.ROOT,
          "%d/%d %s: %s, %.2f s%n",
          ended,
          states.size(),
          outcome.cell().describe(),
          state.word,
          outcome.seconds());
    }
    draw();
  }

  private void draw() {
    if (!wanted || !terminal.present()) {
      return;
    }
    List<String> lines = lines();
    if (lines.size() > MOST_LINES) {
      lines = List.of(progress());
    }
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

  private String progress() {
    long bad =
        states.values().stream()
            .filter(state -> state == State.FAIL || state == State.OPEN)
            .count();
    List<String> running = new ArrayList<>();
    states.forEach(
        (cell, state) -> {
          if (state == State.RUNS) {
            running.add(cell.describe());
          }
        });
    return "%d of %d checks, %d not passed; %s"
        .formatted(ended, states.size(), bad, String.join("; ", running));
  }

  /** Whether the table stands on the terminal. */
  synchronized boolean shown() {
    return drawn && lines().size() <= MOST_LINES;
  }

  /** Prints the table as it is now. */
  synchronized void print(PrintWriter out) {
    lines().forEach(out::println);
  }

  private List<String> lines() {
    int first = rows.keySet().stream().mapToInt(String::length).max().orElse(0);
    List<String> lines = new ArrayList<>();
    StringBuilder heads = new StringBuilder(" ".repeat(first));
    StringBuilder words = new StringBuilder(" ".repeat(first));
    for (Column column : columns) {
      heads.append(padded(column.head, column));
      words.append(padded(column.words, column));
    }
    if (matrix) {
      lines.addAll(legend());
      lines.add(heads.toString().stripTrailing());
    } else {
      lines.add(heads.toString().stripTrailing());
      lines.add(words.toString().stripTrailing());
    }
    rows.forEach(
        (name, cells) -> {
          StringBuilder line = new StringBuilder(name).append(" ".repeat(first - name.length()));
          for (Column column : columns) {
            line.append(padded(word(name, column, cells), column));
          }
          lines.add(line.toString().stripTrailing());
        });
    return lines;
  }

  private String word(String row, Column column, Map<Column, List<ClaimCell>> cells) {
    if (refused.getOrDefault(row, Set.of()).contains(column)) {
      return "n/a";
    }
    return cells.getOrDefault(column, List.of()).stream()
        .map(states::get)
        .min(State::compareTo)
        .map(state -> state.word)
        .orElse("\u2013");
  }

  private List<String> legend() {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (Column column : columns) {
      String entry = column.head + " " + column.words;
      if (line.length() + GAP + entry.length() > LEGEND_COLUMNS) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ".repeat(GAP)).append(entry);
    }
    lines.add(line.toString());
    return lines;
  }

  private String padded(String text, Column column) {
    int width = Math.max(matrix ? 1 : column.words.length(), State.WAITS.word.length());
    return " ".repeat(GAP) + text + " ".repeat(Math.max(0, width - text.length()));
  }
}
