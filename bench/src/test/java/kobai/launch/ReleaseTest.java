package kobai.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ReleaseTest {
  @ParameterizedTest
  @CsvSource({
    "25.0.3, 25",
    "25, 25",
    "25-ea, 25",
    "26.0.1+9, 26",
    "17.0.15, 17",
    "1.8.0_452, 1",
    "'', 0",
    "ea, 0",
    "99999999999, 0"
  })
  void theFeatureIsTheFirstNumberOfTheVersion(String version, int feature) throws IOException {
    assertEquals(feature, parse("JAVA_VERSION=\"" + version + "\"\n").feature());
  }

  @Test
  void aJdk25WithTheVectorApiFits() throws IOException {
    Release release =
        parse("JAVA_VERSION=\"25.0.3\"\nMODULES=\"java.base jdk.incubator.vector jdk.xml.dom\"\n");
    assertTrue(release.fits());
    assertEquals("Java 25.0.3", release.describe());
  }

  @Test
  void anOlderJdkDoesNotFit() throws IOException {
    Release release =
        parse("JAVA_VERSION=\"24.0.2\"\nMODULES=\"java.base jdk.incubator.vector\"\n");
    assertFalse(release.fits());
    assertEquals("Java 24.0.2", release.describe());
  }

  @Test
  void aRuntimeWithoutTheVectorApiDoesNotFit() throws IOException {
    Release release =
        parse("JAVA_VERSION=\"25.0.3\"\nMODULES=\"java.base jdk.incubator.vector.other\"\n");
    assertFalse(release.fits());
    assertEquals("Java 25.0.3 without jdk.incubator.vector", release.describe());
  }

  @Test
  void anEmptyFileDoesNotFit() throws IOException {
    assertFalse(parse("").fits());
    assertEquals("a Java of unknown version", parse("").describe());
  }

  @Test
  void aMalformedFileIsAnIoError() {
    assertThrows(IOException.class, () -> parse("JAVA_VERSION=\\u12"));
  }

  private static Release parse(String text) throws IOException {
    return Release.parse(new StringReader(text));
  }
}
