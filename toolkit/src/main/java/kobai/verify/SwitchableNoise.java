package kobai.verify;

import java.util.concurrent.atomic.AtomicReference;
import kobai.random.NoiseSource;
import kobai.random.RandomKey;

/**
 * A source whose draws come from whatever source is chosen at the moment; an estimator is made with
 * it once.
 */
public final class SwitchableNoise implements NoiseSource {
  private final AtomicReference<NoiseSource> chosen;

  /** Starts with that source. */
  public SwitchableNoise(NoiseSource first) {
    chosen = new AtomicReference<>(first);
  }

  /** Chooses the source of the draws that follow. */
  public void choose(NoiseSource source) {
    chosen.set(source);
  }

  @Override
  public void fill(RandomKey key, int unroll, int particle, float[] out, int outAt, int count) {
    chosen.get().fill(key, unroll, particle, out, outAt, count);
  }
}
