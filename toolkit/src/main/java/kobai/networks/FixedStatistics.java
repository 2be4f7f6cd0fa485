package kobai.networks;

/** Statistics of every channel that do not depend on the rows: J v = v ⊙ r. */
final class FixedStatistics implements Statistics {
  private final FrozenNorm layer;
  private final int n;
  private final int channels;

  FixedStatistics(FrozenNorm layer) {
    this.layer = layer;
    n = layer.input().count();
    channels = layer.input().channels();
  }

  @Override
  public void standardise(Pass pass, Rows x, float[] standard) {
    for (int i = 0; i < pass.rows(); i++) {
      for (int from = 0; from < n; from += channels) {
        for (int c = 0; c < channels; c++) {
          float centred = x.array()[x.at(i) + from + c] - layer.mean(c);
          standard[i * n + from + c] = centred * layer.root(c);
        }
      }
    }
  }

  @Override
  public void project(Pass pass, float[] standard, Rows v, Rows out) {
    for (int i = 0; i < pass.rows(); i++) {
      for (int from = 0; from < n; from += channels) {
        for (int c = 0; c < channels; c++) {
          out.array()[out.at(i) + from + c] = v.array()[v.at(i) + from + c] * layer.root(c);
        }
      }
    }
  }
}
