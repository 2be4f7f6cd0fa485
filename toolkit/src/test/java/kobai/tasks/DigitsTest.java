package kobai.tasks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import kobai.data.DigitImages;
import kobai.data.Sequence;
import kobai.random.RandomKey;
import org.junit.jupiter.api.Test;

class DigitsTest {
  private static final DigitImages IMAGES = DigitImages.load();
  private static final Digits ROWS = Digits.rows(IMAGES);
  private static final Digits PIXELS = Digits.pixels(IMAGES);

  private static Sequence filled(Digits task, int length, int batch) {
    Sequence sequence = task.allocate(length, batch);
    task.fill(new RandomKey(5), sequence);
    return sequence;
  }

  /** The label at a step, or −1 where there is none. */
  private static int label(Sequence sequence, int t, int row) {
    int at = sequence.targetAt(t) + row * DigitImages.CLASSES;
    for (int i = 0; i < DigitImages.CLASSES; i++) {
      if (sequence.targets()[at + i] == 1) {
        return i;
      }
    }
    return -1;
  }

  /** Whether steps from … from + steps − 1 of a row hold that image. */
  private static boolean shows(Sequence sequence, int from, int steps, int row, int image) {
    int size = sequence.inputSize();
    for (int i = 0; i < steps * size; i++) {
      float x = sequence.inputs()[sequence.inputAt(from + i / size) + row * size + i % size];
      if (x != IMAGES.pixel(image, DigitImages.PIXELS - steps * size + i) / 16f) {
        return false;
      }
    }
    return true;
  }

  private static void assertHoldsAnImageOf(
      int label, Sequence sequence, int from, int steps, int row) {
    boolean found = false;
    for (int image = 0; image < DigitImages.IMAGES; image++) {
      found |= IMAGES.label(image) == label && shows(sequence, from, steps, row, image);
    }
    assertTrue(found, "no image of " + label + " at step " + from);
  }

  @Test
  void oneImageIsReadRowByRowAndNamedAtItsLastStep() {
    Sequence sequence = filled(ROWS, 8, 20);
    for (int row = 0; row < 20; row++) {
      for (int t = 0; t < 7; t++) {
        assertEquals(-1, label(sequence, t, row));
      }
      assertHoldsAnImageOf(label(sequence, 7, row), sequence, 0, 8, row);
    }
  }

  @Test
  void oneImageIsReadPixelByPixelAndNamedAtItsLastStep() {
    Sequence sequence = filled(PIXELS, 64, 20);
    for (int row = 0; row < 20; row++) {
      for (int t = 0; t < 63; t++) {
        assertEquals(-1, label(sequence, t, row));
      }
      assertHoldsAnImageOf(label(sequence, 63, row), sequence, 0, 64, row);
    }
  }

  @Test
  void imagesFollowOneAnotherAndEndWithTheSequence() {
    Sequence sequence = filled(ROWS, 8 + 8 + 3, 4);
    for (int row = 0; row < 4; row++) {
      for (int t = 0; t < 19; t++) {
        assertEquals(t == 2 || t == 10 || t == 18, label(sequence, t, row) >= 0);
      }
      assertHoldsAnImageOf(
          label(sequence, 2, row), sequence, 0, 3, row); // the last three rows of it
      assertHoldsAnImageOf(label(sequence, 10, row), sequence, 3, 8, row);
      assertHoldsAnImageOf(label(sequence, 18, row), sequence, 11, 8, row);
    }
  }

  @Test
  void aSequenceShorterThanAnImageShowsItsEnd() {
    Sequence sequence = filled(PIXELS, 20, 4);
    for (int row = 0; row < 4; row++) {
      assertHoldsAnImageOf(label(sequence, 19, row), sequence, 0, 20, row);
    }
  }

  @Test
  void rowsAndPixelsShowTheSameImagesOfTheSameKey() {
    assertArrayEquals(filled(ROWS, 16, 1).inputs(), filled(PIXELS, 128, 1).inputs());
  }

  @Test
  void everyDigitIsDrawnAboutAsOftenAsItIsInTheData() {
    int batch = 100;
    int images = 200;
    Sequence sequence = filled(ROWS, 8 * images, batch);
    int[] counts = new int[DigitImages.CLASSES];
    for (int row = 0; row < batch; row++) {
      for (int image = 0; image < images; image++) {
        counts[label(sequence, 8 * image + 7, row)]++;
      }
    }
    assertEquals(batch * images, Arrays.stream(counts).sum());
    int[] inData = {178, 182, 177, 183, 181, 182, 181, 179, 174, 180};
    for (int digit = 0; digit < counts.length; digit++) {
      // Hoeffding over 20 000 draws: 2 exp(−2 · 540² / 20 000) = 4·10⁻¹³ for each digit.
      assertEquals(
          (double) batch * images * inData[digit] / DigitImages.IMAGES, counts[digit], 540);
    }
  }
}
