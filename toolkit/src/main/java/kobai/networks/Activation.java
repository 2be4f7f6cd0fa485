package kobai.networks;

import java.util.Arrays;
import kobai.kernels.Kernels;

/**
 * Pointwise non-linearities φ, each with its slope φ′. Transcendental functions are those of {@link
 * Kernels}; what is left is single roundings, so that results do not depend on the implementation.
 */
public enum Activation {
  /** φ(x) = x. */
  IDENTITY(1) {
    @Override
    void values(Kernels kernels, float[] x, int xAt, float[] y, int yAt, int n) {
      System.arraycopy(x, xAt, y, yAt, n);
    }

    @Override
    void slopes(float[] x, int xAt, float[] y, int yAt, float[] slope, int slopeAt, int n) {
      Arrays.fill(slope, slopeAt, slopeAt + n, 1f);
    }
  },
  /** φ(x) = tanh x, φ′ = 1 − φ². */
  TANH(1) {
    @Override
    void values(Kernels kernels, float[] x, int xAt, float[] y, int yAt, int n) {
      kernels.tanh(x, xAt, y, yAt, n);
    }

    @Override
    void slopes(float[] x, int xAt, float[] y, int yAt, float[] slope, int slopeAt, int n) {
      for (int i = 0; i < n; i++) {
        float f = y[yAt + i];
        slope[slopeAt + i] = (1 - f) * (1 + f);
      }
    }
  },
  /** φ(x) = 1 / (1 + e⁻ˣ), φ′ = φ (1 − φ). */
  SIGMOID(1) {
    @Override
    void values(Kernels kernels, float[] x, int xAt, float[] y, int yAt, int n) {
      kernels.sigmoid(x, xAt, y, yAt, n);
    }

    @Override
    void slopes(float[] x, int xAt, float[] y, int yAt, float[] slope, int slopeAt, int n) {
      for (int i = 0; i < n; i++) {
        float f = y[yAt + i];
        slope[slopeAt + i] = f * (1 - f);
      }
    }
  },
  /** φ(x) = max(x, 0), φ′ = 1 where x &gt; 0, else 0. */
  RELU(2) {
    @Override
    void values(Kernels kernels, float[] x, int xAt, float[] y, int yAt, int n) {
      for (int i = 0; i < n; i++) {
        y[yAt + i] = Math.max(x[xAt + i], 0f);
      }
    }

    @Override
    void slopes(float[] x, int xAt, float[] y, int yAt, float[] slope, int slopeAt, int n) {
      for (int i = 0; i < n; i++) {
        // Bits of y ≥ 0 are 0 or positive. No branch: signs are as good as random.
        int bits = Float.floatToRawIntBits(y[yAt + i]);
        slope[slopeAt + i] = Float.intBitsToFloat(-bits >> 31 & ONE_BITS);
      }
    }
  },
  /** φ(x) = x σ(x), φ′ = σ + φ (1 − σ). Ramachandran, Zoph and Le (2017), arXiv 1710.05941. */
  SWISH(2) {
    @Override
    void values(Kernels kernels, float[] x, int xAt, float[] y, int yAt, int n) {
      kernels.sigmoid(x, xAt, y, yAt, n);
      kernels.multiply(x, xAt, y, yAt, y, yAt, n);
    }

    @Override
    void prepare(Kernels kernels, float[] x, int xAt, float[] slope, int slopeAt, int n) {
      kernels.sigmoid(x, xAt, slope, slopeAt, n);
    }

    @Override
    void slopes(float[] x, int xAt, float[] y, int yAt, float[] slope, int slopeAt, int n) {
      for (int i = 0; i < n; i++) {
        float s = slope[slopeAt + i];
        slope[slopeAt + i] = Math.fma(y[yAt + i], 1 - s, s);
      }
    }
  },
  /**
   * φ(x) = x t, t = tanh ln(1 + eˣ) = w / (w + 2) with w = e (e + 2), e = eˣ; φ′ = t + 4 x e (1 +
   * e) / (w + 2)². From x = 20 on t rounds to 1: e is that of min(x, 20). Misra (2019), arXiv
   * 1908.08681.
   */
  MISH(2) {
    @Override
    void values(Kernels kernels, float[] x, int xAt, float[] y, int yAt, int n) {
      prepare(kernels, x, xAt, y, yAt, n);
      for (int i = 0; i < n; i++) {
        float e = y[yAt + i];
        float w = e * (e + 2);
        y[yAt + i] = x[xAt + i] * (w / (w + 2));
      }
    }

    @Override
    void prepare(Kernels kernels, float[] x, int xAt, float[] slope, int slopeAt, int n) {
      for (int i = 0; i < n; i++) {
        slope[slopeAt + i] = Math.min(x[xAt + i], MISH_MOST);
      }
      kernels.exp(slope, slopeAt, slope, slopeAt, n);
    }

    @Override
    void slopes(float[] x, int xAt, float[] y, int yAt, float[] slope, int slopeAt, int n) {
      for (int i = 0; i < n; i++) {
        float e = slope[slopeAt + i];
        float w = e * (e + 2);
        float r = 1 / (w + 2);
        // At the limit this term is 80/e² = 3·10⁻¹⁶ and falls from there on.
        float grown = 4 * Math.min(x[xAt + i], MISH_MOST) * e * r * ((1 + e) * r);
        slope[slopeAt + i] = Math.fma(w, r, grown);
      }
    }
  },
  /**
   * φ(x) = x σ(2u), u = √(2/π) (x + 0.044715 x³): the Gaussian error linear unit in the form with
   * tanh, ½ x (1 + tanh u), which differs from x Φ(x) by at most 5·10⁻⁴. φ′ = σ + 2 u′ φ (1 − σ). u
   * is that of x within ±10, beyond which σ is 0 or 1. Hendrycks and Gimpel (2016), arXiv
   * 1606.08415.
   */
  GELU(2) {
    @Override
    void values(Kernels kernels, float[] x, int xAt, float[] y, int yAt, int n) {
      prepare(kernels, x, xAt, y, yAt, n);
      kernels.multiply(x, xAt, y, yAt, y, yAt, n);
    }

    @Override
    void prepare(Kernels kernels, float[] x, int xAt, float[] slope, int slopeAt, int n) {
      for (int i = 0; i < n; i++) {
        float c = Math.max(-GELU_MOST, Math.min(x[xAt + i], GELU_MOST));
        slope[slopeAt + i] = c * Math.fma(GELU_CUBIC * GELU_SCALE, c * c, GELU_SCALE);
      }
      kernels.sigmoid(slope, slopeAt, slope, slopeAt, n);
    }

    @Override
    void slopes(float[] x, int xAt, float[] y, int yAt, float[] slope, int slopeAt, int n) {
      for (int i = 0; i < n; i++) {
        float c = Math.max(-GELU_MOST, Math.min(x[xAt + i], GELU_MOST));
        float rate = Math.fma(3 * GELU_CUBIC * GELU_SCALE, c * c, GELU_SCALE);
        float s = slope[slopeAt + i];
        slope[slopeAt + i] = Math.fma(rate * y[yAt + i], 1 - s, s);
      }
    }
  };

  private static final int ONE_BITS = 0x3F800000;

  private static final float MISH_MOST = 20f;
  private static final float GELU_MOST = 10f;

  /** 2 √(2/π). */
  private static final float GELU_SCALE = (float) (2 * Math.sqrt(2 / Math.PI));

  private static final float GELU_CUBIC = 0.044715f;

  private final double gain;

  Activation(double gain) {
    this.gain = gain;
  }

  /** Variance of the weights before it, times their number of inputs. */
  double gain() {
    return gain;
  }

  /** Y ← φ(x); x stays. */
  abstract void values(Kernels kernels, float[] x, int xAt, float[] y, int yAt, int n);

  /** Overwrites slope with what {@link #slopes} reads there; nothing by default. */
  void prepare(Kernels kernels, float[] x, int xAt, float[] slope, int slopeAt, int n) {}

  /** Slope ← φ′(x), from y = φ(x) and what {@link #prepare} left. */
  abstract void slopes(float[] x, int xAt, float[] y, int yAt, float[] slope, int slopeAt, int n);
}
