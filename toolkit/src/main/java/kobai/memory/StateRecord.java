package kobai.memory;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * State as plain names and values, between the objects that it belongs to and a file.
 *
 * <pre>{@code
 * StateRecord record = new StateRecord();
 * optimiser.exchange(record.writer());
 * record.restore(other::exchange);   // other continues bit for bit
 * }</pre>
 */
public final class StateRecord {
  private final Map<String, Long> numbers = new LinkedHashMap<>();
  private final Map<String, float[]> arrays = new LinkedHashMap<>();

  /** An empty record. */
  public StateRecord() {}

  /** Something that exchanges its state. */
  public interface Owner {
    /** Names its state, in any order. */
    void exchange(StateExchange state);
  }

  /** Adds a number; a name is used once. */
  public void put(String name, long value) {
    requireNew(name);
    numbers.put(name, value);
  }

  /** Adds an array, which the record takes over; a name is used once. */
  public void put(String name, float[] values) {
    requireNew(name);
    arrays.put(name, values);
  }

  /** The numbers, in the order they were written. */
  public Map<String, Long> numbers() {
    return Collections.unmodifiableMap(numbers);
  }

  /** The arrays themselves, in the order they were written. */
  public Map<String, float[]> arrays() {
    return Collections.unmodifiableMap(arrays);
  }

  /** An exchange that writes into this record; arrays are copied. */
  public StateExchange writer() {
    return new StateExchange() {
      @Override
      public long number(String name, long value) {
        put(name, value);
        return value;
      }

      @Override
      public void floats(String name, float[] values) {
        put(name, values.clone());
      }
    };
  }

  /**
   * Gives an owner its state back. The owner is asked twice: the first time nothing is changed but
   * its names and sizes are compared with the record.
   *
   * @throws IllegalArgumentException if a name is missing or left over, or an array has another
   *     length; the owner is then as it was
   */
  public void restore(Owner owner) {
    Set<String> left = new LinkedHashSet<>(numbers.keySet());
    left.addAll(arrays.keySet());
    owner.exchange(new Comparison(left));
    if (!left.isEmpty()) {
      throw new IllegalArgumentException(
          "state: %s: must not be there (it belongs to other settings)"
              .formatted(String.join(", ", left)));
    }
    owner.exchange(
        new StateExchange() {
          @Override
          public long number(String name, long value) {
            return numbers.get(name);
          }

          @Override
          public void floats(String name, float[] values) {
            System.arraycopy(arrays.get(name), 0, values, 0, values.length);
          }
        });
  }

  /** Compares names and sizes, and changes nothing. */
  private final class Comparison implements StateExchange {
    private final Set<String> left;

    Comparison(Set<String> left) {
      this.left = left;
    }

    @Override
    public long number(String name, long value) {
      require(name, numbers.containsKey(name), "number");
      return value;
    }

    @Override
    public void floats(String name, float[] values) {
      require(name, arrays.containsKey(name), "array");
      int stored = arrays.get(name).length;
      if (stored != values.length) {
        throw new IllegalArgumentException(
            "state: %s: expected %d floats, got %d (it belongs to another model)"
                .formatted(name, values.length, stored));
      }
    }

    private void require(String name, boolean present, String what) {
      if (!present) {
        throw new IllegalArgumentException(
            "state: no %s '%s': must be there (it belongs to other settings)"
                .formatted(what, name));
      }
      left.remove(name);
    }
  }

  private void requireNew(String name) {
    if (numbers.containsKey(name) || arrays.containsKey(name)) {
      throw new IllegalArgumentException("state: '%s' is written twice".formatted(name));
    }
  }
}
