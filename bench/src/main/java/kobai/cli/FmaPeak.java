package kobai.cli;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Measures how many floating-point operations a second one core does at best: nothing but fused
 * multiply-adds in registers, as vectors of the preferred width. A fused multiply-add counts as
 * two.
 */
final class FmaPeak {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int CHAINS =
      12; // more than latency (4 or 5) times units (2), so that both units are always busy
  private static final int ITERATIONS = 1_000_000;
  private static final long WARM_NANOS = 300_000_000L;
  private static final int REPEATS = 10;

  private float sink; // keeps the result alive

  /** Returns GFLOP/s of one thread, the best of a few repeats; takes about half a second. */
  double measure() {
    long end = System.nanoTime() + WARM_NANOS;
    while (System.nanoTime() < end) {
      sink += chains(ITERATIONS / 10, 0.5f, 0.25f);
    }
    long best = Long.MAX_VALUE;
    for (int repeat = 0; repeat < REPEATS; repeat++) {
      long start = System.nanoTime();
      sink += chains(ITERATIONS, 0.5f, 0.25f);
      best = Math.min(best, System.nanoTime() - start);
    }
    return 2.0 * CHAINS * SPECIES.length() * ITERATIONS / best;
  }

  /** Runs the chains a ← fma(a, x, y), which tend to y / (1 − x) and so stay normal numbers. */
  private static float chains(int iterations, float x0, float y0) {
    FloatVector x = FloatVector.broadcast(SPECIES, x0);
    FloatVector y = FloatVector.broadcast(SPECIES, y0);
    FloatVector a0 = x;
    FloatVector a1 = x.mul(2);
    FloatVector a2 = x.mul(3);
    FloatVector a3 = x.mul(4);
    FloatVector a4 = x.mul(5);
    FloatVector a5 = x.mul(6);
    FloatVector a6 = x.mul(7);
    FloatVector a7 = x.mul(8);
    FloatVector a8 = x.mul(9);
    FloatVector a9 = x.mul(10);
    FloatVector a10 = x.mul(11);
    FloatVector a11 = x.mul(12);
    for (int i = 0; i < iterations; i++) {
      a0 = a0.fma(x, y);
      a1 = a1.fma(x, y);
      a2 = a2.fma(x, y);
      a3 = a3.fma(x, y);
      a4 = a4.fma(x, y);
      a5 = a5.fma(x, y);
      a6 = a6.fma(x, y);
      a7 = a7.fma(x, y);
      a8 = a8.fma(x, y);
      a9 = a9.fma(x, y);
      a10 = a10.fma(x, y);
      a11 = a11.fma(x, y);
    }
    FloatVector left = a0.add(a1).add(a2).add(a3).add(a4).add(a5);
    FloatVector right = a6.add(a7).add(a8).add(a9).add(a10).add(a11);
    return left.add(right).lane(0);
  }
}
