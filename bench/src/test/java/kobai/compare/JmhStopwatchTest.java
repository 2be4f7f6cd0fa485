package kobai.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import kobai.bench.Dimension;
import kobai.bench.GradientBenchmark;
import kobai.compare.ComparePlan.Planned;
import kobai.estimators.Algorithm;
import kobai.tasks.Tasks;
import org.junit.jupiter.api.Test;

/** Runs JMH for real, for a few seconds. */
final class JmhStopwatchTest {
  @Test
  void cellsAreMeasuredInForksAndMergedIntoOneArrayOfJmh() throws Exception {
    CompareOptions options =
        CompareOptions.builder()
            .algorithms(List.of(Algorithm.BPTT, Algorithm.PES))
            .task(Tasks.SINE)
            .level(Level.QUICK)
            .values(Dimension.HIDDEN, List.of(4))
            .values(Dimension.LENGTH, List.of(8))
            .values(Dimension.WINDOW, List.of(4))
            .values(Dimension.PARTICLES, List.of(4))
            .build();
    List<Planned> cells = Fixtures.plan(options).cells();
    Planned bptt = cells.getFirst();
    Planned pes =
        cells.stream()
            .filter(planned -> planned.cell().contender().algorithm() == Algorithm.PES)
            .findFirst()
            .orElseThrow();
    var log = new ByteArrayOutputStream();
    var stopwatch = new JmhStopwatch(options, log);

    Timing timing = stopwatch.time(bptt, 1);
    stopwatch.time(pes, 1);
    stopwatch.time(pes, 1);

    assertEquals(1, timing.seconds().length);
    assertEquals(Level.QUICK.measurements(), timing.seconds()[0].length);
    // A gradient of 8 steps of 4 units takes microseconds; a thousand times that would be a wrong
    // unit.
    assertTrue(timing.measured().value() > 1e-8, timing.toString());
    assertTrue(timing.measured().value() < 1e-2, timing.toString());
    JsonNode array = new ObjectMapper().readTree(stopwatch.json());
    assertEquals(2, array.size(), "the second measurement of a cell takes the place of the first");
    JsonNode second = array.get(1);
    assertEquals(
        GradientBenchmark.class.getName() + ".gradient", second.path("benchmark").asText());
    assertEquals("PES", second.path("params").path("algorithm").asText());
    assertEquals("4", second.path("params").path("window").asText());
    assertEquals("avgt", second.path("mode").asText());
    assertTrue(second.path("primaryMetric").path("score").isNumber());
    assertTrue(second.path("secondaryMetrics").has("gc.alloc.rate.norm"), second.toString());
    String said = log.toString(StandardCharsets.UTF_8);
    assertTrue(said.contains("# Warmup Iteration   1"), said);
  }

  @Test
  void noResultsAreAnEmptyArray() throws Exception {
    assertEquals(0, new ObjectMapper().readTree(JmhStopwatch.json(List.of())).size());
  }
}
