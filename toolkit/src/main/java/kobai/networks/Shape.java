package kobai.networks;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The sizes of what a layer reads or writes, row-major: 64 numbers, positions × channels, or height
 * × width × channels. Channels stand last.
 *
 * @param sizes at least one, each at least 1
 */
public record Shape(List<Integer> sizes) {
  public Shape {
    sizes = List.copyOf(sizes);
    if (sizes.isEmpty()) {
      throw new IllegalArgumentException("shape = (): must have at least one size");
    }
    long count = 1;
    for (int size : sizes) {
      if (size < 1) {
        throw new IllegalArgumentException(
            "shape = %s: sizes must be at least 1".formatted(text(sizes)));
      }
      count = count > Integer.MAX_VALUE ? count : count * size;
    }
    if (count > Integer.MAX_VALUE - 8L) {
      throw new IllegalArgumentException(
          "shape = %s: must hold at most %d numbers"
              .formatted(text(sizes), Integer.MAX_VALUE - 8L));
    }
  }

  /** A shape of those sizes. */
  public static Shape of(int... sizes) {
    return new Shape(IntStream.of(sizes).boxed().toList());
  }

  /** Number of axes. */
  public int rank() {
    return sizes.size();
  }

  /** Size of an axis, counted from 0. */
  public int size(int axis) {
    return sizes.get(axis);
  }

  /** Size of the last axis: the channels. */
  public int channels() {
    return sizes.get(sizes.size() - 1);
  }

  /** Numbers in all. */
  public int count() {
    int count = 1;
    for (int axis = 0; axis < sizes.size(); axis++) { // an iterator would be allocated
      count *= sizes.get(axis);
    }
    return count;
  }

  /** Places that have channels: {@link #count} / {@link #channels}. */
  public int positions() {
    return count() / channels();
  }

  private static String text(List<Integer> sizes) {
    return sizes.stream().map(String::valueOf).collect(Collectors.joining(" × "));
  }

  @Override
  public String toString() {
    return text(sizes);
  }
}
