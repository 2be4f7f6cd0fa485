package kobai.compare;

import java.util.List;
import java.util.Locale;
import kobai.bench.Dimension;
import kobai.bench.Sizes;
import kobai.kernels.Implementation;

/**
 * One measurement: a contender at one point, on one implementation of the kernels.
 *
 * @param contender the algorithm and its window rule
 * @param implementation the kernels
 * @param sizes the point; its window is the one the contender uses there
 */
public record Cell(Contender contender, Implementation implementation, Sizes sizes) {
  /** Names of the columns that say what was measured. */
  public static final List<String> COLUMNS =
      List.of(
          "contender",
          "algorithm",
          "kernels",
          "hidden",
          "length",
          "window",
          "particles",
          "batch",
          "threads");

  /** The contender at that point, its window fitted to the length. */
  public static Cell at(Contender contender, Implementation implementation, Sizes sizes) {
    return new Cell(
        contender, implementation, sizes.with(Dimension.WINDOW, contender.window(sizes.length())));
  }

  /** Whether both measure the same thing, under whatever label. */
  public boolean sameWork(Cell other) {
    return contender.algorithm() == other.contender.algorithm()
        && implementation == other.implementation
        && sizes.equals(other.sizes);
  }

  /** The texts in {@link #COLUMNS}. */
  public List<String> values() {
    return List.of(
        contender.label(),
        contender.algorithm().name(),
        implementation.name().toLowerCase(Locale.ROOT),
        Integer.toString(sizes.hidden()),
        Integer.toString(sizes.length()),
        Integer.toString(sizes.window()),
        Integer.toString(sizes.particles()),
        Integer.toString(sizes.batch()),
        Integer.toString(sizes.threads()));
  }

  /** The cell in a few words, for messages: what differs from {@code base} is named. */
  public String describe(Sizes base) {
    StringBuilder text = new StringBuilder(contender.label());
    for (Dimension dimension : Dimension.values()) {
      if (dimension != Dimension.WINDOW && sizes.get(dimension) != base.get(dimension)) {
        text.append(", ").append(dimension.symbol()).append(" = ").append(sizes.get(dimension));
      }
    }
    return implementation == Implementation.VECTOR
        ? text.toString()
        : text.append(", scalar kernels").toString();
  }
}
