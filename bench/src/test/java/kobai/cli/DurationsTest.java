package kobai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

final class DurationsTest {
  @ParameterizedTest
  @CsvSource({
    "90, 90000",
    "60s, 60000",
    "1.5S, 1500",
    "2m, 120000",
    "2min, 120000",
    "500ms, 500",
    "1h, 3600000"
  })
  void timesAreReadInTheirUnits(String text, long millis) {
    assertEquals(Duration.ofMillis(millis), new Durations().convert(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "s", "-1s", "1d", "1 s 2", "NaN", "1e3s"})
  void anythingElseIsRefused(String text) {
    assertThrows(TypeConversionException.class, () -> new Durations().convert(text));
  }

  @Test
  void timesBeyondTheRangeEndThere() {
    assertEquals(Duration.ofNanos(1L << 61), new Durations().convert("999999999h"));
  }
}
