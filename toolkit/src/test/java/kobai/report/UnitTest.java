package kobai.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnitTest {
  // '_' stands for the narrow no-break space between number and unit and between thousands.
  @ParameterizedTest
  @CsvSource({
    "SECONDS, 0, 0",
    "SECONDS, 7.4e-7, 740_ns",
    "SECONDS, 9.997e-7, 1.00_µs",
    "SECONDS, 1.234e-5, 12.3_µs",
    "SECONDS, 0.5, 500_ms",
    "SECONDS, 59.96, 1.00_min",
    "SECONDS, 90, 1.50_min",
    "SECONDS, 7200, 2.00_h",
    "SECONDS, 2e-11, 0.0200_ns",
    "BYTES, 0, 0_B",
    "BYTES, 1023, 1023_B",
    "BYTES, 1024, 1.00_KiB",
    "BYTES, 4402341478.4, 4.10_GiB",
    "BYTES, 1.5e15, 1364_TiB",
    "PLAIN, 12, 12.0",
    "PLAIN, 0.99, 0.990",
    "PLAIN, 0.9999, 1.00",
    "PLAIN, 12345.6, 12_346",
    "PLAIN, -1234567, −1_234_567",
    "PLAIN, 1.5e7, 1.50×10⁷",
    "PLAIN, 9.999e-4, 1.00×10⁻³",
    "PLAIN, -2.1e-7, −2.10×10⁻⁷",
    "PLAIN, NaN, –",
    "PLAIN, -Infinity, −∞",
    "COUNT, 64, 64",
    "COUNT, 1082368, 1_082_368",
    "COUNT, 412.4, 412",
    "FRACTION, 0.125, 12.5_%",
  })
  void numbersAreWrittenForReaders(Unit unit, double value, String expected) {
    assertEquals(expected.replace('_', '\u202f'), unit.text(value));
  }

  @ParameterizedTest
  @CsvSource({
    "SECONDS, 1e-4, 100_µs",
    "BYTES, 1048576, 1_MiB",
    "PLAIN, 0.2, 0.2",
    "PLAIN, 1.25, 1.25",
    "PLAIN, 1e8, 10⁸",
    "PLAIN, -1e8, −10⁸",
    "PLAIN, 2e-5, 2×10⁻⁵",
    "COUNT, 3200, 3200",
  })
  void marksOfAxesHaveNoTrailingZeros(Unit unit, double value, String expected) {
    assertEquals(expected.replace('_', '\u202f'), unit.tick(value));
  }
}
