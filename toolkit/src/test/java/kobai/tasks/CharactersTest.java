package kobai.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import kobai.data.Sequence;
import kobai.data.TextData;
import kobai.random.RandomKey;
import org.junit.jupiter.api.Test;

class CharactersTest {
  private static Characters of(String text, int symbols) {
    return new Characters(new TextData("own.txt", text), symbols);
  }

  /**
   * The symbols of one row, the last target included, written out; # for the symbol of all others.
   */
  private static String decoded(Characters task, Sequence sequence, int row) {
    StringBuilder text = new StringBuilder();
    int size = task.inputSize();
    for (int t = 0; t <= sequence.length(); t++) {
      boolean last = t == sequence.length();
      float[] values = last ? sequence.targets() : sequence.inputs();
      int at = (last ? sequence.targetAt(t - 1) : sequence.inputAt(t)) + row * size;
      for (int i = 0; i < size; i++) {
        if (values[at + i] == 1) {
          text.append(task.symbol(i).equals("other") ? "#" : task.symbol(i));
        }
      }
    }
    return text.toString();
  }

  @Test
  void aTextOfOneMoreThanTheLengthIsReadWhole() {
    Characters task = of("Hello  World\n", 32);
    assertEquals(12, task.characters());
    Sequence sequence = task.allocate(11, 2);
    task.fill(new RandomKey(1), sequence);
    assertEquals("hello world ", decoded(task, sequence, 0));
    assertEquals("hello world ", decoded(task, sequence, 1));
  }

  @Test
  void theMostFrequentCharactersComeFirstAndLowerCodePointsAmongEquals() {
    Characters task = of("ccc bb aa d", 5); // c 3, space 3, a 2, b 2; d is left for the others
    assertEquals(" ", task.symbol(0));
    assertEquals("c", task.symbol(1));
    assertEquals("a", task.symbol(2));
    assertEquals("b", task.symbol(3));
    assertEquals("other", task.symbol(4));
    Sequence sequence = task.allocate(10, 1);
    task.fill(new RandomKey(1), sequence);
    assertEquals("ccc bb aa #", decoded(task, sequence, 0));
  }

  @Test
  void charactersOutsideTheBasicPlaneCountOnceAndWhiteSpaceOfEveryKindIsOneSpace() {
    Characters task = of("😀😀\u00a0\t\r\n\u3000ÄÄ😀", 256);
    assertEquals(6, task.characters());
    assertEquals("😀", task.symbol(0));
    Sequence sequence = task.allocate(5, 1);
    task.fill(new RandomKey(1), sequence);
    assertEquals("😀😀 ää😀", decoded(task, sequence, 0));
  }

  @Test
  void allSymbolsOf256CanBeUsed() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 300; i++) {
      text.appendCodePoint(0x4E00 + i); // ideographs: no case, no white space
    }
    Characters task = of(text.toString(), 256);
    Sequence sequence = task.allocate(299, 1);
    task.fill(new RandomKey(1), sequence);
    assertEquals(text.substring(0, 255) + "#".repeat(45), decoded(task, sequence, 0));
  }

  @Test
  void everyStartIsDrawnAndNoOther() {
    Characters task = of("abcdefgh", 32);
    Sequence sequence = task.allocate(5, 200); // starts 0, 1 and 2
    task.fill(new RandomKey(3), sequence);
    Set<String> seen = new HashSet<>();
    for (int row = 0; row < sequence.batch(); row++) {
      seen.add(decoded(task, sequence, row));
    }
    assertEquals(Set.of("abcdef", "bcdefg", "cdefgh"), seen); // one missing: 3 · (2/3)²⁰⁰ = 10⁻³⁵
  }

  @Test
  void theDefaultVocabularyCoversMobyDick() {
    Characters task = new Characters(TextData.mobyDick(), Characters.SYMBOLS);
    assertEquals(
        267_060, task.characters()); // counted by another program when the text was prepared
    StringBuilder symbols = new StringBuilder();
    for (int i = 0; i < Characters.SYMBOLS - 1; i++) {
      symbols.append(task.symbol(i));
    }
    assertEquals(" etaonishrldumgwcf,pybkv.;\"'q-—", symbols.toString()); // by the same program
    int length = task.characters() - 1;
    Sequence sequence = task.allocate(length, 1);
    task.fill(new RandomKey(1), sequence);
    int others = 0;
    for (int t = 0; t < length; t++) {
      others += (int) sequence.inputs()[sequence.inputAt(t) + Characters.SYMBOLS - 1];
    }
    assertEquals(1303, others); // by the same program
    assertTrue(decoded(task, sequence, 0).startsWith("chapter #. loomings. call me ishmael."));
  }

  @Test
  void aSequenceLongerThanTheTextIsRefusedWithNumbers() {
    Characters task = of("abcdef", 8);
    Sequence sequence = task.allocate(6, 1);
    assertEquals(
        "characters of own.txt, 8 symbols: length = 6: must be at most 5, one less than its 6"
            + " characters (use a shorter length or longer data)",
        assertThrows(IllegalArgumentException.class, () -> task.fill(new RandomKey(1), sequence))
            .getMessage());
    task.fill(new RandomKey(1), task.allocate(5, 1));
  }

  @Test
  void aTextOfFewerThanTwoCharactersIsRefused() {
    for (String text : new String[] {"a", " \n\t "}) {
      assertEquals(
          "own.txt: has 1 characters, runs of white space counted once: must have at least 2 (use a"
              + " longer text)",
          assertThrows(IllegalArgumentException.class, () -> of(text, 8)).getMessage());
    }
  }

  @Test
  void numbersOfSymbolsOutOfRangeAreRefused() {
    for (int symbols : new int[] {-1, 0, 1, 257}) {
      assertTrue(
          assertThrows(IllegalArgumentException.class, () -> of("abc", symbols))
              .getMessage()
              .startsWith("symbols = " + symbols + ": must be from 2 to 256"));
    }
  }
}
