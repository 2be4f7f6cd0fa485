package kobai.networks;

import java.util.ArrayList;
import java.util.List;

/**
 * What a network's layers have that others must reach, each added when it is made, in the order of
 * the layers.
 *
 * @param norms statistics of batch normalisations in training mode
 * @param cells layers with a state
 */
record Members(List<BatchStatistics> norms, List<RecurrentRun> cells) {
  /** None yet. */
  static Members none() {
    return new Members(new ArrayList<>(), new ArrayList<>());
  }
}
