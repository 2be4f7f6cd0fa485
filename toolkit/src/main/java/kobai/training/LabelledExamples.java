package kobai.training;

import java.util.Arrays;
import java.util.stream.IntStream;
import kobai.data.LabelledData;
import kobai.models.Loss;
import kobai.networks.Shape;

/** Labelled data as examples: seen at a glance, or in equal parts, one a step. */
public final class LabelledExamples implements Examples {
  private final LabelledData data;
  private final int length;
  private final Shape shape;
  private final int width;
  private final float[] row;

  /**
   * @param length steps T; 1 keeps the shape of the data, images of two sizes getting one channel
   * @throws IllegalArgumentException if T does not divide the features
   */
  public LabelledExamples(LabelledData data, int length) {
    int features = data.features();
    if (length < 1 || features % length != 0) {
      throw new IllegalArgumentException(
          "steps = %d: must divide %d, the features of an example of %s"
              .formatted(length, features, data.name()));
    }
    this.data = data;
    this.length = length;
    width = features / length;
    shape = length == 1 ? whole(data.shape()) : Shape.of(width);
    row = new float[length == 1 ? 0 : features];
  }

  /**
   * Seen at a glance in a shape of one's own, such as positions × channels.
   *
   * @throws IllegalArgumentException if it does not hold the features
   */
  public LabelledExamples(LabelledData data, Shape shape) {
    this.data = data;
    length = 1;
    width = data.features();
    this.shape = fitting(shape, width, data.name());
    row = new float[0];
  }

  static Shape fitting(Shape shape, int numbers, String name) {
    if (shape.count() != numbers) {
      throw new IllegalArgumentException(
          "shape = %s: must hold %d numbers, those of an example of %s"
              .formatted(shape, numbers, name));
    }
    return shape;
  }

  static Shape whole(int[] sizes) {
    return sizes.length == 2
        ? Shape.of(sizes[0], sizes[1], 1)
        : new Shape(IntStream.of(sizes).boxed().toList());
  }

  @Override
  public String name() {
    return length == 1 ? data.name() : data.name() + ", " + length + " steps";
  }

  @Override
  public int count() {
    return data.examples();
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public Shape shape() {
    return shape;
  }

  @Override
  public int targetSize() {
    return data.classes();
  }

  @Override
  public Loss loss() {
    return Loss.SOFTMAX_CROSS_ENTROPY;
  }

  @Override
  public void inputs(int example, float[] out, int at, int stride) {
    if (length == 1) {
      data.copy(example, out, at);
      return;
    }
    synchronized (row) { // shared by runs side by side
      data.copy(example, row, 0);
      for (int t = 0; t < length; t++) {
        System.arraycopy(row, t * width, out, at + t * stride, width);
      }
    }
  }

  @Override
  public void target(int example, float[] out, int at) {
    Arrays.fill(out, at, at + data.classes(), 0f);
    out[at + data.label(example)] = 1f;
  }
}
