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
 * @param stride distance in θ from one source to the next
 * @param offset sources that the gate sees before this run
 */
record GateRun(int gate, int source, int count, int at, int stride, int offset) {
  /** All of them, gate by gate, sources ascending. */
  static GateRun[] of(RowLocalShape model) {
    List<GateRun> runs = new ArrayList<>();
    for (int gate = 0; gate < model.gates(); gate++) {
      int seen = 0;
      for (int source = 0; source < model.sources(); ) {
        int at = model.parameterAt(source, gate);
        if (at < 0) {
          source++;
          continue;
        }
        int end = source + 1;
        int stride = end < model.sources() ? model.parameterAt(end, gate) - at : 0;
        while (end < model.sources()
            && stride >= model.units()
            && model.parameterAt(end, gate) == at + (end - source) * stride) {
          end++;
        }
        runs.add(new GateRun(gate, source, end - source, at, stride, seen));
        seen += end - source;
        source = end;
      }
    }
    return runs.toArray(GateRun[]::new);
  }

  /** For each gate, the sources that the gates before it see, added up; gates + 1 of them. */
  static int[] offsets(GateRun[] runs, int gates) {
    int[] offsets = new int[gates + 1];
    for (GateRun run : runs) {
      offsets[run.gate + 1] = run.offset + run.count; // the last run of a gate has its total
    }
    for (int gate = 0; gate < gates; gate++) {
      offsets[gate + 1] += offsets[gate];
    }
    return offsets;
  }
}
