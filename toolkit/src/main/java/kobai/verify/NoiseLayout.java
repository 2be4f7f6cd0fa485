package kobai.verify;

import java.util.LinkedHashMap;
import java.util.Map;
import kobai.kernels.Implementation;
import kobai.random.NoiseSource;
import kobai.random.RandomKey;

/**
 * The noise variables of an episode, found by watching one: every (key, unroll, particle) that the
 * estimator asks for is a block of factors. Asking again for the same coordinates is the same
 * block.
 */
public final class NoiseLayout {
  private record Coordinates(RandomKey key, int unroll, int particle) {}

  private record Block(int at, int count) {}

  private final Map<Coordinates, Block> blocks = new LinkedHashMap<>();
  private final NoiseSource signs = NoiseSource.rademacher(Implementation.SCALAR.kernels());
  private int factors;

  /**
   * A source that hands out random signs and notes who asked; for one episode with the seed of the
   * later runs.
   */
  public NoiseSource watching() {
    return (key, unroll, particle, out, outAt, count) -> {
      signs.fill(key, unroll, particle, out, outAt, count);
      note(new Coordinates(key, unroll, particle), count);
    };
  }

  private synchronized void note(Coordinates coordinates, int count) {
    Block block = blocks.get(coordinates);
    if (block == null || block.count < count) {
      blocks.put(coordinates, new Block(factors, count));
      factors += count;
    }
  }

  /** Number of noise variables seen. */
  public int factors() {
    return factors;
  }

  /** Index of the first variable of these coordinates. */
  int at(RandomKey key, int unroll, int particle, int count) {
    Block block = blocks.get(new Coordinates(key, unroll, particle));
    if (block == null || block.count < count) {
      throw new IllegalStateException(
          "noise of unroll %d, particle %d was not asked for in the episode that was watched (the draws must not depend on the noise)"
              .formatted(unroll, particle));
    }
    return block.at;
  }
}
