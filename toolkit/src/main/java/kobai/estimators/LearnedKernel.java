package kobai.estimators;

import java.util.Arrays;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.RowLocalModel;
import kobai.models.RowLocalTape;
import kobai.random.NoiseSource;
import kobai.random.RandomKey;

/**
 * What {@link Kernl} learns of a network from a copy s̃ of it with noise ζ on its states: a kernel
 * A and a decay κ of every state.
 *
 * <pre>
 * κ = max(0, 1 − α),  Γ ← κ ⊙ Γ − Ω,  Ω ← κ ⊙ Ω + ζ            (1)  [S]
 * e = A Ω − (s̃ − s),  A ← A − η e Ωᵀ,  α ← α − η (eᵀ A) ⊙ Γ    (2)  [S × S], [S]
 * </pre>
 *
 * <p>(2) is on the means over the rows of the batch.
 */
final class LearnedKernel {
  /** Share of the error that a step learns, in units of the noise. */
  static final double RATE = 5e-6;

  private final Kernels kernels;
  private final RowLocalTape tape;
  private final NoiseSource noise;
  private final int batch;
  private final int n;
  private final int parts;
  private final int width;
  private final float sigma;
  private final float rate;
  private final float[] kernel;
  private final float[] decay;
  private final float[] kappa;
  private final float[] kappaSlope;
  private final float[] omega;
  private final float[] gamma;
  private final float[] error;
  private final float[] zeta;
  private long key;
  private int time;

  LearnedKernel(Setup setup, Workspace workspace, RowLocalModel model, RowLocalTape tape) {
    this.tape = tape;
    kernels = setup.kernels();
    noise = setup.noise();
    batch = setup.batch();
    n = model.units();
    parts = model.parts();
    width = parts * n;
    double chosen = setup.innerRate();
    sigma = (float) setup.sigma();
    rate = (float) (chosen > 0 ? chosen : RATE / (setup.sigma() * setup.sigma()));
    kernel = workspace.floats("kernel", (long) width * width);
    decay = workspace.floats("decay", width);
    kappa = workspace.floats("kappa", width);
    kappaSlope = workspace.floats("decay update", width);
    omega = workspace.floats("omega", setup.stateSize());
    gamma = workspace.floats("gamma", setup.stateSize());
    error = workspace.floats("error", setup.stateSize());
    zeta = workspace.floats("zeta", width);
  }

  /** Forgets all: A ← I, and κ is that of the step to come. */
  void reset(long seed) {
    key = RandomKey.childSeed(seed, "state noise");
    time = 0;
    Arrays.fill(omega, 0f);
    Arrays.fill(gamma, 0f);
    Arrays.fill(kernel, 0f);
    for (int i = 0; i < width; i++) {
      kernel[i * width + i] = 1f;
    }
  }

  /** κ before the last step [S]. */
  float[] kappa() {
    return kappa;
  }

  /** Out [S] ← q A. */
  void times(float[] q, int qAt, float[] out) {
    Arrays.fill(out, 0, width, 0f);
    kernels.gemvTransposedAdd(kernel, 0, q, qAt, out, 0, width, width);
  }

  /** α of the first step: one less the leak, averaged over the rows. */
  private void startDecay(float[] scratch) {
    Arrays.fill(decay, 1f);
    for (int row = 0; row < batch; row++) {
      tape.local(0, row, scratch, 0);
      for (int c = 0; c < parts; c++) {
        kernels.axpy(-1f / batch, scratch, c * (width + n), decay, c * n, n);
      }
    }
  }

  /**
   * (1) and (2) for a step of the tape; the states s̃ [B × S] have made it too and get their noise.
   * Scratch holds max(S, parts · S) floats.
   */
  void learn(int step, float[] noisy, float[] scratch) {
    if (time == 0) {
      startDecay(scratch);
    }
    for (int i = 0; i < width; i++) {
      kappa[i] = Math.max(0f, 1f - decay[i]);
    }
    Arrays.fill(kappaSlope, 0f);
    for (int row = 0; row < batch; row++) {
      int at = row * width;
      noise.fill(key, time, row, zeta, 0, width);
      kernels.axpy(sigma, zeta, 0, noisy, at, width);
      kernels.multiply(kappa, 0, gamma, at, gamma, at, width);
      kernels.axpy(-1f, omega, at, gamma, at, width);
      kernels.multiply(kappa, 0, omega, at, omega, at, width);
      kernels.axpy(sigma, zeta, 0, omega, at, width);
      kernels.gemv(kernel, 0, omega, at, error, at, width, width);
      tape.state(step, row, scratch, 0);
      kernels.axpy(1f, scratch, 0, error, at, width);
      kernels.axpy(-1f, noisy, at, error, at, width);
      Arrays.fill(scratch, 0f);
      kernels.gemvTransposedAdd(kernel, 0, error, at, scratch, 0, width, width);
      kernels.multiplyAdd(scratch, 0, gamma, at, kappaSlope, 0, width);
    }
    for (int row = 0; row < batch; row++) {
      kernels.scale(-rate / batch, error, row * width, width);
      kernels.rankOneAdd(error, row * width, omega, row * width, kernel, 0, width, width);
    }
    kernels.axpy(-rate / batch, kappaSlope, 0, decay, 0, width);
    time++;
  }
}
