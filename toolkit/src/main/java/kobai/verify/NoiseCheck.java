package kobai.verify;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleSupplier;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Collectors;
import kobai.random.NoiseSource;
import kobai.random.RandomKey;

/**
 * Whether a noise source is what estimators take it for: a pure function of its coordinates, of the
 * declared law, and independent across indices, particles, unrolls and keys.
 *
 * <pre>
 * law           sup |F_n − F| ≤ √(ln(2/α)/(2n)), which fails a correct source with a chance of at most α     (1)
 * moments       v (± 0.02), v² − 1 (± 0.02), v⁴/κ − 1 (± 0.1) in the sequential test                       (2)
 * independence  v·v′ (± 0.05) and (v² − 1)(v′² − 1)/(κ − 1) (± 0.05) for neighbours in every coordinate     (3)
 * </pre>
 *
 * <p>(1) is the inequality of Dvoretzky, Kiefer and Wolfowitz with Massart's constant. α is shared
 * equally among all tests.
 *
 * @param lines one a test
 */
public record NoiseCheck(List<Line> lines) {
  private static final int LAW_DRAWS = 1 << 18;
  private static final int ROW = 1024;
  private static final int STATISTICAL_TESTS = 16;
  private static final long MOST = 1 << 22;

  public NoiseCheck {
    lines = List.copyOf(lines);
  }

  /** One test: what it looked at and what it found. */
  public record Line(String name, boolean passed, String finding) {}

  /** Whether every test passed. */
  public boolean passed() {
    return lines.stream().allMatch(Line::passed);
  }

  @Override
  public String toString() {
    return lines.stream()
        .map(line -> (line.passed() ? "passed " : "FAILED ") + line.name() + ": " + line.finding())
        .collect(Collectors.joining(System.lineSeparator()));
  }

  /** Runs all tests; some 3 million draws. */
  public static NoiseCheck run(
      NoiseSource noise, NoiseLaw law, double alpha, double beta, long seed) {
    double share = alpha / STATISTICAL_TESTS;
    RandomKey key = new RandomKey(seed).child("noise");
    List<Line> lines = new ArrayList<>();
    lines.add(purity(noise, key));
    lines.add(distinct(noise, key));
    lines.add(law(noise, law, share, key));
    lines.add(mean("mean", 0.02, share, beta, single(noise, key)));
    lines.add(mean("variance", 0.02, share, beta, map(single(noise, key), v -> v * v - 1)));
    lines.add(
        mean(
            "kurtosis",
            0.1,
            share,
            beta,
            map(single(noise, key), v -> v * v * v * v / law.kurtosis() - 1)));
    for (Neighbour neighbour : Neighbour.values()) {
      lines.add(
          mean(
              "independence of " + neighbour.words,
              0.05,
              share,
              beta,
              pairs(noise, key, neighbour, (a, b) -> a * b)));
      if (law.kurtosis() > 1) {
        lines.add(
            mean(
                "independence of sizes of " + neighbour.words,
                0.05,
                share,
                beta,
                pairs(
                    noise,
                    key,
                    neighbour,
                    (a, b) -> (a * a - 1) * (b * b - 1) / (law.kurtosis() - 1))));
      }
    }
    return new NoiseCheck(lines);
  }

  /** Coordinates that differ in one respect. */
  private enum Neighbour {
    INDEX("neighbouring indices"),
    PARTICLE("neighbouring particles"),
    UNROLL("neighbouring unrolls"),
    KEY("neighbouring keys"),
    DIAGONAL("an index and its neighbour in the next particle"),
    COUNTER("the next unroll and the next particle");

    private final String words;

    Neighbour(String words) {
      this.words = words;
    }
  }

  private interface Pair {
    double of(double first, double second);
  }

  private static Line purity(NoiseSource noise, RandomKey key) {
    float[] first = new float[ROW + 2];
    float[] again = new float[ROW + 2];
    Arrays.fill(first, Float.NaN);
    Arrays.fill(again, Float.NaN);
    noise.fill(key, 3, 5, first, 1, ROW);
    noise.fill(key.child(9), 4, 6, again, 1, ROW);
    noise.fill(key, 3, 5, again, 1, ROW);
    boolean pure = Arrays.equals(first, again);
    boolean inside = Float.isNaN(first[0]) && Float.isNaN(first[ROW + 1]);
    return new Line(
        "purity",
        pure && inside,
        !inside
            ? "writes outside of its range"
            : pure
                ? "the same coordinates give the same bits"
                : "the same coordinates give other bits after another draw");
  }

  private static Line distinct(NoiseSource noise, RandomKey key) {
    List<String> same = new ArrayList<>();
    for (Neighbour neighbour : Neighbour.values()) {
      float[] first = new float[ROW];
      float[] second = new float[ROW];
      fill(noise, key, neighbour, 0, first, second);
      float[] opposite = second.clone();
      for (int i = 0; i < ROW; i++) {
        opposite[i] = -opposite[i];
      }
      if (Arrays.equals(first, second) || Arrays.equals(first, opposite)) {
        same.add(neighbour.words);
      }
    }
    return new Line(
        "streams",
        same.isEmpty(),
        same.isEmpty()
            ? "no two are equal or opposite"
            : "equal or opposite: " + String.join(", ", same));
  }

  private static Line law(NoiseSource noise, NoiseLaw law, double alpha, RandomKey key) {
    float[] draws = new float[LAW_DRAWS];
    for (int row = 0; row < LAW_DRAWS / ROW; row++) {
      noise.fill(key.child(row % 4), row / 4 % 8, row / 32, draws, row * ROW, ROW);
    }
    Arrays.sort(draws);
    double distance = 0;
    for (int i = 0; i < LAW_DRAWS; i++) {
      if (i + 1 == LAW_DRAWS || draws[i] != draws[i + 1]) {
        distance = Math.max(distance, Math.abs((i + 1.0) / LAW_DRAWS - law.atMost(draws[i])));
      }
      if (i == 0 || draws[i] != draws[i - 1]) {
        distance = Math.max(distance, Math.abs((double) i / LAW_DRAWS - law.below(draws[i])));
      }
    }
    double limit = Math.sqrt(Math.log(2 / alpha) / (2.0 * LAW_DRAWS));
    return new Line(
        "law",
        distance <= limit,
        String.format(
            Locale.ROOT,
            "distance %.5f from %s over %d draws, at most %.5f",
            distance,
            law,
            LAW_DRAWS,
            limit));
  }

  private static Line mean(
      String name, double tolerance, double alpha, double beta, DoubleSupplier values) {
    SequentialTest.Outcome outcome = new SequentialTest(tolerance, alpha, beta).run(values, MOST);
    return new Line(
        name,
        outcome.verdict().passed(),
        String.format(
            Locale.ROOT,
            "%s: %+.5f ± %.5f over %d draws, tolerance %s %s",
            outcome.verdict(),
            outcome.mean(),
            outcome.radius(),
            outcome.samples(),
            tolerance,
            outcome.reason()));
  }

  private static DoubleSupplier map(DoubleSupplier values, DoubleUnaryOperator map) {
    return () -> map.applyAsDouble(values.getAsDouble());
  }

  /** Draws of rows that walk through keys, unrolls and particles. */
  private static DoubleSupplier single(NoiseSource noise, RandomKey key) {
    float[] row = new float[ROW];
    int[] at = {0};
    return () -> {
      int i = at[0]++;
      if (i % ROW == 0) {
        noise.fill(key.child(i / ROW), i / ROW % 3, i / ROW % 5, row, 0, ROW);
      }
      return row[i % ROW];
    };
  }

  private static DoubleSupplier pairs(
      NoiseSource noise, RandomKey key, Neighbour neighbour, Pair pair) {
    float[] first = new float[ROW];
    float[] second = new float[ROW];
    int[] at = {0};
    return () -> {
      int i = at[0]++;
      if (i % ROW == 0) {
        fill(noise, key, neighbour, i / ROW, first, second);
      }
      return pair.of(first[i % ROW], second[i % ROW]);
    };
  }

  private static void fill(
      NoiseSource noise,
      RandomKey key,
      Neighbour neighbour,
      int round,
      float[] first,
      float[] second) {
    float[] wide = new float[2 * ROW + 1];
    int unroll = round % 7;
    int particle = round % 11;
    RandomKey own = key.child(2L * round);
    switch (neighbour) {
      case INDEX -> {
        // Pairs of neighbours that do not overlap, so that the products are independent; every
        // other row starts one
        // later, or the borders between two pairs would never be looked at.
        int start = round % 2;
        noise.fill(own, unroll, particle, wide, 0, 2 * ROW + 1);
        for (int i = 0; i < ROW; i++) {
          first[i] = wide[start + 2 * i];
          second[i] = wide[start + 2 * i + 1];
        }
      }
      case PARTICLE -> {
        noise.fill(own, unroll, particle, first, 0, ROW);
        noise.fill(own, unroll, particle + 1, second, 0, ROW);
      }
      case UNROLL -> {
        noise.fill(own, unroll, particle, first, 0, ROW);
        noise.fill(own, unroll + 1, particle, second, 0, ROW);
      }
      case KEY -> {
        noise.fill(own, unroll, particle, first, 0, ROW);
        noise.fill(key.child(2L * round + 1), unroll, particle, second, 0, ROW);
      }
      case DIAGONAL -> {
        noise.fill(own, unroll, particle, wide, 0, ROW);
        noise.fill(own, unroll, particle + 1, wide, ROW, ROW);
        System.arraycopy(wide, 1, first, 0, ROW - 1);
        System.arraycopy(wide, ROW, second, 0, ROW);
        first[ROW - 1] = wide[0];
      }
      case COUNTER -> {
        // Equal where the two coordinates are added into one counter.
        noise.fill(own, unroll + 1, particle, first, 0, ROW);
        noise.fill(own, unroll, particle + 1, second, 0, ROW);
      }
    }
  }
}
