package kobai.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.random.NoiseSource;
import org.junit.jupiter.api.Test;

class NoiseCheckTest {
  private static final Kernels KERNELS = Implementation.SCALAR.kernels();
  private static final NoiseSource GAUSSIAN = NoiseSource.gaussian(KERNELS);

  private static NoiseCheck check(NoiseSource noise, NoiseLaw law) {
    return NoiseCheck.run(noise, law, Budget.ALPHA, Budget.BETA, Budget.seed("noise"));
  }

  /** The names of the tests that a source fails. */
  private static List<String> failures(NoiseSource noise) {
    List<String> names = new ArrayList<>();
    for (NoiseCheck.Line line : check(noise, NoiseLaw.GAUSSIAN).lines()) {
      if (!line.passed()) {
        names.add(line.name());
      }
    }
    return names;
  }

  private interface Change {
    float of(float v);
  }

  private static NoiseSource each(Change change) {
    return (key, unroll, particle, out, outAt, count) -> {
      GAUSSIAN.fill(key, unroll, particle, out, outAt, count);
      for (int i = outAt; i < outAt + count; i++) {
        out[i] = change.of(out[i]);
      }
    };
  }

  @Test
  void theRandomSourceIsWhatEstimatorsTakeItFor() {
    NoiseCheck gaussian = check(GAUSSIAN, NoiseLaw.GAUSSIAN);
    assertTrue(gaussian.passed(), gaussian::toString);
    assertEquals(18, gaussian.lines().size());
    NoiseCheck signs = check(NoiseSource.rademacher(KERNELS), NoiseLaw.RADEMACHER);
    assertTrue(signs.passed(), signs::toString);
  }

  @Test
  void wrongLawsAreNamed() {
    assertTrue(failures(each(v -> v + 0.1f)).containsAll(List.of("law", "mean")));
    assertTrue(failures(each(v -> 0.97f * v)).contains("variance"));
    assertTrue(
        failures(each(v -> Math.max(-2, Math.min(2, v))))
            .containsAll(List.of("law", "variance", "kurtosis")));
    assertTrue(failures(NoiseSource.rademacher(KERNELS)).containsAll(List.of("law", "kurtosis")));
    assertTrue(
        failures(each(v -> v > 0 ? v : v * 0.999f)).isEmpty(),
        "one part in a thousand is within the tolerance");
  }

  @Test
  void dependenceIsNamed() {
    List<String> particles =
        failures(
            (key, unroll, particle, out, at, count) ->
                GAUSSIAN.fill(key, unroll, 0, out, at, count));
    assertTrue(
        particles.containsAll(List.of("streams", "independence of neighbouring particles")),
        particles::toString);
    List<String> unrolls =
        failures(
            (key, unroll, particle, out, at, count) ->
                GAUSSIAN.fill(key, 0, particle, out, at, count));
    assertTrue(unrolls.contains("independence of neighbouring unrolls"), unrolls::toString);
    List<String> shifted =
        failures(
            (key, unroll, particle, out, at, count) -> {
              float[] row = new float[count + particle];
              GAUSSIAN.fill(key, unroll, 0, row, 0, row.length);
              System.arraycopy(row, particle, out, at, count);
            });
    assertTrue(
        shifted.contains("independence of an index and its neighbour in the next particle"),
        shifted::toString);
    List<String> added =
        failures(
            (key, unroll, particle, out, at, count) ->
                GAUSSIAN.fill(key, unroll + particle, 0, out, at, count));
    assertTrue(
        added.containsAll(
            List.of("streams", "independence of the next unroll and the next particle")),
        added::toString);
    List<String> borders =
        failures(
            (key, unroll, particle, out, at, count) -> {
              GAUSSIAN.fill(key, unroll, particle, out, at, count);
              for (int i = 8; i < count; i += 8) {
                out[at + i] = out[at + i - 1];
              }
            });
    assertTrue(borders.contains("independence of neighbouring indices"), borders::toString);
    List<String> sizes =
        failures(
            (key, unroll, particle, out, at, count) -> {
              float[] row = new float[count];
              GAUSSIAN.fill(key, unroll, 0, row, 0, count);
              GAUSSIAN.fill(key, unroll, particle + 1, out, at, count);
              for (int i = 0; i < count; i++) {
                out[at + i] = Math.copySign(row[i], out[at + i]);
              }
            });
    assertTrue(sizes.contains("independence of sizes of neighbouring particles"), sizes::toString);
    assertFalse(sizes.contains("independence of neighbouring particles"), sizes::toString);
  }

  @Test
  void aSourceWithAStateOrWithoutManners() {
    int[] calls = {0};
    assertTrue(
        failures(
                (key, unroll, particle, out, at, count) ->
                    GAUSSIAN.fill(key.child(calls[0]++), unroll, particle, out, at, count))
            .contains("purity"));
    assertTrue(
        failures(
                (key, unroll, particle, out, at, count) -> {
                  GAUSSIAN.fill(key, unroll, particle, out, at, count);
                  if (at > 0) {
                    out[at - 1] = 0;
                  }
                })
            .contains("purity"));
  }
}
