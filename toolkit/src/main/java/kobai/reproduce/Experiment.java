package kobai.reproduce;

import java.util.List;
import java.util.Map;
import kobai.report.Section;

/**
 * A published experiment, or a claim of the literature put to the test. One file holds all of it:
 * source, constants, methods, metrics, bands and figures; one line of {@link Experiments} makes it
 * a command.
 *
 * <p>The unit of work is one method with one seed. Units share nothing, so that they may run on any
 * thread, in any order, in any process, and be run again after a crash: the outcome is the same to
 * the last bit.
 */
public interface Experiment {
  /** What is reproduced, one line. */
  String title();

  /** The question and what was published, in a few plain sentences. */
  String question();

  /** Where it was published, and where its constants were read. */
  List<Source> sources();

  /** Every constant at that scale, in order: text, numbers, truth values or lists of them. */
  Map<String, Object> constants(Scale scale);

  /**
   * Names of the methods at that scale, in the order of the report: letters, digits and {@code
   * -_.=}. A method may be a table or a surface that the others are drawn on.
   */
  List<String> methods(Scale scale);

  /**
   * Whether the outcome of the method depends on the seed; what does not is run once, at seed 0.
   */
  boolean seeded(String method);

  /** Seeds 0 … n − 1 that are run unless the user names others. */
  int seeds(Scale scale);

  /**
   * Runs one method with one seed on the calling thread, and records what it finds. A pure function
   * of its arguments: randomness comes from the seed alone, and no time is measured but by {@link
   * Recorder#seconds}. Divergence is an outcome (a NaN or infinite value), not an exception.
   */
  void run(Scale scale, String method, long seed, Recorder recorder);

  /** What the outcome must satisfy at that scale. */
  List<Band> bands(Scale scale);

  /** The figures and tables of whatever has been run so far, the paper's own figure first. */
  List<Section> figures(Scale scale, Outcomes outcomes);
}
