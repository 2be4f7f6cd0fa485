package kobai.verify;

import kobai.models.Loss;
import kobai.models.Lru;
import kobai.models.MinGru;
import kobai.models.Parameters;
import kobai.models.Rtu;

/** The equations of the diagonal cells, complex numbers written out. */
final class DiagonalEquations {
  private DiagonalEquations() {}

  /** λ = exp(−e^ν) (cos e^φ + i sin e^φ), sₜ = λ sₜ₋₁ + e^g (xₜ B), zₜ = [sʳ | sⁱ] V + xₜ D + c. */
  static Equations of(Lru model) {
    Parameters layout = model.parameters();
    int skipAt = layout.tensor("skip").at();
    int readoutAt = layout.tensor("readout").at();
    int biasAt = layout.tensor("readout bias").at();
    Loss kind = model.loss();
    CellEquations layer = layer(model);
    return new Equations() {
      @Override
      public int stateSize() {
        return layer.stateSize();
      }

      @Override
      public Real[] step(Real[] theta, Real[] input, Real[] state) {
        return layer.step(theta, input, state);
      }

      @Override
      public Real loss(Real[] theta, Real[] input, Real[] before, Real[] state, Real[] target) {
        Real[] output = CellEquations.slice(theta, biasAt, target.length);
        CellEquations.product(state, theta, readoutAt, output);
        CellEquations.product(input, theta, skipAt, output);
        return CellEquations.loss(kind, output, target);
      }
    };
  }

  /** The same without the skip, as in a stack. */
  static CellEquations layer(Lru model) {
    int n = model.units();
    Parameters layout = model.parameters();
    int gammaAt = layout.tensor("gamma").at();
    Rotation rotation = new Rotation(n, layout.tensor("nu").at(), layout.tensor("phi").at());
    return CellEquations.of(
        model,
        2 * n,
        model.loss(),
        (theta, input, state) -> {
          Real[] drive = rotation.drive(theta, input);
          Real[] next = new Real[2 * n];
          for (int i = 0; i < n; i++) {
            Real gamma = theta[gammaAt + i].exp();
            rotation.turn(theta, state, i, next);
            next[i] = next[i].plus(gamma.times(drive[i]));
            next[n + i] = next[n + i].plus(gamma.times(drive[n + i]));
          }
          return next;
        });
  }

  /** λ as above, cₜ = λ sₜ₋₁ + √(1 − |λ|²) (xₜ W), sₜ = cₜ or tanh of its parts. */
  static Equations of(Rtu model) {
    int n = model.units();
    Parameters layout = model.parameters();
    int nuAt = layout.tensor("nu").at();
    Rotation rotation = new Rotation(n, nuAt, layout.tensor("phi").at());
    return CellEquations.of(
        model,
        2 * n,
        model.loss(),
        (theta, input, state) -> {
          Real[] drive = rotation.drive(theta, input);
          Real[] next = new Real[2 * n];
          for (int i = 0; i < n; i++) {
            Real square = theta[nuAt + i].exp().times(-2).exp();
            Real gamma = square.complement().sqrt();
            rotation.turn(theta, state, i, next);
            next[i] = next[i].plus(gamma.times(drive[i]));
            next[n + i] = next[n + i].plus(gamma.times(drive[n + i]));
            if (model.nonlinear()) {
              next[i] = next[i].tanh();
              next[n + i] = next[n + i].tanh();
            }
          }
          return next;
        });
  }

  /** [cₜ | vₜ] = xₜ W + b, sₜ = (1 − σ(vₜ)) sₜ₋₁ + σ(vₜ) cₜ. */
  static Equations of(MinGru model) {
    int n = model.units();
    int biasAt = model.parameters().tensor("bias").at();
    return CellEquations.of(
        model,
        n,
        model.loss(),
        (theta, input, state) -> {
          Real[] gates = CellEquations.slice(theta, biasAt, 2 * n);
          CellEquations.product(input, theta, 0, gates);
          Real[] next = new Real[n];
          for (int i = 0; i < n; i++) {
            Real z = gates[n + i].sigmoid();
            next[i] = z.complement().times(state[i]).plus(z.times(gates[i]));
          }
          return next;
        });
  }

  /** Multiplication by λ; what the input feeds is [Re | Im] = x θ[0, d · 2n). */
  private record Rotation(int n, int nuAt, int phiAt) {
    Real[] drive(Real[] theta, Real[] input) {
      Real[] drive = new Real[2 * n];
      java.util.Arrays.fill(drive, theta[0].constant(0));
      CellEquations.product(input, theta, 0, drive);
      return drive;
    }

    void turn(Real[] theta, Real[] state, int i, Real[] next) {
      Real modulus = theta[nuAt + i].exp().negate().exp();
      Real phase = theta[phiAt + i].exp();
      Real real = modulus.times(phase.cos());
      Real imaginary = modulus.times(phase.sin());
      next[i] = real.times(state[i]).minus(imaginary.times(state[n + i]));
      next[n + i] = real.times(state[n + i]).plus(imaginary.times(state[i]));
    }
  }
}
