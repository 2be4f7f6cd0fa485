package kobai.networks;

/** Rows of floats: row i begins at {@code at + i · row} of the array. A view, moved about. */
final class Rows {
  private float[] array = {};
  private int at;
  private int row;

  /** Rows of that many floats, one behind the other. */
  static Rows of(float[] array, int columns) {
    return new Rows().move(array, 0, columns);
  }

  /** Looks at other rows. */
  Rows move(float[] newArray, int newAt, int newRow) {
    array = newArray;
    at = newAt;
    row = newRow;
    return this;
  }

  float[] array() {
    return array;
  }

  /** Where the first row begins. */
  int at() {
    return at;
  }

  /** Where row i begins. */
  int at(int i) {
    return at + i * row;
  }

  /** Floats between two rows. */
  int row() {
    return row;
  }
}
