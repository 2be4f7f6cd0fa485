package kobai.cli;

import java.io.Console;

/**
 * The terminal behind standard error, if there is one.
 *
 * @param present whether standard error is a terminal
 * @param columns its width in characters
 */
record Terminal(boolean present, int columns) {
  private static final int USUAL_COLUMNS = 80;

  /** As the launcher found it; without the launcher, as this JVM's console tells. */
  static Terminal ofErrors() {
    String told = System.getProperty("kobai.terminal");
    Console console = System.console();
    boolean present =
        told == null ? console != null && console.isTerminal() : Boolean.parseBoolean(told);
    int columns = Integer.getInteger("kobai.columns", USUAL_COLUMNS);
    return new Terminal(present, columns > 0 ? columns : USUAL_COLUMNS);
  }
}
