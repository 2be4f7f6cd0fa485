package kobai.training;

import java.util.Arrays;
import kobai.data.DigitImages;
import kobai.models.Loss;
import kobai.networks.Shape;

/** The 8 × 8 digits as examples: at a glance, or some pixels a step. Pixels are in [0, 1]. */
public final class Digits implements Examples {
  private final DigitImages images;
  private final String name;
  private final Shape shape;
  private final int pixels;
  private final int length;

  private Digits(DigitImages images, String name, Shape shape, int length) {
    this.images = images;
    this.name = name;
    this.shape = shape;
    pixels = shape.count();
    this.length = length;
  }

  /** Whole images, 8 × 8 × 1. */
  public static Digits whole(DigitImages images) {
    return new Digits(images, "digits", Shape.of(DigitImages.SIDE, DigitImages.SIDE, 1), 1);
  }

  /** A row of pixels a step. */
  public static Digits rows(DigitImages images) {
    return new Digits(images, "digits by rows", Shape.of(DigitImages.SIDE), DigitImages.SIDE);
  }

  /** A pixel a step. */
  public static Digits pixels(DigitImages images) {
    return new Digits(images, "digits by pixels", Shape.of(1), DigitImages.PIXELS);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int count() {
    return DigitImages.IMAGES;
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
    return DigitImages.CLASSES;
  }

  @Override
  public Loss loss() {
    return Loss.SOFTMAX_CROSS_ENTROPY;
  }

  @Override
  public void input(int example, int t, float[] out, int at) {
    for (int i = 0; i < pixels; i++) {
      out[at + i] =
          images.pixel(example, t * pixels + i) / (float) DigitImages.BRIGHTEST;
    }
  }

  @Override
  public void target(int example, float[] out, int at) {
    Arrays.fill(out, at, at + DigitImages.CLASSES, 0f);
    out[at + images.label(example)] = 1f;
  }
}
