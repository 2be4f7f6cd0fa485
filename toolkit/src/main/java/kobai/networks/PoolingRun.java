package kobai.networks;

import java.util.Arrays;

/**
 * Computes a {@link Pooling}: p gets q at the largest number of a window, or its share of q at all
 * of them; tangents go the other way.
 */
final class PoolingRun implements FixedRun {
  private final boolean largest;
  private final int channels;
  private final int width;
  private final int tall;
  private final int size;
  private final int stride;
  private final int down;
  private final int across;
  private final int n;
  private final int inputs;
  private final float share;
  private final float[] outputs;
  private final int[] places;
  private final Rows y;

  PoolingRun(Pooling layer, Place place) {
    Windows windows = layer.windows();
    largest = layer.largest();
    channels = windows.channels();
    width = windows.width();
    tall = windows.tall();
    size = layer.size();
    stride = layer.stride();
    down = windows.down();
    across = windows.across();
    n = layer.output().count();
    inputs = layer.input().count();
    share = 1f / (tall * size);
    outputs = place.rows("outputs", n);
    places = place.workspace().ints("places of the largest", largest ? (long) place.rows() * n : 0);
    y = Rows.of(outputs, n);
  }

  /** Where the window begins that makes channel 0 of output {@code position}. */
  private int corner(int position) {
    return (position / across * (tall == 1 ? 1 : stride) * width + position % across * stride)
        * channels;
  }

  @Override
  public Rows forward(Pass pass, Rows x) {
    for (int i = 0; i < pass.rows(); i++) {
      if (largest) {
        largest(x, i);
      } else {
        means(x, i, y);
      }
    }
    return y;
  }

  private void largest(Rows x, int i) {
    for (int position = 0; position < down * across; position++) {
      for (int c = 0; c < channels; c++) {
        int from = corner(position) + c;
        int best = from;
        for (int line = 0; line < tall; line++) {
          for (int k = 0; k < size; k++) {
            int at = from + (line * width + k) * channels;
            // Not "greater", so that a NaN is seen.
            boolean lower = x.array()[x.at(i) + at] <= x.array()[x.at(i) + best];
            best = lower ? best : at;
          }
        }
        int to = i * n + position * channels + c;
        outputs[to] = x.array()[x.at(i) + best];
        places[to] = best;
      }
    }
  }

  private void means(Rows x, int i, Rows out) {
    for (int position = 0; position < down * across; position++) {
      for (int c = 0; c < channels; c++) {
        int from = x.at(i) + corner(position) + c;
        float sum = 0;
        for (int line = 0; line < tall; line++) {
          for (int k = 0; k < size; k++) {
            sum += x.array()[from + (line * width + k) * channels];
          }
        }
        out.array()[out.at(i) + position * channels + c] = sum * share;
      }
    }
  }

  @Override
  public void backward(Pass pass, Rows x, Rows q, Rows p, boolean wanted, float[] gradient) {
    if (!wanted) {
      return;
    }
    Arrays.fill(p.array(), p.at(), p.at() + pass.rows() * inputs, 0f);
    for (int i = 0; i < pass.rows(); i++) {
      for (int o = 0; o < n; o++) {
        float credit = q.array()[q.at(i) + o];
        if (largest) {
          p.array()[p.at(i) + places[i * n + o]] += credit;
        } else {
          spread(p.array(), p.at(i) + corner(o / channels) + o % channels, credit * share);
        }
      }
    }
  }

  private void spread(float[] p, int at, float credit) {
    for (int line = 0; line < tall; line++) {
      for (int k = 0; k < size; k++) {
        p[at + (line * width + k) * channels] += credit;
      }
    }
  }

  @Override
  public void jvp(Pass pass, float[] direction, Rows x, Rows dx, boolean moving, Rows u) {
    for (int i = 0; i < pass.rows(); i++) {
      if (!largest) {
        means(dx, i, u);
        continue;
      }
      for (int o = 0; o < n; o++) {
        u.array()[u.at(i) + o] = dx.array()[dx.at(i) + places[i * n + o]];
      }
    }
  }
}
