package kobai.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class DigitImagesTest {
  private final DigitImages images = DigitImages.load();

  @Test
  void labelsAreAsManyOfEachClassAsThePublishedTestSet() {
    int[] counts = new int[DigitImages.CLASSES];
    for (int image = 0; image < DigitImages.IMAGES; image++) {
      counts[images.label(image)]++;
    }
    // optdigits.names, "Class Distribution" of the testing set.
    assertArrayEquals(new int[] {178, 182, 177, 183, 181, 182, 181, 179, 174, 180}, counts);
  }

  @Test
  void firstImageIsTheZeroThatOpensTheFile() {
    int[] firstTwoRows = {0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0};
    for (int pixel = 0; pixel < firstTwoRows.length; pixel++) {
      assertEquals(firstTwoRows[pixel], images.pixel(0, pixel));
    }
    assertEquals(0, images.label(0));
    assertEquals(8, images.label(DigitImages.IMAGES - 1));
  }

  @Test
  void pixelsFillTheirRange() {
    int brightest = 0;
    for (int image = 0; image < DigitImages.IMAGES; image++) {
      for (int pixel = 0; pixel < DigitImages.PIXELS; pixel++) {
        int value = images.pixel(image, pixel);
        assertTrue(value >= 0 && value <= DigitImages.BRIGHTEST);
        brightest = Math.max(brightest, value);
      }
    }
    assertEquals(DigitImages.BRIGHTEST, brightest);
  }

  @Test
  void theFileIsTheOneThatItsLicenceNames() throws Exception {
    byte[] bytes = TextData.resource("digits.csv.gz");
    String hash = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    String licence = new String(TextData.resource("digits-licence.txt"), StandardCharsets.UTF_8);
    assertTrue(licence.contains(hash), hash);
    assertTrue(licence.contains("Creative Commons Attribution 4.0 International"));
  }
}
