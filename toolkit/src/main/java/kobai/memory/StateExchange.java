package kobai.memory;

/**
 * What a checkpoint holds of one object, under names: the same calls write it and read it back, so
 * that saving and restoring cannot disagree.
 *
 * <pre>{@code
 * public void exchange(StateExchange state) {
 *   iteration = state.number("iteration", iteration);
 *   state.floats("first moment", m);
 * }
 * }</pre>
 *
 * <p>When state is written, numbers are returned as they were given and arrays are read; when it is
 * read back, the stored numbers are returned and arrays are overwritten, bit for bit.
 */
public interface StateExchange {
  /** Writes {@code value} and returns it, or returns the number stored under the name. */
  long number(String name, long value);

  /** Writes {@code values}, or overwrites them with the floats stored under the name. */
  void floats(String name, float[] values);

  /** {@link #number} for a double, bit for bit. */
  default double real(String name, double value) {
    return Double.longBitsToDouble(number(name, Double.doubleToRawLongBits(value)));
  }

  /** The same exchange with {@code name + '/'} before every name. */
  default StateExchange child(String name) {
    StateExchange parent = this;
    return new StateExchange() {
      @Override
      public long number(String own, long value) {
        return parent.number(name + "/" + own, value);
      }

      @Override
      public void floats(String own, float[] values) {
        parent.floats(name + "/" + own, values);
      }
    };
  }
}
