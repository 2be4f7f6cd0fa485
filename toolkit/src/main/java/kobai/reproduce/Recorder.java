package kobai.reproduce;

/** Takes what a unit finds. Values may be NaN or infinite. */
public interface Recorder {
  /** A figure of the unit. */
  void value(String metric, double value);

  /** A figure at a place: a point of a curve. Ascending in x within a metric. */
  void point(String metric, double x, double value);

  /** A duration: kept apart, because no two runs agree on it. */
  void seconds(String metric, double value);

  /** How much of the unit is done, from 0 to 1. Cheap: may be called every iteration. */
  void progress(double share);
}
