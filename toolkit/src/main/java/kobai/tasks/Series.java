package kobai.tasks;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.data.SeriesData;
import kobai.models.Loss;
import kobai.random.RandomDraws;
import kobai.random.RandomKey;

/**
 * Predicts the next row of the user's series. Each column is centred and divided by its standard
 * deviation over the rows that are learnt from; a column that never changes there becomes zero. The
 * target of step t is the input of step t + 1, and each row of a batch starts at a random row of
 * the series.
 *
 * <p>Memory: one float a value.
 */
public final class Series implements Task {
  private final String name;
  private final int rows;
  private final int columns;
  private final float[] values;

  /**
   * Standardises the series by all of its rows.
   *
   * @throws IllegalArgumentException if it has fewer than two rows or no column changes
   */
  public Series(SeriesData data) {
    this(data, data.rows());
  }

  private Series(Series whole, int from, int to) {
    name = whole.name;
    rows = to - from;
    columns = whole.columns;
    values = Arrays.copyOfRange(whole.values, from * columns, to * columns);
  }

  /**
   * Standardises the series by its first rows, those that are learnt from: what is held out behind
   * them must not be known.
   *
   * @throws IllegalArgumentException if it has fewer than two such rows or no column changes in
   *     them
   */
  public Series(SeriesData data, int fitted) {
    this.name = "series " + data.name();
    this.rows = data.rows();
    this.columns = data.columns();
    if (fitted < 2 || fitted > rows) {
      throw new IllegalArgumentException(
          data.name()
              + ": has "
              + fitted
              + (fitted == 1 ? " row" : " rows")
              + (fitted == rows ? "" : " to learn from")
              + ": must have at least 2 (one row a time step; transpose it if it lies on"
              + " its side)");
    }
    this.values = new float[rows * columns];
    boolean changes = false;
    for (int column = 0; column < columns; column++) {
      changes |= standardise(data, column, fitted);
    }
    if (!changes) {
      throw new IllegalArgumentException(
          data.name() + ": no column changes: must have a value to predict (check the file)");
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int inputSize() {
    return columns;
  }

  @Override
  public int targetSize() {
    return columns;
  }

  @Override
  public Loss loss() {
    return Loss.SQUARED_ERROR;
  }

  /**
   * The same task on rows [from, to) of the series, standardised as before.
   *
   * @throws IllegalArgumentException if these are fewer than two rows
   */
  public Series part(int from, int to) {
    if (from < 0 || to > rows || to - from < 2) {
      throw new IllegalArgumentException(
          "%s: part = [%d, %d): must be at least 2 rows within [0, %d)"
              .formatted(name, from, to, rows));
    }
    return new Series(this, from, to);
  }

  /** Number of time steps of the series. */
  public int rows() {
    return rows;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the series has no more rows than the sequence has steps
   */
  @Override
  public void fill(RandomKey key, Sequence sequence) {
    Shapes.check(this, sequence);
    Shapes.checkLength(this, sequence, rows, "rows");
    int length = sequence.length();
    for (int row = 0; row < sequence.batch(); row++) {
      int start = RandomDraws.below(key, row, 0, rows - length);
      for (int t = 0; t < length; t++) {
        int from = (start + t) * columns;
        System.arraycopy(
            values, from, sequence.inputs(), sequence.inputAt(t) + row * columns, columns);
        System.arraycopy(
            values,
            from + columns,
            sequence.targets(),
            sequence.targetAt(t) + row * columns,
            columns);
      }
    }
  }

  /** Writes the standardised column; false if all its values are equal. */
  private boolean standardise(SeriesData data, int column, int fitted) {
    double low = data.at(0, column);
    double high = low;
    for (int row = 1; row < fitted; row++) {
      low = Math.min(low, data.at(row, column));
      high = Math.max(high, data.at(row, column));
    }
    // Halves, so that values up to 1.8e308 have a finite range; scaled to [0, 1], so that squares
    // neither over- nor underflow.
    double range = high / 2 - low / 2;
    if (range == 0) {
      return false;
    }
    double sum = 0;
    for (int row = 0; row < fitted; row++) {
      sum += scaled(data.at(row, column), low, range);
    }
    double mean = sum / fitted;
    double squares = 0;
    for (int row = 0; row < fitted; row++) {
      double difference = scaled(data.at(row, column), low, range) - mean;
      squares += difference * difference;
    }
    double deviation = Math.sqrt(squares / fitted);
    for (int row = 0; row < rows; row++) {
      float value = (float) ((scaled(data.at(row, column), low, range) - mean) / deviation);
      if (Float.isInfinite(value)) { // only of rows that the deviation does not know
        throw new IllegalArgumentException(
            "%s: row %d, %s = %s: must be within ±%s standard deviations of the rows to learn from"
                .formatted(
                    data.name(),
                    row + 1,
                    data.columnName(column),
                    data.at(row, column),
                    Float.MAX_VALUE));
      }
      values[row * columns + column] = value;
    }
    return true;
  }

  private static double scaled(double value, double low, double range) {
    return (value / 2 - low / 2) / range;
  }
}
