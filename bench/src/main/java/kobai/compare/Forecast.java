package kobai.compare;

/** Predicts how long one gradient takes. */
public interface Forecast {
  /** Seconds of one gradient of a sequence; an estimate that errs on the long side. */
  double seconds(Cell cell);
}
