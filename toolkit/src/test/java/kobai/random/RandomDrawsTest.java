package kobai.random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RandomDrawsTest {
  private static final RandomKey KEY = new RandomKey(20_240_607);

  @Test
  void bitsAreTheOutputsOfSplitMix64SeededWithTheChildKey() {
    for (long row = 0; row < 5; row++) {
      // The JDK's SplittableRandom is SplitMix64 with the golden gamma and the same finaliser.
      SplittableRandom expected = new SplittableRandom(KEY.child(row).seed());
      for (long index = 0; index < 100; index++) {
        assertEquals(expected.nextLong(), RandomDraws.bits(KEY, row, index));
      }
    }
  }

  @Test
  void firstOutputOfSeedZeroIsThePublishedOne() {
    // Output 0 of SplitMix64 at seed 0, in the reference implementation of Vigna:
    // 0xE220A8397B1DCDAF.
    assertEquals(0xE220A8397B1DCDAFL, RandomKey.mix(RandomKey.GOLDEN_GAMMA));
  }

  @Test
  void belowIsTheHighWordOfTheProduct() {
    for (int bound : new int[] {1, 2, 3, 7, 1797, 1 << 30, Integer.MAX_VALUE}) {
      for (long index = 0; index < 200; index++) {
        BigInteger word = new BigInteger(Long.toUnsignedString(RandomDraws.bits(KEY, 3, index)));
        int expected = word.multiply(BigInteger.valueOf(bound)).shiftRight(64).intValueExact();
        int actual = RandomDraws.below(KEY, 3, index, bound);
        assertEquals(expected, actual);
        assertTrue(actual >= 0 && actual < bound);
      }
    }
  }

  @Test
  void belowReachesEveryValueAboutEquallyOften() {
    int bound = 10;
    int draws = 100_000;
    int[] counts = new int[bound];
    for (int i = 0; i < draws; i++) {
      counts[RandomDraws.below(KEY, i % 7, i, bound)]++;
    }
    // Hoeffding: P(|count − 10⁴| ≥ d) ≤ 2 exp(−2 d² / 10⁵); d = 1200 gives 6·10⁻¹³ for each of the
    // ten.
    for (int count : counts) {
      assertEquals(draws / bound, count, 1200);
    }
  }

  @Test
  void uniformLiesInTheUnitIntervalWithTheMeanAndVarianceOfTheUniformLaw() {
    int draws = 100_000;
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < draws; i++) {
      double u = RandomDraws.uniform(KEY, 0, i);
      assertTrue(u >= 0 && u < 1);
      sum += u;
      squares += u * u;
    }
    // Hoeffding on [0, 1]: 2 exp(−2 · 10⁵ · 0.012²) = 6·10⁻¹³ for each of the two means.
    assertEquals(1.0 / 2, sum / draws, 0.012);
    assertEquals(1.0 / 3, squares / draws, 0.012);
  }

  @Test
  void coinIsTheSignOfTheBitsAndFallsOnBothSides() {
    int heads = 0;
    for (int i = 0; i < 10_000; i++) {
      boolean coin = RandomDraws.coin(KEY, 1, i);
      assertEquals(RandomDraws.bits(KEY, 1, i) < 0, coin);
      heads += coin ? 1 : 0;
    }
    assertEquals(5000, heads, 380); // Hoeffding: 2 exp(−2 · 380² / 10⁴) = 6·10⁻¹³
  }

  @Test
  void keyRowAndIndexAllMatter() {
    long draw = RandomDraws.bits(KEY, 1, 2);
    assertEquals(draw, RandomDraws.bits(new RandomKey(KEY.seed()), 1, 2));
    assertNotEquals(draw, RandomDraws.bits(KEY, 2, 1));
    assertNotEquals(draw, RandomDraws.bits(KEY, 1, 3));
    assertNotEquals(draw, RandomDraws.bits(KEY.child(0), 1, 2));
  }

  @Test
  void boundBelowOneIsRefused() {
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> RandomDraws.below(KEY, 0, 0, 0));
    assertEquals("bound = 0: must be at least 1", refusal.getMessage());
  }
}
