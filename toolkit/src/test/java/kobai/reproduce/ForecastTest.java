package kobai.reproduce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ForecastTest {
  private static final WorkUnit UNKNOWN = new WorkUnit("no-such", "method", 0);

  @Test
  void everyExperimentIsInTheTable() {
    for (Experiments each : Experiments.values()) {
      for (Scale scale : List.of(Scale.REDUCED, Scale.FULL)) {
        double mean = Forecast.mean(scale, each.commandName()).orElse(Double.NaN);
        assertTrue(mean > 0 && Double.isFinite(mean), each.commandName() + " " + scale);
      }
    }
    double one = Forecast.seconds(Scale.REDUCED, new WorkUnit("control", "pes", 3));
    assertEquals(one, Forecast.seconds(Scale.REDUCED, new WorkUnit("control", "pes", 0)));
    double other = Forecast.seconds(Scale.REDUCED, new WorkUnit("control", "new", 0));
    assertEquals(Forecast.mean(Scale.REDUCED, "control").orElseThrow(), other);
  }

  @Test
  void unitsAreBegunWhenAThreadIsFree() {
    double unit = Forecast.seconds(Scale.FULL, UNKNOWN);
    List<WorkUnit> three = List.of(UNKNOWN, UNKNOWN, UNKNOWN);
    assertEquals(3 * unit, Forecast.seconds(Scale.FULL, three, 1));
    assertEquals(2 * unit, Forecast.seconds(Scale.FULL, three, 2));
    assertEquals(unit, Forecast.seconds(Scale.FULL, three, 8));
    assertEquals(0, Forecast.seconds(Scale.FULL, List.of(), 2));
  }

  @Test
  void timesAreSaidInWords() {
    assertEquals("1 s", Forecast.words(0));
    assertEquals("119 s", Forecast.words(119));
    assertEquals("2 min", Forecast.words(120));
    assertEquals("90 min", Forecast.words(5400));
    assertEquals("2 hours", Forecast.words(7200));
    assertEquals("3 days", Forecast.words(3 * 86_400));
  }
}
