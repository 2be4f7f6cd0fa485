package kobai.data;

import kobai.random.RandomKey;
import kobai.random.RandomPermutation;

/**
 * Mini-batches S of M of N examples, drawn without replacement, each epoch in a new random order.
 *
 * <pre>
 * E_S = (N/M) Σ_{n∈S} E_n,   E[E_S] = Σₙ Eₙ     (1)
 * </pre>
 *
 * (1) holds because every example is in S with probability M/N. An epoch has ⌊N/M⌋ mini-batches;
 * where M does not divide N, the N mod M examples at the end of the order sit it out.
 *
 * <p>Which example a row holds is a pure function of (key, iteration, row): nothing is stored, and
 * a run may be resumed anywhere.
 *
 * @param examples N ≥ 1
 * @param batch M from 1 to N
 */
public record MiniBatches(int examples, int batch) {
  public MiniBatches {
    if (examples < 1) {
      throw new IllegalArgumentException("examples = %d: must be at least 1".formatted(examples));
    }
    if (batch < 1 || batch > examples) {
      throw new IllegalArgumentException(
          "batch = %d: must be in [1, %d], the number of examples".formatted(batch, examples));
    }
  }

  /** Iterations of an epoch, ⌊N/M⌋. */
  public int iterationsPerEpoch() {
    return examples / batch;
  }

  /** N/M, which makes a sum over the mini-batch an unbiased estimate of the sum over all. */
  public double scale() {
    return (double) examples / batch;
  }

  /**
   * The example of a row of the mini-batch of an iteration.
   *
   * @param iteration from 0, through all epochs
   * @param row in [0, batch)
   */
  public int example(RandomKey key, long iteration, int row) {
    long epoch = iteration / iterationsPerEpoch();
    int place = (int) (iteration % iterationsPerEpoch()) * batch + row;
    return RandomPermutation.at(RandomKey.childSeed(key.seed(), epoch), examples, place);
  }
}
