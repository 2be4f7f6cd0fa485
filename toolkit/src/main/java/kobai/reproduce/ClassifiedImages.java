package kobai.reproduce;

import java.nio.file.Path;
import kobai.data.Datasets;
import kobai.data.LabelledData;

/**
 * Images for an inner training: the first for training, the others for validation.
 *
 * @param pixels [labels.length × size of an image]
 * @param labels classes from 0 to 9
 * @param training number of images for training
 */
record ClassifiedImages(float[] pixels, int[] labels, int training) {
  private static final int DIGITS_FOR_TRAINING = 1297;
  private static final int FETCHED_FOR_TRAINING = 50_000;

  /** Floats of an image. */
  int size() {
    return pixels.length / labels.length;
  }

  /** The 8 × 8 digits of the toolkit, pixels from 0 to 1. */
  static ClassifiedImages digits() {
    return of(LabelledData.digits(), DIGITS_FOR_TRAINING);
  }

  /**
   * The training images of a data set, split and standardised as published: 50 000 and 10 000, with
   * one mean and one deviation for all pixels.
   *
   * @throws IllegalArgumentException if it has not been fetched
   */
  static ClassifiedImages of(Datasets set, Path cache) {
    float mean = set == Datasets.MNIST ? 0.13066f : 0.28604f;
    float deviation = set == Datasets.MNIST ? 0.30811f : 0.35302f;
    ClassifiedImages images = of(set.open(cache).training(), FETCHED_FOR_TRAINING);
    for (int i = 0; i < images.pixels.length; i++) {
      images.pixels[i] = (images.pixels[i] - mean) / deviation;
    }
    return images;
  }

  private static ClassifiedImages of(LabelledData images, int training) {
    int size = images.features();
    float[] pixels = new float[images.examples() * size];
    int[] labels = new int[images.examples()];
    for (int image = 0; image < labels.length; image++) {
      images.copy(image, pixels, image * size);
      labels[image] = images.label(image);
    }
    return new ClassifiedImages(pixels, labels, training);
  }
}
