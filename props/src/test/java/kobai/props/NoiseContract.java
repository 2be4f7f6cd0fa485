package kobai.props;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The random source: both implementations give the same bits, and a draw is a function of its
 * coordinates only, not of how many are drawn or where they are written. Run at every vector width.
 */
class NoiseContract {
  private static final Kernels SCALAR = Implementation.SCALAR.kernels();
  private static final Kernels VECTOR = Implementation.VECTOR.kernels();
  private static final float CANARY = -12345.678f;

  /**
   * Around vectors, half blocks of 16, blocks of 32 draws, pieces of 4096 and blocks of 1024 signs.
   */
  private static final int[] LENGTHS = {
    0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 47, 48, 49, 63, 64, 65, 96, 127, 128, 129, 992,
    1023, 1024, 1025, 1056, 2047, 2048, 2081, 4095, 4096, 4097, 4128, 8191, 8224, 10_007
  };

  /** Coordinates that reach every bit of the counter and of the key. */
  private static final long[] KEYS = {
    0L, 1L, -1L, 0x1234_5678_9ABC_DEF0L, Long.MIN_VALUE, 0x0000_0001_0000_0000L
  };

  private static final int[][] COUNTERS = {
    {0, 0, 0}, {1, 2, 3}, {-1, -1, -1}, {Integer.MIN_VALUE, 65_536, 7}
  };

  private enum Kind {
    GAUSSIAN,
    RADEMACHER,
    UNIFORM;

    void fill(Kernels kernels, long key, int[] c, float[] out, int outAt, int n) {
      switch (this) {
        case GAUSSIAN -> kernels.gaussian(key, c[0], c[1], c[2], out, outAt, n);
        case RADEMACHER -> kernels.rademacher(key, c[0], c[1], c[2], out, outAt, n);
        case UNIFORM -> kernels.uniform(key, c[0], c[1], c[2], out, outAt, n);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void drawsAgreeAndDependOnTheirCoordinatesOnly(Kind kind) {
    int most = LENGTHS[LENGTHS.length - 1];
    for (long key : KEYS) {
      for (int[] counter : COUNTERS) {
        float[] expected = new float[most];
        kind.fill(SCALAR, key, counter, expected, 0, most);
        for (Kernels kernels : new Kernels[] {SCALAR, VECTOR}) {
          for (int n : LENGTHS) {
            int at = n % 5;
            float[] out = new float[at + n + 3];
            Arrays.fill(out, Float.NaN);
            Arrays.fill(out, 0, at, CANARY);
            Arrays.fill(out, at + n, out.length, CANARY);
            kind.fill(kernels, key, counter, out, at, n);
            String what = kind + " [" + n + "] of " + kernels.getClass().getSimpleName();
            assertEquals(-1, Arrays.mismatch(expected, 0, n, out, at, at + n), what);
            for (int i = 0; i < out.length; i++) {
              assertTrue(i >= at && i < at + n ? Float.isFinite(out[i]) : out[i] == CANARY, what);
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void everyCoordinateChangesTheDraws(Kind kind) {
    int n = 256;
    int[] counter = {5, 6, 7};
    float[] base = new float[n];
    float[] other = new float[n];
    kind.fill(VECTOR, 9L, counter, base, 0, n);
    for (int bit = 0; bit < 64 + 96; bit++) {
      int[] changed = counter.clone();
      long key = 9L;
      if (bit < 64) {
        key ^= 1L << bit;
      } else {
        changed[(bit - 64) / 32] ^= 1 << bit % 32;
      }
      kind.fill(VECTOR, key, changed, other, 0, n);
      int equal = 0;
      for (int i = 0; i < n; i++) {
        equal += base[i] == other[i] ? 1 : 0;
      }
      // Signs agree by chance in half of 256 places, standard deviation 8; other draws next to
      // never.
      assertTrue(
          equal < (kind == Kind.RADEMACHER ? 128 + 6 * 8 : 8), kind + " bit " + bit + ": " + equal);
    }
  }

  @Test
  void rangesAreChecked() {
    for (Implementation implementation : Implementation.values()) {
      for (Kind kind : Kind.values()) {
        Kernels kernels = implementation.kernels();
        int[] c = {0, 0, 0};
        assertThrows(
            IndexOutOfBoundsException.class, () -> kind.fill(kernels, 0, c, new float[8], 1, 8));
        assertThrows(
            IndexOutOfBoundsException.class, () -> kind.fill(kernels, 0, c, new float[8], -1, 4));
        assertThrows(
            IndexOutOfBoundsException.class, () -> kind.fill(kernels, 0, c, new float[8], 0, -1));
      }
    }
  }
}
