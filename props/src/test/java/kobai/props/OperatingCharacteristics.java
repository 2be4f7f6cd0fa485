package kobai.props;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import java.util.function.ToDoubleFunction;
import kobai.verify.Budget;
import kobai.verify.SequentialTest;
import kobai.verify.Verdict;
import org.apache.commons.statistics.distribution.BinomialDistribution;

/**
 * What the sequential test does, measured over replicates, beside what is stated of it: the table
 * of simulated operating characteristics in the verification protocol, the level α however often
 * one looks, and the level β at a bias of ε.
 *
 * <p>{@link #main} measures all rows and writes {@code results/operating-characteristics.csv};
 * {@link OperatingCharacteristicsTest} holds that file and a fresh measurement of fewer replicates
 * to the stated rates. Streams are those of {@link Budget}, by the row and the replicate.
 */
final class OperatingCharacteristics {
  /** Where the measured rates are committed. */
  static final Path COMMITTED = Path.of("results", "operating-characteristics.csv");

  static final String HEADER =
      "row,law,tolerance,bias,alpha,beta,block,runs,unbiased,biased,undecided,mean samples,most"
          + " samples,least unbiased,most unbiased,most biased,stated samples";

  /**
   * Chance with which a right test misses one of the three bounds of a row. 19 committed rows and
   * 11 fresh ones take less than 10⁻¹⁰ of α_run together.
   */
  private static final double CHANCE = 1e-12;

  private OperatingCharacteristics() {}

  /** Values of mean zero. */
  enum Law {
    /** χ²₁ − 1: the scale channel of one pair. */
    SQUARE(r -> square(r.nextGaussian()) - 1),
    /** A product of two normal variables: a channel across the gradient. */
    PRODUCT(r -> r.nextGaussian() * r.nextGaussian()),
    /** (v⁴ − 3)/10: heavy. */
    FOURTH_POWER(r -> (square(square(r.nextGaussian())) - 3) / 10);

    private final ToDoubleFunction<SplittableRandom> draw;

    Law(ToDoubleFunction<SplittableRandom> draw) {
      this.draw = draw;
    }

    private static double square(double x) {
      return x * x;
    }
  }

  /**
   * One way of running the test and what is stated of it.
   *
   * @param bias in units of ε
   * @param block m; 0 lets the pilot choose
   * @param most values a run may draw
   * @param leastUnbiased lowest chance of a pass that the statement allows
   * @param mostUnbiased highest
   * @param mostBiased highest chance of a finding
   * @param samples stated mean number of values; 0 where nothing is stated
   */
  record Row(
      String name,
      Law law,
      double tolerance,
      double bias,
      double alpha,
      double beta,
      int block,
      long most,
      double leastUnbiased,
      double mostUnbiased,
      double mostBiased,
      long samples) {}

  /** Shares of verdicts, and samples. */
  record Measured(
      int runs, int unbiased, int biased, int undecided, long meanSamples, long mostSamples) {}

  /**
   * All rows. The table was simulated with 120 runs a row; its shares are taken as the intervals of
   * Clopper and Pearson at 99.9 % (120 of 120: at least 0.944; 110: 0.80 to 0.98; 8: 0.015 to
   * 0.18).
   */
  static List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    double[][] table = {
      {0, 0.944, 1, 0.056, 27_000},
      {0.25, 0.944, 1, 0.056, 37_000},
      {0.5, 0.80, 0.98, 0.20, 69_000},
      {0.75, 0.015, 0.18, 1, 82_000},
      {1, 0, 0.056, 1, 46_000},
      {1.5, 0, 0.056, 1, 24_000},
      {2, 0, 0.056, 1, 15_500},
      {4, 0, 0.056, 1, 10_200}
    };
    for (double[] line : table) {
      rows.add(
          new Row(
              "table",
              Law.SQUARE,
              0.05,
              line[0],
              Budget.ALPHA,
              Budget.BETA,
              2048,
              1_000_000,
              line[1],
              line[2],
              line[3],
              (long) line[4]));
    }
    for (Law law : Law.values()) {
      for (double alpha : new double[] {0.1, 0.01, 0.001}) {
        // ε so small that nothing passes: 60 looks. The heavy law has the block that its skewness
        // asks for.
        int block = law == Law.FOURTH_POWER ? 2048 : 256;
        rows.add(
            new Row(
                "level α", law, 1e-9, 0, alpha, Budget.BETA, block, 61L * block, 0, 0, alpha, 0));
      }
    }
    for (double beta : new double[] {0.1, 0.01}) {
      // α so strict that a finding does not come first and hide a false pass.
      rows.add(new Row("level β", Law.PRODUCT, 0.1, 1, 1e-60, beta, 256, 30_000, 0, beta, 1, 0));
    }
    return rows;
  }

  /** Runs a row that many times. */
  static Measured measure(Row row, int runs) {
    int unbiased = 0;
    int biased = 0;
    long samples = 0;
    long most = 0;
    for (int run = 0; run < runs; run++) {
      SplittableRandom random = new SplittableRandom(Suite.seed(row + " run " + run));
      double bias = row.bias * row.tolerance;
      DoubleSupplier values = () -> row.law.draw.applyAsDouble(random) + bias;
      SequentialTest.Outcome outcome =
          new SequentialTest(row.tolerance, row.alpha, row.beta, row.block).run(values, row.most);
      unbiased += outcome.verdict().passed() ? 1 : 0;
      biased += outcome.verdict() == Verdict.BIASED ? 1 : 0;
      samples += outcome.samples();
      most = Math.max(most, outcome.samples());
    }
    return new Measured(runs, unbiased, biased, runs - unbiased - biased, samples / runs, most);
  }

  /** What is wrong with a measurement, or nothing. */
  static List<String> violations(Row row, Measured measured) {
    List<String> wrong = new ArrayList<>();
    if (improbable(measured.unbiased, measured.runs, row.mostUnbiased)) {
      wrong.add(
          "%d of %d pass, stated at most %s"
              .formatted(measured.unbiased, measured.runs, row.mostUnbiased));
    }
    if (improbable(measured.runs - measured.unbiased, measured.runs, 1 - row.leastUnbiased)) {
      wrong.add(
          "%d of %d pass, stated at least %s"
              .formatted(measured.unbiased, measured.runs, row.leastUnbiased));
    }
    if (improbable(measured.biased, measured.runs, row.mostBiased)) {
      wrong.add(
          "%d of %d are found, stated at most %s"
              .formatted(measured.biased, measured.runs, row.mostBiased));
    }
    // Run lengths scatter by 40 % at most (table: means and maxima), so the mean of 60 runs by 5 %,
    // the table's by 4 %.
    if (row.samples > 0 && Math.abs(measured.meanSamples - row.samples) > 0.25 * row.samples) {
      wrong.add("%d samples, stated %d".formatted(measured.meanSamples, row.samples));
    }
    return wrong.stream()
        .map(line -> row.name + " " + row.law + " at " + row.bias + " ε: " + line)
        .toList();
  }

  private static boolean improbable(int count, int runs, double rate) {
    return count > 0
        && rate < 1
        && (rate <= 0
            || 1 - BinomialDistribution.of(runs, rate).cumulativeProbability(count - 1) < CHANCE);
  }

  /** A line of the file. */
  static String line(Row row, Measured measured) {
    return String.format(
        Locale.ROOT,
        "%s,%s,%s,%s,%s,%s,%d,%d,%.4f,%.4f,%.4f,%d,%d,%s,%s,%s,%d",
        row.name,
        row.law,
        row.tolerance,
        row.bias * row.tolerance,
        row.alpha,
        row.beta,
        row.block,
        measured.runs,
        (double) measured.unbiased / measured.runs,
        (double) measured.biased / measured.runs,
        (double) measured.undecided / measured.runs,
        measured.meanSamples,
        measured.mostSamples,
        row.leastUnbiased,
        row.mostUnbiased,
        row.mostBiased,
        row.samples);
  }

  /** The measurement in a line of the file. */
  static Measured parse(String line) {
    String[] cells = line.split(",", -1);
    int runs = Integer.parseInt(cells[7]);
    int unbiased = (int) Math.round(runs * Double.parseDouble(cells[8]));
    int biased = (int) Math.round(runs * Double.parseDouble(cells[9]));
    return new Measured(
        runs,
        unbiased,
        biased,
        runs - unbiased - biased,
        Long.parseLong(cells[11]),
        Long.parseLong(cells[12]));
  }

  /**
   * Replicates of a row in the committed file: what a test level can be told from needs many, a
   * power few.
   */
  static int replicates(Row row) {
    return row.name.equals("table") ? 240 : row.law == Law.FOURTH_POWER ? 1000 : 3000;
  }

  /** Measures all rows, about half a minute, and writes them to the file of the first argument. */
  public static void main(String[] arguments) throws IOException {
    Path file = arguments.length > 0 ? Path.of(arguments[0]) : COMMITTED;
    List<String> lines = new ArrayList<>();
    lines.add(HEADER);
    for (Row row : rows()) {
      Measured measured = measure(row, replicates(row));
      lines.add(line(row, measured));
      violations(row, measured).forEach(System.err::println);
    }
    if (file.getParent() != null) {
      Files.createDirectories(file.getParent());
    }
    Files.write(file, lines);
  }
}
