package kobai.estimators;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.DiagonalModel;

/**
 * The traces of one gate of a diagonal cell: m [B × sources of the gate × parts n], the influence
 * of each of its parameters on its own unit. Of gates that come in turned pairs, the first has the
 * traces of both.
 */
final class DiagonalTraces {
  private static final float[] ZERO = {0f};
  private static final float[] ONE = {1f};

  private final Kernels kernels;
  private final GateRun run;
  private final boolean turned;
  private final boolean constant;
  private final int n;
  private final int parts;
  private final int width;
  private final int line;
  private final int q;
  private final float[] values;

  private DiagonalTraces(
      Setup setup, Workspace workspace, DiagonalModel model, GateRun run, boolean turned) {
    this.run = run;
    this.turned = turned;
    kernels = setup.kernels();
    n = model.units();
    parts = model.parts();
    width = parts * n;
    line = model.gates() * n;
    q = model.sources();
    constant = run.source() == q - 1;
    long size = (long) setup.batch() * run.count() * width;
    values = workspace.floats("traces of gate " + run.gate(), size);
  }

  /** Those of all gates. */
  static DiagonalTraces[] of(Setup setup, Workspace workspace, DiagonalModel model) {
    List<DiagonalTraces> all = new ArrayList<>();
    for (GateRun run : GateRun.of(model)) {
      int next = run.gate() + 1;
      if (!model.turned(run.gate())) {
        boolean turned = next < model.gates() && model.turned(next);
        all.add(new DiagonalTraces(setup, workspace, model, run, turned));
      }
    }
    return all.toArray(DiagonalTraces[]::new);
  }

  void clear() {
    Arrays.fill(values, 0f);
  }

  /**
   * One step of a row: m ← D m + G z, then gradient ← ⟨q, m⟩, added to that of the rows before.
   *
   * @param blocks D [parts × parts × n]
   * @param gains G [parts × gates × n]
   */
  void step(int row, float[] blocks, float[] gains, float[] z, float[] q, float[] gradient) {
    kernels.stepTraces(
        parts,
        turned,
        row > 0,
        blocks,
        0,
        gains,
        run.gate() * n,
        line,
        z,
        run.source(),
        q,
        row * width,
        values,
        row * run.count() * width,
        run.count(),
        gradient,
        run.at(),
        run.stride(),
        n);
  }

  /** Adds ⟨a, m⟩ of a row to the gradient, a [B × parts n]. */
  void credit(int row, float[] a, float[] gradient) {
    kernels.creditTraces(
        parts,
        turned,
        a,
        row * width,
        values,
        row * run.count() * width,
        run.count(),
        gradient,
        run.at(),
        run.stride(),
        n);
  }

  /**
   * Many steps of a row: m ← Λ m + Σₜ Gₜ zₜ.
   *
   * @param blocks Λ [parts × parts × n]
   * @param gains Gₜ [steps × parts × gates × n]
   * @param sums Σₜ Gₜ, what a gate makes of them that sees nothing but a one
   * @param z zₜ [steps × q]
   */
  void advance(
      int row, float[] blocks, int steps, float[] gains, float[] sums, float[] z, float[] scratch) {
    int at = row * run.count() * width;
    int gate = run.gate() * n;
    if (constant) {
      kernels.advanceTraces(parts, blocks, 0, sums, gate, line, ONE, 0, 0, values, at, 1, n);
      return;
    }
    kernels.advanceTraces(
        parts, blocks, 0, sums, gate, line, ZERO, 0, 0, values, at, run.count(), n);
    for (int part = 0; part < parts; part++) {
      kernels.gemmTransposedAdd(
          run.count(),
          n,
          steps,
          z,
          run.source(),
          q,
          gains,
          part * line + gate,
          parts * line,
          values,
          at + part * n,
          width,
          scratch,
          0);
    }
  }
}
