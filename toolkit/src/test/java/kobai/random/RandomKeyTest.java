package kobai.random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RandomKeyTest {
  private static final RandomKey ROOT = new RandomKey(1);

  /** A bijection in the index: no two indices meet, whatever the key. */
  @Test
  void childrenOfOneKeyAreDistinct() {
    Set<RandomKey> seen = new HashSet<>();
    for (long index = -50_000; index < 50_000; index++) {
      assertTrue(seen.add(ROOT.child(index)), "child " + index);
    }
  }

  /**
   * 100 × 100 grandchildren and their parents among 2⁶⁴ keys: a chance collision has probability
   * 3·10⁻¹².
   */
  @Test
  void theTreeHasNoCollisionsNearItsRoot() {
    Set<RandomKey> seen = new HashSet<>();
    seen.add(ROOT);
    for (long i = 0; i < 100; i++) {
      RandomKey child = ROOT.child(i);
      assertTrue(seen.add(child));
      for (long j = 0; j < 100; j++) {
        assertTrue(seen.add(child.child(j)), i + ", " + j);
      }
    }
  }

  @Test
  void purposesAreDistinctAndOrderMatters() {
    Set<RandomKey> seen = new HashSet<>();
    for (String purpose :
        new String[] {"", "a", "b", "ab", "ba", "noise", "noise ", "data", "initialisation"}) {
      assertTrue(seen.add(ROOT.child(purpose)), purpose);
    }
    assertTrue(seen.add(ROOT.child(1).child(2)));
    assertTrue(seen.add(ROOT.child(2).child(1)));
  }

  /**
   * A good mix changes each of the 64 bits with probability ½ when one bit of the index changes.
   */
  @Test
  void oneBitOfTheIndexChangesHalfTheBitsOfTheKey() {
    int keys = 1000;
    for (int bit = 0; bit < 64; bit++) {
      int changed = 0;
      for (long index = 0; index < keys; index++) {
        changed += Long.bitCount(ROOT.child(index).seed() ^ ROOT.child(index ^ 1L << bit).seed());
      }
      // Mean 32 000, standard deviation √(64 000)/2 = 126; 64 bits at 10⁻⁷ together are 6.1
      // deviations.
      assertEquals(32_000, changed, 6.1 * 126, "bit " + bit);
    }
  }
}
