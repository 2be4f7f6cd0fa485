package kobai.tasks;

import java.util.Locale;

/** A whole number that shapes a task, with its range. */
public enum TaskOption {
  SYMBOLS(2, 256, "distinct symbols: characters and one for all others, or symbols to copy"),
  PATTERN(1, 100_000, "symbols to copy in one go"),
  DELAY(0, 1_000_000, "blank steps between a pattern and the signal to recall it"),
  NEAR_LAG(1, 1_000_000, "steps back to the input that counts ½"),
  FAR_LAG(1, 1_000_000, "steps back to the input that counts −¼; must differ from the near lag"),
  EVERY(1, 10_000, "integration steps from one input to the next");

  private final int least;
  private final int most;
  private final String description;

  TaskOption(int least, int most, String description) {
    this.least = least;
    this.most = most;
    this.description = description;
  }

  /** The name on the command line: lower case, hyphens. */
  public String commandName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** What it sets, in a few words. */
  public String description() {
    return description;
  }

  /** The smallest value allowed. */
  public int least() {
    return least;
  }

  /** The largest value allowed. */
  public int most() {
    return most;
  }

  /** Returns {@code value} or throws if it is out of range. */
  int check(int value) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          commandName()
              + " = "
              + value
              + ": must be from "
              + least
              + " to "
              + most
              + " ("
              + description
              + ")");
    }
    return value;
  }
}
