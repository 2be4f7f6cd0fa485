package kobai.tasks;

import kobai.data.DigitImages;
import kobai.data.Sequence;
import kobai.models.Loss;
import kobai.random.RandomDraws;
import kobai.random.RandomKey;

/**
 * Tells which digit an image shows after reading it row by row (8 steps of 8 pixels) or pixel by
 * pixel (64 steps of 1). Pixels are divided by 16, so that they lie in [0, 1]. The target, one-hot
 * over ten classes, stands at the last step of the image; elsewhere it is zero and does not count.
 *
 * <p>Images follow one another and end with the sequence: with L steps an image, steps T − L to T −
 * 1 hold the last image, T − 2L to T − L − 1 the one before. Where T is no multiple of L, the first
 * image lacks its beginning. So a sequence of any length ends with a label. Images are drawn with
 * replacement.
 */
public final class Digits implements Task {
  private final DigitImages images;
  private final String name;
  private final int inputSize;

  private Digits(DigitImages images, String name, int inputSize) {
    this.images = images;
    this.name = name;
    this.inputSize = inputSize;
  }

  /** A row of pixels a step. */
  public static Digits rows(DigitImages images) {
    return new Digits(images, "digits by rows", DigitImages.SIDE);
  }

  /** A pixel a step. */
  public static Digits pixels(DigitImages images) {
    return new Digits(images, "digits by pixels", 1);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int inputSize() {
    return inputSize;
  }

  @Override
  public int targetSize() {
    return DigitImages.CLASSES;
  }

  @Override
  public Loss loss() {
    return Loss.SOFTMAX_CROSS_ENTROPY;
  }

  /** Steps of one image: 8 or 64. */
  public int stepsPerImage() {
    return DigitImages.PIXELS / inputSize;
  }

  @Override
  public void fill(RandomKey key, Sequence sequence) {
    Shapes.check(this, sequence);
    sequence.clear();
    int length = sequence.length();
    int steps = stepsPerImage();
    for (int row = 0; row < sequence.batch(); row++) {
      for (int t = 0; t < length; t++) {
        int fromEnd = length - 1 - t;
        int image = RandomDraws.below(key, row, fromEnd / steps, DigitImages.IMAGES);
        int step = steps - 1 - fromEnd % steps;
        int inputAt = sequence.inputAt(t) + row * inputSize;
        for (int i = 0; i < inputSize; i++) {
          sequence.inputs()[inputAt + i] =
              images.pixel(image, step * inputSize + i) / (float) DigitImages.BRIGHTEST;
        }
        if (step == steps - 1) {
          sequence
                  .targets()[
                  sequence.targetAt(t) + row * DigitImages.CLASSES + images.label(image)] =
              1f;
        }
      }
    }
  }
}
