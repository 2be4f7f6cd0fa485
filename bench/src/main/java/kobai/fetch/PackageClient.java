package kobai.fetch;

import java.nio.file.Path;
import kobai.data.Datasets;

/** Downloads and unpacks a package. */
public interface PackageClient {
  /**
   * Unpacks the package of a data set somewhere below {@code folder}. What an interrupted call left
   * there may be used again.
   *
   * @throws IllegalArgumentException if it cannot be had; the message says what was run and why it
   *     failed
   */
  void fetch(Datasets set, Path folder);
}
