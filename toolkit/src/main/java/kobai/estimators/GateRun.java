package kobai.estimators;

import java.util.ArrayList;
import java.util.List;
import kobai.models.RowLocalShape;

/**
 * Consecutive sources of one gate whose weights lie at one distance in θ: the unit in which the
 * recurrent parameters of a row-local model are walked.
 *
 * @param gate gate
 * @param source first source
 * @param count sources
 * @param at index in θ of the weight from the first source into unit 0
 * @param stride distance in θ from one source to the next, n where there is none
 * @param offset sources that the gate sees before this run
 * @param before sources of all runs before this one
 */
record GateRun(int gate, int source, int count, int at, int stride, int offset, int before) {
  /** All of them, gate by gate, sources ascending. */
  static GateRun[] of(RowLocalShape model) {
    List<GateRun> runs = new ArrayList<>();
    int before = 0;
    for (int gate = 0; gate < model.gates(); gate++) {
      int seen = 0;
      for (int source = 0; source < model.sources(); ) {
        int at = model.parameterAt(source, gate);
        if (at < 0) {
          source++;
          continue;
        }
        int end = source + 1;
        int next = end < model.sources() ? model.parameterAt(end, gate) : -1;
        int stride = next >= at + model.units() ? next - at : model.units();
        while (end < model.sources()
            && model.parameterAt(end, gate) == at + (end - source) * stride) {
          end++;
        }
        int count = end - source;
        runs.add(new GateRun(gate, source, count, at, stride, seen, before));
        seen += count;
        before += count;
        source = end;
      }
    }
    return runs.toArray(GateRun[]::new);
  }

  /** Sources of all runs. */
  static int total(GateRun[] runs) {
    GateRun last = runs[runs.length - 1];
    return last.before + last.count;
  }

  /** For each gate, the sources that the gates before it see, added up; gates + 1 of them. */
  static int[] offsets(GateRun[] runs, int gates) {
    int[] offsets = new int[gates + 1];
    for (GateRun run : runs) {
      offsets[run.gate + 1] = run.before + run.count; // the last run of a gate has its total
    }
    for (int gate = 0; gate < gates; gate++) {
      offsets[gate + 1] = Math.max(offsets[gate], offsets[gate + 1]);
    }
    return offsets;
  }
}
