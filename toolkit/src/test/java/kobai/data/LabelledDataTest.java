package kobai.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import kobai.random.RandomKey;
import org.junit.jupiter.api.Test;

class LabelledDataTest {
  /** One feature that tells the example. */
  private static LabelledData numbered(int examples) {
    float[] features = new float[examples];
    double[] labels = new double[examples];
    for (int i = 0; i < examples; i++) {
      features[i] = i;
      labels[i] = i % 3;
    }
    return LabelledData.of("n", new int[] {1}, features, labels, 3);
  }

  private static LabelledSource alone(LabelledData data) {
    return new LabelledSource(data, Optional.empty());
  }

  @Test
  void theDigitsAreThoseOfTheToolkit() {
    LabelledData digits = LabelledData.digits();
    assertEquals(1797, digits.examples());
    assertEquals(64, digits.features());
    assertEquals(10, digits.classes());
    float[] row = new float[66];
    Arrays.fill(row, Float.NaN);
    digits.copy(0, row, 1);
    assertTrue(Float.isNaN(row[0]) && Float.isNaN(row[65]));
    assertEquals(5 / 16f, row[3]); // 0, 0, 5, 13, … opens the file
    assertEquals(0, digits.label(0));
    assertEquals(8, digits.label(1796));
  }

  @Test
  void partsHaveNothingInCommonAndTogetherEverything() {
    LabelledData digits = LabelledData.digits();
    LabelledSource.Split split = alone(digits).split(new RandomKey(4), 0.1, 0.2);
    assertEquals(179, split.validation().examples());
    assertEquals(359, split.test().examples());
    assertEquals(1797 - 179 - 359, split.training().examples());
    List<String> seen = new ArrayList<>();
    for (LabelledData part : List.of(split.training(), split.validation(), split.test())) {
      seen.addAll(texts(part));
    }
    List<String> all = texts(digits);
    seen.sort(null);
    all.sort(null);
    assertEquals(all, seen);
  }

  private static List<String> texts(LabelledData data) {
    List<String> texts = new ArrayList<>();
    float[] row = new float[data.features()];
    for (int i = 0; i < data.examples(); i++) {
      data.copy(i, row, 0);
      texts.add(data.label(i) + Arrays.toString(row));
    }
    return texts;
  }

  /** Of one class nothing can be learnt, and every prediction is right. */
  @Test
  void labelsOfOneClassAreRefused() {
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> LabelledData.of("t", new int[] {1}, new float[3], new double[] {1, 1, 1}, 0));
    assertTrue(
        refused.getMessage().startsWith("t: all 3 labels are 1: must be of two classes at least"),
        refused.getMessage());
    // A part of known classes may hold one of them alone.
    assertEquals(
        2, LabelledData.of("t", new int[] {1}, new float[2], new double[] {1, 1}, 2).classes());
  }

  @Test
  void theSplitIsAPureFunctionOfTheKey() {
    LabelledSource source = alone(LabelledData.digits());
    List<String> first = texts(source.split(new RandomKey(4), 0.1, 0.2).test());
    assertEquals(first, texts(source.split(new RandomKey(4), 0.1, 0.2).test()));
    assertNotEquals(first, texts(source.split(new RandomKey(5), 0.1, 0.2).test()));
  }

  @Test
  void thePublishersTestPartStaysApart() {
    LabelledData digits = LabelledData.digits();
    LabelledData test = digits.part(new int[] {3, 1});
    LabelledSource.Split split =
        new LabelledSource(digits, Optional.of(test)).split(new RandomKey(1), 0.5, 0.3);
    assertEquals(texts(test), texts(split.test()));
    assertEquals(1797, split.training().examples() + split.validation().examples());
  }

  /** Columns by hand: 0, 2 → −1, 1 with mean 1 and deviation 1; the constant 7 → 0. */
  @Test
  void columnsAreStandardisedByTheTrainingPart() {
    LabelledData table =
        LabelledData.of("t", new int[] {2}, new float[] {0, 7, 2, 7}, new double[] {0, 1}, 2);
    LabelledData test =
        LabelledData.of("t", new int[] {2}, new float[] {5, 9}, new double[] {0}, 2);
    LabelledSource.Split split =
        new LabelledSource(table, Optional.of(test)).split(new RandomKey(1), 0, 0);
    float[] row = new float[2];
    for (int i = 0; i < 2; i++) {
      split.training().copy(i, row, 0);
      assertArrayEquals(new float[] {split.training().label(i) == 0 ? -1f : 1f, 0f}, row);
    }
    split.test().copy(0, row, 0);
    assertArrayEquals(new float[] {4f, 0f}, row);
  }

  @Test
  void imagesAreDividedByTheirLargestMagnitude() {
    LabelledData images =
        LabelledData.of("i", new int[] {1, 2}, new float[] {0, -4, 2, 1}, new double[] {0, 1}, 2);
    LabelledData scaled = alone(images).split(new RandomKey(1), 0, 0).training();
    float[] row = new float[2];
    for (int i = 0; i < 2; i++) {
      scaled.copy(i, row, 0);
      assertArrayEquals(
          scaled.label(i) == 0 ? new float[] {0f, -1f} : new float[] {0.5f, 0.25f}, row);
    }
  }

  @Test
  void fractionsThatLeaveNothingAreRefused() {
    LabelledSource source = alone(numbered(10));
    assertEquals(
        "validation = 0.5 and test = 0.5 of 10 examples: must leave at least 1 to learn from",
        refusal(() -> source.split(new RandomKey(1), 0.5, 0.5)));
    assertEquals(
        "test = 1.0: must be in [0, 1), a fraction of the examples",
        refusal(() -> source.split(new RandomKey(1), 0, 1)));
    assertEquals(
        "validation = NaN: must be in [0, 1), a fraction of the examples",
        refusal(() -> source.split(new RandomKey(1), Double.NaN, 0)));
  }

  @Test
  void sizesAndValuesThatDoNotFitAreRefused() {
    assertEquals(
        "x: expected 2 labels × [2] features, got 3 features (labels and features must have as"
            + " many rows)",
        refusal(() -> LabelledData.of("x", new int[] {2}, new float[3], new double[2], 2)));
    assertEquals(
        "x: row 2, feature 1 = NaN: must be finite (remove the row or fill the value in)",
        refusal(
            () ->
                LabelledData.of("x", new int[] {1}, new float[] {0, Float.NaN}, new double[2], 2)));
    LabelledData other = LabelledData.of("y", new int[] {2}, new float[2], new double[1], 2);
    assertEquals(
        "n: test: expected 1 features, got 2 (save both of one shape)",
        refusal(() -> new LabelledSource(numbered(4), Optional.of(other))));
  }

  private static String refusal(org.junit.jupiter.api.function.Executable action) {
    return assertThrows(IllegalArgumentException.class, action).getMessage();
  }
}
