package kobai.tasks;

import kobai.data.Sequence;
import kobai.models.Loss;
import kobai.random.RandomDraws;
import kobai.random.RandomKey;

/**
 * Repeats a pattern of random symbols after a delay. With S symbols, a pattern of L and a delay of
 * D, one episode takes 2L + D + 1 steps:
 *
 * <pre>
 * step      0 … L−1        L … L+D−1   L+D   L+D+1 … 2L+D
 * input     the pattern    blank       go    blank
 * target    none           none        none  the pattern
 * </pre>
 *
 * Inputs are one-hot over S + 2 (symbols, blank, go), targets one-hot over S; a row of no target is
 * zero and does not count. Each symbol is recalled L + D + 1 steps after it was shown.
 *
 * <p>Episodes follow one another and end with the sequence. Where its length is no multiple of 2L +
 * D + 1, the first episode lacks its beginning, and there is no target for a symbol that was not
 * shown. A length of L + D + 2 shows and recalls one symbol; shorter ones are refused.
 */
public final class Copy implements Task {
  /** Symbols where none are asked for. */
  public static final int SYMBOLS = 8;

  /** Length of a pattern where none is asked for. */
  public static final int PATTERN = 5;

  /** Delay where none is asked for. */
  public static final int DELAY = 10;

  private final int symbols;
  private final int pattern;
  private final int delay;

  /**
   * Chooses the sizes.
   *
   * @param symbols S, 2 to 256
   * @param pattern L, at least 1
   * @param delay D, at least 0
   */
  public Copy(int symbols, int pattern, int delay) {
    this.symbols = TaskOption.SYMBOLS.check(symbols);
    this.pattern = TaskOption.PATTERN.check(pattern);
    this.delay = TaskOption.DELAY.check(delay);
  }

  @Override
  public String name() {
    return "copy of " + pattern + " of " + symbols + " symbols after " + delay + " steps";
  }

  @Override
  public int inputSize() {
    return symbols + 2;
  }

  @Override
  public int targetSize() {
    return symbols;
  }

  @Override
  public Loss loss() {
    return Loss.SOFTMAX_CROSS_ENTROPY;
  }

  /** Steps of one episode: 2L + D + 1. */
  public int episode() {
    return 2 * pattern + delay + 1;
  }

  /** The shortest length with a target: L + D + 2. */
  public int shortestLength() {
    return pattern + delay + 2;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the sequence is too short to show a symbol and recall it
   */
  @Override
  public void fill(RandomKey key, Sequence sequence) {
    Shapes.check(this, sequence);
    int length = sequence.length();
    if (length < shortestLength()) {
      throw new IllegalArgumentException(
          name()
              + ": length = "
              + length
              + ": must be at least "
              + shortestLength()
              + ", to show a symbol and recall it (or use a smaller pattern or delay)");
    }
    sequence.clear();
    int blank = symbols;
    int go = symbols + 1;
    for (int row = 0; row < sequence.batch(); row++) {
      for (int t = 0; t < length; t++) {
        int step = episode() - 1 - (length - 1 - t) % episode();
        int input =
            step < pattern
                ? symbol(key, row, length - 1 - t)
                : step == pattern + delay ? go : blank;
        sequence.inputs()[sequence.inputAt(t) + row * inputSize() + input] = 1f;
        int shown = t - (pattern + delay + 1);
        if (step > pattern + delay && shown >= 0) {
          int target = symbol(key, row, length - 1 - shown);
          sequence.targets()[sequence.targetAt(t) + row * symbols + target] = 1f;
        }
      }
    }
  }

  private int symbol(RandomKey key, int row, int stepsFromEnd) {
    return RandomDraws.below(key, row, stepsFromEnd, symbols);
  }
}
