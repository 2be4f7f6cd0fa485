package kobai.tasks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import kobai.data.Sequence;
import kobai.data.TextData;
import kobai.models.Loss;
import kobai.random.RandomDraws;
import kobai.random.RandomKey;

/**
 * Predicts the next character of a text. Input and target are one-hot over the symbols; the target
 * of step t is the input of step t + 1. Each row of a batch starts at a random character.
 *
 * <p>The text is put in lower case and every run of white space becomes one space. The vocabulary
 * holds the most frequent code points, most frequent first and lower code points first among
 * equals; the last symbol stands for all others.
 *
 * <p>Memory: one byte a character of the text.
 */
public final class Characters implements Task {
  /** Symbols where none are asked for: 31 characters and one for all others. */
  public static final int SYMBOLS = 32;

  private static final int BYTE_MASK = 0xFF;

  private final String name;
  private final int symbols;
  private final int[] vocabulary;
  private final byte[] encoded;

  /**
   * Encodes the text.
   *
   * @param symbols 2 to 256, the one for all others included
   * @throws IllegalArgumentException if symbols is out of range or the text has fewer than two
   *     characters
   */
  public Characters(TextData text, int symbols) {
    TaskOption.SYMBOLS.check(symbols);
    int[] characters = normalise(text.text());
    if (characters.length < 2) {
      throw new IllegalArgumentException(
          text.name()
              + ": has "
              + characters.length
              + " characters, runs of white space counted once: must have at least 2 (use a longer"
              + " text)");
    }
    this.name = "characters of " + text.name() + ", " + symbols + " symbols";
    this.symbols = symbols;
    this.vocabulary = vocabulary(characters, symbols - 1);
    this.encoded = encode(characters);
  }

  private Characters(Characters whole, int from, int to) {
    this.name = whole.name;
    this.symbols = whole.symbols;
    this.vocabulary = whole.vocabulary;
    this.encoded = Arrays.copyOfRange(whole.encoded, from, to);
  }

  /**
   * The same task on characters [from, to) of the text, with the vocabulary of all of it.
   *
   * @throws IllegalArgumentException if these are fewer than two characters
   */
  public Characters part(int from, int to) {
    if (from < 0 || to > encoded.length || to - from < 2) {
      throw new IllegalArgumentException(
          "%s: part = [%d, %d): must be at least 2 characters within [0, %d)"
              .formatted(name, from, to, encoded.length));
    }
    return new Characters(this, from, to);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int inputSize() {
    return symbols;
  }

  @Override
  public int targetSize() {
    return symbols;
  }

  @Override
  public Loss loss() {
    return Loss.SOFTMAX_CROSS_ENTROPY;
  }

  /** Number of characters of the text, white space collapsed. */
  public int characters() {
    return encoded.length;
  }

  /** What symbol {@code index} stands for, or "other". */
  public String symbol(int index) {
    return index < vocabulary.length ? Character.toString(vocabulary[index]) : "other";
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the text has no more characters than the sequence has steps
   */
  @Override
  public void fill(RandomKey key, Sequence sequence) {
    Shapes.check(this, sequence);
    Shapes.checkLength(this, sequence, encoded.length, "characters");
    sequence.clear();
    int length = sequence.length();
    float[] inputs = sequence.inputs();
    float[] targets = sequence.targets();
    for (int row = 0; row < sequence.batch(); row++) {
      int start = RandomDraws.below(key, row, 0, encoded.length - length);
      for (int t = 0; t < length; t++) {
        inputs[sequence.inputAt(t) + row * symbols + (encoded[start + t] & BYTE_MASK)] = 1f;
        targets[sequence.targetAt(t) + row * symbols + (encoded[start + t + 1] & BYTE_MASK)] = 1f;
      }
    }
  }

  private static int[] normalise(String text) {
    int[] characters = text.toLowerCase(Locale.ROOT).codePoints().toArray();
    int count = 0;
    boolean afterSpace = false;
    for (int c : characters) {
      boolean space = Character.isWhitespace(c) || Character.isSpaceChar(c);
      if (!space || !afterSpace) {
        characters[count++] = space ? ' ' : c;
      }
      afterSpace = space;
    }
    return Arrays.copyOf(characters, count);
  }

  private static int[] vocabulary(int[] characters, int most) {
    Map<Integer, Integer> counts = new HashMap<>();
    for (int c : characters) {
      counts.merge(c, 1, Integer::sum);
    }
    List<Integer> ordered = new ArrayList<>(counts.keySet());
    ordered.sort(Comparator.<Integer>comparingInt(c -> -counts.get(c)).thenComparingInt(c -> c));
    return ordered.stream().limit(most).mapToInt(Integer::intValue).toArray();
  }

  private byte[] encode(int[] characters) {
    Map<Integer, Integer> indices = new HashMap<>();
    for (int i = 0; i < vocabulary.length; i++) {
      indices.put(vocabulary[i], i);
    }
    byte[] bytes = new byte[characters.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = indices.getOrDefault(characters[i], symbols - 1).byteValue();
    }
    return bytes;
  }
}
