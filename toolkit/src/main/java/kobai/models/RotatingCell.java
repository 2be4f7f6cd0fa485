package kobai.models;

import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/**
 * Units that turn and shrink a complex number, λ = exp(−e^ν + i e^φ):
 *
 * <pre>
 * c ← λ s + γ u,  s ← c or tanh(cʳ) + i tanh(cⁱ)      (1)
 * ∂λ/∂ν = −e^ν λ,  ∂λ/∂φ = i e^φ λ                    (2)
 * γ = e^g learnt,  or  γ = √(1 − |λ|²), ∂γ/∂ν = e^ν |λ|² / γ   (3)
 * </pre>
 *
 * <p>In (3), 1 − |λ|² = tanh(e^ν) (1 + |λ|²), which keeps its digits where |λ| nears 1.
 */
final class RotatingCell implements DiagonalCell {
  private static final int COEFFICIENTS = 6;

  private final Kernels kernels;
  private final int n;
  private final int ownAt;
  private final int gates;
  private final boolean scaleIsLearnt;
  private final boolean nonlinear;
  private final float[] rotation;

  /** The cell whose parameters begin at {@code at} in θ. */
  RotatingCell(
      DiagonalShape shape,
      int at,
      boolean scaleIsLearnt,
      boolean nonlinear,
      Kernels kernels,
      Workspace workspace) {
    this.kernels = kernels;
    this.scaleIsLearnt = scaleIsLearnt;
    this.nonlinear = nonlinear;
    n = shape.units();
    ownAt = at + shape.ownAt();
    gates = shape.gates();
    rotation = workspace.floats("rotation", (long) COEFFICIENTS * n);
  }

  /** Layout [λʳ | λⁱ | γ | −e^ν | ∂γ/∂ν, 0 where γ is learnt | e^φ]. */
  @Override
  public void prepare(float[] theta) {
    int gammaAt = 2 * n;
    int rateAt = 3 * n;
    int modulusAt = 4 * n;
    int phaseAt = 5 * n;
    kernels.exp(theta, ownAt, rotation, rateAt, n);
    kernels.scale(-1f, rotation, rateAt, n);
    kernels.exp(rotation, rateAt, rotation, modulusAt, n);
    kernels.exp(theta, ownAt + n, rotation, phaseAt, n);
    kernels.cos(rotation, phaseAt, rotation, 0, n);
    kernels.multiply(rotation, 0, rotation, modulusAt, rotation, 0, n);
    kernels.sin(rotation, phaseAt, rotation, n, n);
    kernels.multiply(rotation, n, rotation, modulusAt, rotation, n, n);
    if (scaleIsLearnt) {
      kernels.exp(theta, ownAt + 2 * n, rotation, gammaAt, n);
      java.util.Arrays.fill(rotation, modulusAt, modulusAt + n, 0f);
      return;
    }
    kernels.tanh(rotation, rateAt, rotation, gammaAt, n);
    for (int i = 0; i < n; i++) {
      float rate = rotation[rateAt + i];
      float square = rotation[modulusAt + i] * rotation[modulusAt + i];
      float gamma = (float) Math.sqrt(-rotation[gammaAt + i] * (1f + square));
      rotation[gammaAt + i] = gamma;
      rotation[modulusAt + i] = -rate * square / gamma;
    }
  }

  @Override
  public void step(float[] u, int uAt, float[] states, int beforeAt, int afterAt) {
    kernels.rotationStep(rotation, 0, u, uAt, states, beforeAt, states, afterAt, n);
    if (nonlinear) {
      kernels.tanh(states, afterAt, states, afterAt, 2 * n);
    }
  }

  @Override
  public void backward(
      float[] u,
      int uAt,
      float[] states,
      int beforeAt,
      int afterAt,
      float[] adjoint,
      int adjointAt,
      float[] delta,
      int deltaAt) {
    if (nonlinear) {
      timesSlope(states, afterAt, adjoint, adjointAt, 2 * n);
    }
    kernels.rotationBackward(
        rotation, 0, u, uAt, states, beforeAt, adjoint, adjointAt, delta, deltaAt, gates, n);
  }

  /** X ← x (1 − s²), s the state after tanh. */
  private static void timesSlope(float[] states, int afterAt, float[] x, int xAt, int count) {
    for (int i = 0; i < count; i++) {
      float value = states[afterAt + i];
      x[xAt + i] *= Math.fma(-value, value, 1f);
    }
  }

  @Override
  public void gains(
      float[] u, int uAt, float[] states, int beforeAt, int afterAt, float[] out, int outAt) {
    int second = outAt + gates * n;
    for (int i = 0; i < n; i++) {
      float real = rotation[i];
      float imaginary = rotation[n + i];
      float gamma = rotation[2 * n + i];
      float rate = rotation[3 * n + i];
      float scaleRate = rotation[4 * n + i];
      float phase = rotation[5 * n + i];
      float x = states[beforeAt + i];
      float y = states[beforeAt + n + i];
      float turnedX = Math.fma(real, x, -(imaginary * y));
      float turnedY = Math.fma(real, y, imaginary * x);
      out[outAt + i] = gamma;
      out[second + i] = 0f;
      out[outAt + n + i] = 0f;
      out[second + n + i] = gamma;
      out[outAt + 2 * n + i] = Math.fma(rate, turnedX, scaleRate * u[uAt + i]);
      out[second + 2 * n + i] = Math.fma(rate, turnedY, scaleRate * u[uAt + n + i]);
      out[outAt + 3 * n + i] = -phase * turnedY;
      out[second + 3 * n + i] = phase * turnedX;
    }
    if (scaleIsLearnt) {
      kernels.multiply(rotation, 2 * n, u, uAt, out, outAt + 4 * n, n);
      kernels.multiply(rotation, 2 * n, u, uAt + n, out, second + 4 * n, n);
    }
    if (nonlinear) {
      for (int gate = 0; gate < gates; gate++) {
        timesSlope(states, afterAt, out, outAt + gate * n, n);
        timesSlope(states, afterAt + n, out, second + gate * n, n);
      }
    }
  }

  @Override
  public void local(float[] u, int uAt, float[] states, int afterAt, float[] out, int outAt) {
    for (int i = 0; i < n; i++) {
      out[outAt + i] = rotation[i];
      out[outAt + n + i] = -rotation[n + i];
      out[outAt + 2 * n + i] = rotation[n + i];
      out[outAt + 3 * n + i] = rotation[i];
    }
    if (nonlinear) {
      timesSlope(states, afterAt, out, outAt, n);
      timesSlope(states, afterAt, out, outAt + n, n);
      timesSlope(states, afterAt + n, out, outAt + 2 * n, n);
      timesSlope(states, afterAt + n, out, outAt + 3 * n, n);
    }
  }
}
