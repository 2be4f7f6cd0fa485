package kobai.training;

import kobai.data.RegressionData;
import kobai.models.Loss;
import kobai.networks.Shape;

/** Examples with numbers to predict, seen at a glance. */
public final class RegressionExamples implements Examples {
  private final RegressionData data;
  private final Shape shape;

  /** Inputs keep their shape; images of two sizes get one channel. */
  public RegressionExamples(RegressionData data) {
    this(data, LabelledExamples.whole(data.shape()));
  }

  /**
   * Inputs in a shape of one's own, such as positions × channels.
   *
   * @throws IllegalArgumentException if it does not hold the inputs
   */
  public RegressionExamples(RegressionData data, Shape shape) {
    this.data = data;
    this.shape = LabelledExamples.fitting(shape, data.inputs(), data.name());
  }

  @Override
  public String name() {
    return data.name();
  }

  @Override
  public int count() {
    return data.examples();
  }

  @Override
  public int length() {
    return 1;
  }

  @Override
  public Shape shape() {
    return shape;
  }

  @Override
  public int targetSize() {
    return data.targets();
  }

  @Override
  public Loss loss() {
    return Loss.SQUARED_ERROR;
  }

  @Override
  public void inputs(int example, float[] out, int at, int stride) {
    data.copyInputs(example, out, at);
  }

  @Override
  public void target(int example, float[] out, int at) {
    data.copyTargets(example, out, at);
  }
}
