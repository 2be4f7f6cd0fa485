package kobai.models;

/** A named [rows × columns] block of θ, row-major, starting at {@code at}. */
public record Tensor(String name, int rows, int columns, int at) {
  /** Number of parameters. */
  public int size() {
    return rows * columns;
  }
}
