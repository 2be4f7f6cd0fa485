package kobai.bench;

/** A size that a comparison can vary while the others stay at the base point. */
public enum Dimension {
  HIDDEN("hidden", "n", "hidden units n"),
  LENGTH("length", "T", "sequence length T"),
  WINDOW("window", "K", "window K"),
  PARTICLES("particles", "N", "particles N"),
  BATCH("batch", "B", "batch rows B"),
  THREADS("threads", "threads", "threads");

  private final String option;
  private final String symbol;
  private final String title;

  Dimension(String option, String symbol, String title) {
    this.option = option;
    this.symbol = symbol;
    this.title = title;
  }

  /** The option of the command line and the column of the results. */
  public String option() {
    return option;
  }

  /** The letter that reports use. */
  public String symbol() {
    return symbol;
  }

  /** The title of an axis. */
  public String title() {
    return title;
  }
}
