package kobai.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class AxisRangeTest {
  private static AxisRange range(List<Double> values, Unit unit, Chart.Scale scale, boolean own) {
    return AxisRange.of(values, new Chart.Axis("axis", unit, scale), own);
  }

  @Test
  void fewSizesAreTheirOwnMarks() {
    var sizes = List.of(16.0, 32.0, 64.0, 128.0, 256.0, 64.0);
    assertEquals(
        List.of(16.0, 32.0, 64.0, 128.0, 256.0),
        range(sizes, Unit.COUNT, Chart.Scale.LOG, true).ticks());
  }

  @Test
  void closeSizesAreNot() {
    // On a linear axis 16 and 32 lie 16 of about 250 apart: their marks would meet.
    var sizes = List.of(16.0, 32.0, 256.0);
    assertEquals(
        List.of(0.0, 50.0, 100.0, 150.0, 200.0, 250.0),
        range(sizes, Unit.COUNT, Chart.Scale.LINEAR, true).ticks());
  }

  @Test
  void wideLogarithmicAxesHaveDecadesAndNarrowOnesAlsoTwoAndFive() {
    assertEquals(
        List.of(1e-6, 1e-5, 1e-4, 1e-3),
        range(List.of(8e-7, 2e-3), Unit.SECONDS, Chart.Scale.LOG, false).ticks());
    assertEquals(
        List.of(1.0, 2.0, 5.0, 10.0, 20.0),
        range(List.of(1.0, 30.0), Unit.PLAIN, Chart.Scale.LOG, false).ticks());
    // Twenty decades: every third.
    assertEquals(
        List.of(1e-9, 1e-6, 1e-3, 1.0, 1e3, 1e6, 1e9),
        range(List.of(1e-10, 1e10), Unit.PLAIN, Chart.Scale.LOG, false).ticks());
  }

  @Test
  void bytesHaveBinaryMarks() {
    double kibi = 1024;
    assertEquals(
        List.of(kibi, 32 * kibi, kibi * kibi, 32 * kibi * kibi, kibi * kibi * kibi),
        range(List.of(kibi, kibi * kibi * kibi), Unit.BYTES, Chart.Scale.LOG, false).ticks());
  }

  @Test
  void linearBytesHaveRoundNumbersOfTheirBinaryUnit() {
    double mebi = 1024 * 1024;
    assertEquals(
        List.of(0.0, 10 * mebi, 20 * mebi, 30 * mebi, 40 * mebi, 50 * mebi),
        range(List.of(1e6, 5e7), Unit.BYTES, Chart.Scale.LINEAR, false).ticks());
  }

  @Test
  void everyRangeHoldsItsValuesAndHasTwoToTenMarksInside() {
    for (double low : new double[] {1e-9, 0.3, 1, 77}) {
      for (double ratio : new double[] {1, 1.001, 1.7, 12, 1e3, 1e8}) {
        for (Chart.Scale scale : Chart.Scale.values()) {
          for (Unit unit : Unit.values()) {
            var range = range(List.of(low, low * ratio), unit, scale, false);
            String where = low + " × " + ratio + " " + scale + " " + unit + " " + range;
            assertTrue(
                range.from() <= low && low * ratio <= range.to() && range.from() < range.to(),
                where);
            assertTrue(range.ticks().size() <= 10, where);
            assertTrue(range.ticks().size() >= 2, where);
            for (double tick : range.ticks()) {
              assertTrue(
                  tick >= range.from() * (1 - 1e-9) && tick <= range.to() * (1 + 1e-9), where);
            }
          }
        }
      }
    }
  }
}
