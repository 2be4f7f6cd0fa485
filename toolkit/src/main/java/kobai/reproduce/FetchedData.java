package kobai.reproduce;

import java.util.Optional;
import kobai.data.Datasets;

/** An experiment that works on data which are no part of the toolkit. */
public interface FetchedData {
  /** The data set that a method needs at that scale, if any. */
  Optional<Datasets> data(Scale scale, String method);
}
