package kobai.data;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;

/**
 * The UCI handwritten digits: 1797 images of 8 × 8 pixels from 0 to 16 with their labels, part of
 * the toolkit. Immutable.
 *
 * <p>Source: Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine
 * Learning Repository, CC BY 4.0; licence and origin in digits-licence.txt beside the file.
 */
public final class DigitImages {
  /** Number of images. */
  public static final int IMAGES = 1797;

  /** Pixels of a side. */
  public static final int SIDE = 8;

  /** Pixels of an image. */
  public static final int PIXELS = SIDE * SIDE;

  /** Number of labels, 0 to 9. */
  public static final int CLASSES = 10;

  /** The largest value of a pixel. */
  public static final int BRIGHTEST = 16;

  private final byte[] pixels = new byte[IMAGES * PIXELS];
  private final byte[] labels = new byte[IMAGES];

  private DigitImages(String csv) {
    int image = 0;
    for (String line : csv.split("\n")) {
      String[] fields = line.split(",");
      for (int pixel = 0; pixel < PIXELS; pixel++) {
        pixels[image * PIXELS + pixel] = Byte.parseByte(fields[pixel]);
      }
      labels[image++] = Byte.parseByte(fields[PIXELS]);
    }
  }

  /** Reads the images from the class path. */
  public static DigitImages load() {
    try (GZIPInputStream in =
        new GZIPInputStream(new ByteArrayInputStream(TextData.resource("digits.csv.gz")))) {
      return new DigitImages(new String(in.readAllBytes(), StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A pixel from 0 (white) to 16 (black), counted row by row from the top left. */
  public int pixel(int image, int pixel) {
    return pixels[image * PIXELS + pixel];
  }

  /** The digit that an image shows. */
  public int label(int image) {
    return labels[image];
  }
}
