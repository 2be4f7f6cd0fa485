package kobai.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kobai.data.Sequence;
import kobai.random.RandomDraws;
import kobai.random.RandomKey;
import org.junit.jupiter.api.Test;

class SineTest {
  private static final RandomKey KEY = new RandomKey(17);
  private static final int LENGTH = 2000;
  private static final int BATCH = 200;

  private static Sequence filled() {
    Sine task = new Sine();
    Sequence sequence = task.allocate(LENGTH, BATCH);
    task.fill(KEY, sequence);
    return sequence;
  }

  @Test
  void valuesAreTheSineOfTheDrawnFrequencyAndPhase() {
    Sequence sequence = filled();
    for (int row = 0; row < BATCH; row++) {
      double frequency = 0.02 + 0.08 * RandomDraws.uniform(KEY, row, 0);
      double phase = RandomDraws.uniform(KEY, row, 1);
      for (int t = 0; t < LENGTH; t++) {
        // Rounding to float: 2⁻²⁵; the angle, at most 2π · 201 radians, is a few roundings off:
        // below 10⁻¹¹.
        assertEquals(
            Math.sin(2 * Math.PI * (frequency * t + phase)),
            sequence.inputs()[t * BATCH + row],
            4e-8);
      }
    }
  }

  @Test
  void threeValuesInARowObeyTheRecurrenceOfASine() {
    Sequence sequence = filled();
    for (int row = 0; row < BATCH; row++) {
      // s(t + 1) + s(t − 1) = 2 cos(2πf) s(t)
      double up = 0;
      double down = 0;
      for (int t = 1; t < LENGTH - 1; t++) {
        double now = sequence.inputs()[t * BATCH + row];
        double sum =
            (double) sequence.inputs()[(t - 1) * BATCH + row] + sequence.targets()[t * BATCH + row];
        up += sum * now;
        down += now * now;
      }
      double frequency = Math.acos(up / down / 2) / (2 * Math.PI);
      assertTrue(frequency > 0.02 - 1e-6 && frequency < 0.1 + 1e-6, "frequency " + frequency);
      assertEquals(
          0.5,
          down / LENGTH,
          0.01); // amplitude 1: mean square ½, up to half a period in 2000 steps
    }
  }

  @Test
  void frequenciesAndPhasesSpreadOverTheirRanges() {
    int[] counts = new int[4];
    for (int row = 0; row < BATCH; row++) {
      counts[
          (int) (2 * RandomDraws.uniform(KEY, row, 0)) * 2
              + (int) (2 * RandomDraws.uniform(KEY, row, 1))]++;
    }
    for (int count : counts) {
      assertEquals(
          BATCH / 4, count,
          53); // Hoeffding: 2 exp(−2 · 53² / 200) = 10⁻¹²; an empty quarter is 50 off …
      assertTrue(count > 0); // … and has probability (3/4)²⁰⁰ = 10⁻²⁵
    }
  }

  @Test
  void theSeriesAreThoseOfStrictMathBitForBit() {
    java.util.SplittableRandom random = new java.util.SplittableRandom(1);
    for (int i = 0; i < 200_000; i++) {
      double x = (2 * random.nextDouble() - 1) * Math.PI / 4;
      x = i % 3 == 0 ? x * Math.pow(2, -random.nextInt(40)) : x;
      assertEquals(StrictMath.sin(x), Sine.nearSine(x));
      assertEquals(StrictMath.cos(x), Sine.nearCosine(x));
    }
    assertEquals(0.0, Sine.nearSine(0.0));
    assertEquals(1.0, Sine.nearCosine(0.0));
  }
}
