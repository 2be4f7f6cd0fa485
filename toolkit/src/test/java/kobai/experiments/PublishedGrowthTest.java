package kobai.experiments;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kobai.estimators.Algorithm;
import kobai.estimators.Setup;
import kobai.models.LeakyRnn;
import kobai.models.Loss;
import kobai.models.Lru;
import kobai.models.RecurrentModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What {@code kobai list} says of time and memory grows as the formulas with constants do. */
final class PublishedGrowthTest {
  /** A size is large enough here for all but the first term to be less than this. */
  private static final double REST = 0.1;

  private static final int LARGE = 2048;

  /** Reads {@code O(N (n + P / 2)), in words} as a sum of products of sizes. */
  private static final class Order {
    private final String text;
    private final Map<Character, Double> sizes;
    private int at;

    private Order(String text, Map<Character, Double> sizes) {
      this.text = text.replace(" ", "");
      this.sizes = sizes;
    }

    /** The terms of the sum inside O(…). */
    static List<Double> terms(String column, Map<Character, Double> sizes) {
      assertTrue(column.startsWith("O("), column);
      Order order = new Order(column, sizes);
      order.at = 2;
      return order.sum();
    }

    private List<Double> sum() {
      List<Double> terms = new ArrayList<>(List.of(product()));
      while (text.charAt(at) == '+') {
        at++;
        terms.add(product());
      }
      assertEquals(')', text.charAt(at), text);
      at++;
      return terms;
    }

    private double product() {
      double product = factor();
      while ("+)".indexOf(text.charAt(at)) < 0) {
        if (text.charAt(at) == '/') {
          at++;
          product /= factor();
        } else {
          product *= factor();
        }
      }
      return product;
    }

    private double factor() {
      char c = text.charAt(at++);
      double base =
          switch (c) {
            case '√' -> Math.sqrt(factor());
            case '(' -> sum().stream().mapToDouble(Double::doubleValue).sum();
            case '2' -> 2;
            default -> sizes.get(c);
          };
      return switch (text.charAt(at)) {
        case '²' -> power(base, 2);
        case '³' -> power(base, 3);
        default -> base;
      };
    }

    private double power(double base, int exponent) {
      at++;
      return Math.pow(base, exponent);
    }
  }

  @Test
  void ordersAreReadAsTheyAreWritten() {
    Map<Character, Double> sizes = Map.of('n', 3.0, 'P', 10.0, 'N', 4.0, 'K', 16.0, 'k', 5.0);
    assertEquals(List.of(4 * (3 + 5.0)), Order.terms("O(N (n + P / 2))", sizes));
    assertEquals(List.of(12.0, 27.0), Order.terms("O(√K n + n³), more", sizes));
    assertEquals(List.of(9 * 10 / 16.0, 30.0), Order.terms("O(n² P / K + n P)", sizes));
  }

  private static Setup setup(Algorithm algorithm, Map<Character, Double> sizes) {
    int n = size(sizes, 'n');
    RecurrentModel model =
        algorithm == Algorithm.RTRL_DIAGONAL
            ? Lru.of(n, n, n, Loss.SQUARED_ERROR)
            : LeakyRnn.of(n, n, n, 1, Loss.SQUARED_ERROR);
    return Setup.of(model, size(sizes, 'K'))
        .withParticles(size(sizes, 'N'))
        .withTangents(size(sizes, 'k'))
        .withRank(size(sizes, 'r'));
  }

  private static int size(Map<Character, Double> sizes, char name) {
    return (int) Math.round(sizes.get(name));
  }

  private static Map<Character, Double> sizes(
      double n, double window, double particles, double tangents, double rank) {
    double parameters = 3 * n * n;
    return Map.of(
        'n',
        n,
        'P',
        parameters,
        'C',
        parameters,
        'K',
        window,
        'N',
        particles,
        'k',
        tangents,
        'r',
        rank);
  }

  /** Between two sizes, a sum of terms with any constants grows between its terms. */
  private static void grows(
      String what,
      String column,
      double formula,
      Map<Character, Double> from,
      Map<Character, Double> to) {
    List<Double> before = Order.terms(column, from);
    List<Double> after = Order.terms(column, to);
    double least = Double.POSITIVE_INFINITY;
    double most = 0;
    for (int i = 0; i < before.size(); i++) {
      least = Math.min(least, after.get(i) / before.get(i));
      most = Math.max(most, after.get(i) / before.get(i));
    }
    boolean larger = !from.get('n').equals(to.get('n'));
    double low = larger ? most : least; // for a large n, the steepest term is what counts
    assertTrue(
        formula >= low * (1 - REST) && formula <= most * (1 + REST),
        what + ": " + column + " grows by " + low + " to " + most + ", the formula by " + formula);
  }

  private static double bytes(Algorithm algorithm, Map<Character, Double> sizes) {
    return MemoryModel.bytes(algorithm, setup(algorithm, sizes)).orElseThrow();
  }

  private static double flops(Algorithm algorithm, Map<Character, Double> sizes) {
    int window = size(sizes, 'K');
    return CostModel.flops(algorithm, setup(algorithm, sizes), 4 * window) / (4.0 * window);
  }

  private static final Map<Character, Double> WIDE = sizes(LARGE, 4, 4, 2, 1);
  private static final Map<Character, Double> SMALL = sizes(64, 4, 4, 2, 1);

  @ParameterizedTest
  @EnumSource
  void bothColumnsGrowWithTheUnitsAsTheFormulas(Algorithm algorithm) {
    Map<Character, Double> wider = sizes(2 * LARGE, 4, 4, 2, 1);
    double memory = bytes(algorithm, wider) / bytes(algorithm, WIDE);
    grows("memory", algorithm.memory(), memory, WIDE, wider);
    double time = flops(algorithm, wider) / flops(algorithm, WIDE);
    grows("time", algorithm.time(), time, WIDE, wider);
  }

  @ParameterizedTest
  @EnumSource
  void bothColumnsGrowWithParticlesTangentsAndRankAsTheFormulas(Algorithm algorithm) {
    List<Map<Character, Double>> from =
        List.of(sizes(64, 4, 4000, 2, 1), sizes(64, 4, 4, 4000, 1), sizes(64, 4, 4000, 2, 20));
    List<Map<Character, Double>> to =
        List.of(sizes(64, 4, 8000, 2, 1), sizes(64, 4, 4, 8000, 1), sizes(64, 4, 4000, 2, 40));
    for (int i = 0; i < from.size(); i++) {
      double memory = bytes(algorithm, to.get(i)) / bytes(algorithm, from.get(i));
      grows("memory " + i, algorithm.memory(), memory, from.get(i), to.get(i));
      double time = flops(algorithm, to.get(i)) / flops(algorithm, from.get(i));
      grows("time " + i, algorithm.time(), time, from.get(i), to.get(i));
    }
  }

  /**
   * Whoever names K holds that much; of the others, some hold the steps of a window that they
   * differentiate, K n, as the listing says once for all.
   */
  @ParameterizedTest
  @EnumSource
  void memoryGrowsWithTheWindowNoMoreThanByItsSteps(Algorithm algorithm) {
    Map<Character, Double> longer = sizes(64, 400_000, 4, 2, 1);
    double bytes = bytes(algorithm, longer) - bytes(algorithm, SMALL);
    assertTrue(bytes <= 32.0 * 400_000 * 64 * Float.BYTES, () -> algorithm + " " + bytes);
    if (algorithm.memory().contains("K")) {
      Map<Character, Double> twice = sizes(64, 800_000, 4, 2, 1);
      double growth = bytes(algorithm, twice) / bytes(algorithm, longer);
      grows("memory", algorithm.memory(), growth, longer, twice);
      assertTrue(growth > 1.2, algorithm + " " + growth);
    }
  }
}
