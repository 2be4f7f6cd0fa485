package kobai.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kobai.data.Sequence;
import kobai.random.RandomKey;
import org.junit.jupiter.api.Test;

class CopyTest {
  /** One character a step: a, b, c … for symbols, _ for blank, ! for go, and . for a zero row. */
  private static String written(
      float[] values, int at, int stride, int length, int size, int symbols) {
    StringBuilder text = new StringBuilder();
    for (int t = 0; t < length; t++) {
      char c = '.';
      for (int i = 0; i < size; i++) {
        if (values[at + t * stride + i] == 1) {
          c = i < symbols ? (char) ('a' + i) : i == symbols ? '_' : '!';
        }
      }
      text.append(c);
    }
    return text.toString();
  }

  private static String inputs(Sequence sequence, int row) {
    int size = sequence.inputSize();
    return written(
        sequence.inputs(),
        row * size,
        sequence.batch() * size,
        sequence.length(),
        size,
        sequence.targetSize());
  }

  private static String targets(Sequence sequence, int row) {
    int size = sequence.targetSize();
    return written(
        sequence.targets(), row * size, sequence.batch() * size, sequence.length(), size, size);
  }

  private static Sequence filled(Copy task, int length, int batch) {
    Sequence sequence = task.allocate(length, batch);
    task.fill(new RandomKey(11), sequence);
    return sequence;
  }

  @Test
  void anEpisodeIsPatternBlankGoRecall() {
    Copy task = new Copy(4, 3, 2);
    assertEquals(9, task.episode());
    Sequence sequence = filled(task, 9, 50);
    for (int row = 0; row < 50; row++) {
      String inputs = inputs(sequence, row);
      assertTrue(inputs.matches("[abcd]{3}__!___"), inputs);
      assertEquals("......" + inputs.substring(0, 3), targets(sequence, row));
    }
  }

  @Test
  void withoutADelayTheSignalFollowsThePatternAtOnce() {
    Sequence sequence = filled(new Copy(2, 2, 0), 5, 10);
    for (int row = 0; row < 10; row++) {
      String inputs = inputs(sequence, row);
      assertTrue(inputs.matches("[ab]{2}!__"), inputs);
      assertEquals("..." + inputs.substring(0, 2), targets(sequence, row));
    }
  }

  @Test
  void episodesFollowOneAnotherAndEndWithTheSequence() {
    Sequence sequence = filled(new Copy(4, 3, 2), 9 + 9 + 8, 20);
    for (int row = 0; row < 20; row++) {
      String inputs = inputs(sequence, row);
      assertTrue(inputs.matches("[abcd]{2}__!___([abcd]{3}__!___){2}"), inputs);
      assertEquals(
          // The first symbol of the first pattern was not shown, and is not asked for.
          "......"
              + inputs.substring(0, 2)
              + "......"
              + inputs.substring(8, 11)
              + "......"
              + inputs.substring(17, 20),
          targets(sequence, row));
    }
  }

  @Test
  void theShortestSequenceAsksForOneSymbol() {
    Copy task = new Copy(4, 3, 2);
    assertEquals(7, task.shortestLength());
    Sequence sequence = filled(task, 7, 1);
    assertTrue(inputs(sequence, 0).matches("[abcd]__!___"));
    assertEquals("......" + inputs(sequence, 0).charAt(0), targets(sequence, 0));
  }

  @Test
  void shorterSequencesAreRefused() {
    Copy task = new Copy(4, 3, 2);
    Sequence sequence = task.allocate(6, 1);
    assertEquals(
        "copy of 3 of 4 symbols after 2 steps: length = 6: must be at least 7, to show a symbol and"
            + " recall it (or use a smaller pattern or delay)",
        assertThrows(IllegalArgumentException.class, () -> task.fill(new RandomKey(1), sequence))
            .getMessage());
  }

  @Test
  void everySymbolIsShown() {
    Sequence sequence = filled(new Copy(256, 100, 0), 201, 100);
    int[] counts = new int[256];
    for (int at = 0; at < sequence.targets().length; at++) {
      counts[at % 256] += (int) sequence.targets()[at];
    }
    for (int count : counts) {
      assertTrue(
          count > 0); // 10⁴ draws of 256: one is missing with probability 256 exp(−39) = 3·10⁻¹⁵
    }
  }

  @Test
  void sizesOutOfRangeAreRefused() {
    assertTrue(refusal(1, 3, 2).startsWith("symbols = 1: must be from 2 to 256"));
    assertTrue(refusal(4, 0, 2).startsWith("pattern = 0: must be from 1 to 100000"));
    assertTrue(refusal(4, 3, -1).startsWith("delay = -1: must be from 0 to 1000000"));
  }

  private static String refusal(int symbols, int pattern, int delay) {
    return assertThrows(IllegalArgumentException.class, () -> new Copy(symbols, pattern, delay))
        .getMessage();
  }
}
