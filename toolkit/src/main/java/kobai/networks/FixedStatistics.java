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
      for (int j = 0; j < n; j++) {
        int channel = j % channels;
        standard[i * n + j] =
            (x.array()[x.at(i) + j] - layer.mean(channel))
                * layer.root(channel);
      }
    }
  }

  @Override
  public void project(Pass pass, float[] standard, Rows v, Rows out) {
    for (int i = 0; i < pass.rows(); i++) {
      for (int j = 0; j < n; j++) {
        out.array()[out.at(i) + j] =
            v.array()[v.at(i) + j] * layer.root(j % channels);
      }
    }
  }
}
