package kobai.networks;

/**
 * Windows that slide over the positions of a shape, positions × channels or height × width ×
 * channels; one dimension is a height of 1.
 *
 * @param input the shape
 * @param size of a window along each axis
 * @param stride between windows
 * @param padding zeros around each axis
 */
record Windows(Shape input, int size, int stride, int padding) {
  Windows {
    if (input.rank() != 2 && input.rank() != 3) {
      throw new IllegalArgumentException("rank = " + input.rank());
    }
  }

  boolean flat() {
    return input.rank() == 2;
  }

  int channels() {
    return input.channels();
  }

  int height() {
    return flat() ? 1 : input.size(0);
  }

  int width() {
    return input.size(input.rank() - 2);
  }

  /** Rows of a window. */
  int tall() {
    return flat() ? 1 : size;
  }

  int top() {
    return flat() ? 0 : padding;
  }

  /** Windows along the height; 0 or less if none fits. */
  int down() {
    return flat() ? 1 : Math.floorDiv(height() + 2 * padding - size, stride) + 1;
  }

  /** Windows along the width; 0 or less if none fits. */
  int across() {
    return Math.floorDiv(width() + 2 * padding - size, stride) + 1;
  }

  /** Windows in all. */
  int count() {
    return down() * across();
  }

  /** The shape of so many channels a window. */
  Shape output(int newChannels) {
    return flat() ? Shape.of(across(), newChannels) : Shape.of(down(), across(), newChannels);
  }

  /** Numbers in a window. */
  int numbers() {
    return tall() * size * channels();
  }
}
