package kobai.memory;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The only allocator of estimators, tapes and optimisers; its ledger (name → bytes) is the
 * published memory figure.
 *
 * <p>A <em>planning</em> workspace counts and hands out empty arrays: running a constructor on it
 * gives the exact bytes without allocating them. Constructors therefore take arrays but never write
 * to them.
 */
public final class Workspace {
  /** Largest array the JVM is sure to give. */
  public static final long MAX_ELEMENTS = Integer.MAX_VALUE - 8L;

  private static final float[] NO_FLOATS = {};
  private static final double[] NO_DOUBLES = {};
  private static final int[] NO_INTS = {};

  private final Map<String, Long> ledger;
  private final String prefix;
  private final boolean planning;

  private Workspace(Map<String, Long> ledger, String prefix, boolean planning) {
    this.ledger = ledger;
    this.prefix = prefix;
    this.planning = planning;
  }

  /** A workspace that allocates. */
  public static Workspace allocating() {
    return new Workspace(new LinkedHashMap<>(), "", false);
  }

  /** A workspace that only counts. */
  public static Workspace planning() {
    return new Workspace(new LinkedHashMap<>(), "", true);
  }

  /** A view of the same ledger whose names start with {@code name + '/'}. */
  public Workspace child(String name) {
    return new Workspace(ledger, prefix + name + "/", planning);
  }

  /** Takes {@code count} floats, zeroed (none from a planning workspace). */
  public float[] floats(String name, long count) {
    enter(name, count, Float.BYTES);
    return planning ? NO_FLOATS : new float[(int) count];
  }

  /** Takes {@code count} doubles, zeroed (none from a planning workspace). */
  public double[] doubles(String name, long count) {
    enter(name, count, Double.BYTES);
    return planning ? NO_DOUBLES : new double[(int) count];
  }

  /**
   * Enters an array that follows from a model's description alone, such as the places of its
   * weights, and returns it: made by the caller, even for a plan.
   */
  public int[] indices(String name, int[] made) {
    enter(name, made.length, Integer.BYTES);
    return made;
  }

  /** Takes {@code count} ints, zeroed (none from a planning workspace). */
  public int[] ints(String name, long count) {
    enter(name, count, Integer.BYTES);
    return planning ? NO_INTS : new int[(int) count];
  }

  private void enter(String name, long count, int elementBytes) {
    if (count < 0 || (!planning && count > MAX_ELEMENTS)) {
      throw new IllegalArgumentException(
          "%s%s = %d elements: must be in [0, %d] (a Java array holds no more; use a smaller size or another algorithm)"
              .formatted(prefix, name, count, MAX_ELEMENTS));
    }
    if (ledger.putIfAbsent(prefix + name, Math.multiplyExact(count, (long) elementBytes)) != null) {
      throw new IllegalArgumentException(
          "workspace: '%s%s' is taken twice".formatted(prefix, name));
    }
  }

  /** Total bytes taken. */
  public long bytes() {
    long sum = 0;
    for (long bytes : ledger.values()) {
      sum = Math.addExact(sum, bytes);
    }
    return sum;
  }

  /** Bytes of the arrays of that name, its own and its children's. */
  public long bytesOf(String name) {
    long sum = 0;
    for (Map.Entry<String, Long> entry : ledger.entrySet()) {
      if (entry.getKey().equals(name) || entry.getKey().endsWith("/" + name)) {
        sum = Math.addExact(sum, entry.getValue());
      }
    }
    return sum;
  }

  /** Elements of the largest array, in bytes: what a single allocation must be able to hold. */
  public long largest() {
    long largest = 0;
    for (long bytes : ledger.values()) {
      largest = Math.max(largest, bytes);
    }
    return largest;
  }

  /** Name → bytes, in the order of allocation. */
  public Map<String, Long> ledger() {
    return new LinkedHashMap<>(ledger);
  }
}
