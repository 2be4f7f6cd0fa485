package kobai.claims;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import kobai.report.Block;
import kobai.report.Chart;
import kobai.report.Measured;
import kobai.report.ResultTable;
import kobai.report.Table;
import kobai.report.Unit;
import kobai.verify.VerificationReport;
import kobai.verify.VerificationReport.Channel;
import kobai.verify.VerificationReport.Coordinate;
import kobai.verify.VerificationReport.Evidence;
import kobai.verify.VerificationReport.Kind;

/**
 * Charts and tables of sequential tests, for the built-in estimators and for those of other
 * programs.
 */
final class EvidenceBlocks {
  private static final double THOUSAND = 1000;

  private EvidenceBlocks() {}

  /** A report under the name that the reader knows it by. */
  record Named(String name, VerificationReport report) {
    boolean sequential() {
      return !report.evidence().isEmpty();
    }
  }

  /** S_K between its boundaries, one panel a test. */
  static Optional<Chart> sums(List<Named> tests) {
    Chart.Builder chart =
        Chart.lines(
                "Evidence for a bias: the sum S_K between its boundaries",
                "Line charts, one panel a test: the sum of standardised block means over the"
                    + " estimates drawn, and the boundaries that it must cross to be a finding.")
            .x("thousands of estimates", Unit.PLAIN, Chart.Scale.LINEAR)
            .y("S_K", Unit.PLAIN, Chart.Scale.LINEAR)
            .series("line")
            .facets("for");
    boolean any = false;
    for (Named test : tests) {
      // A test that ends at its first look has no course to show.
      if (test.report.evidence().size() < 2) {
        continue;
      }
      any = true;
      for (Evidence evidence : test.report.evidence()) {
        double x = evidence.samples() / THOUSAND;
        chart.point("S_K", test.name, x, Measured.exactly(evidence.sum()));
        chart.point("boundary +B_α(K)", test.name, x, Measured.exactly(evidence.boundary()));
        chart.point("boundary −B_α(K)", test.name, x, Measured.exactly(-evidence.boundary()));
      }
    }
    return any ? Optional.of(chart.build()) : Optional.empty();
  }

  /** The interval of the bias along the gradient, which must come to lie within ±ε. */
  static Optional<Chart> intervals(List<Named> tests, double tolerance) {
    Chart.Builder chart =
        Chart.lines(
                "Evidence for its absence: the interval of the bias and the tolerance ±ε",
                "Line charts with bands, one panel a test: estimated bias along the gradient over"
                    + " the estimates drawn, and its interval, which must lie between the two grey"
                    + " lines for a pass.")
            .x("thousands of estimates", Unit.PLAIN, Chart.Scale.LINEAR)
            .y("bias along the gradient", Unit.FRACTION, Chart.Scale.LINEAR)
            .series("line")
            .facets("for")
            .band("anytime-valid interval")
            .referenceAtY("+ε", tolerance)
            .referenceAtY("−ε", -tolerance);
    boolean any = false;
    for (Named test : tests) {
      if (test.report.evidence().size() < 2) {
        continue;
      }
      any = true;
      for (Evidence evidence : test.report.evidence()) {
        chart.point(
            "bias",
            test.name,
            evidence.samples() / THOUSAND,
            Measured.within(evidence.mean(), evidence.radius()));
      }
    }
    return any ? Optional.of(chart.build()) : Optional.empty();
  }

  /**
   * The channels of equivalence of every test at its end: along the gradient, and tensor by tensor.
   */
  static Optional<Chart> channels(List<Named> tests, double tolerance) {
    Chart.Builder chart =
        Chart.intervals(
                "Bias along the gradient, whole and tensor by tensor",
                "Interval charts, one panel a test: estimated bias along the gradient and along"
                    + " each tensor's part of it with its interval, and the tolerance.")
            .y("bias, of ‖g‖", Unit.FRACTION, Chart.Scale.LINEAR)
            .series("channel")
            .facets("for")
            .bars("anytime-valid interval")
            .referenceAtY("+ε", tolerance)
            .referenceAtY("−ε", -tolerance);
    boolean any = false;
    for (Named test : tests) {
      for (Channel channel : test.report.channels()) {
        if (channel.kind() == Kind.EQUIVALENCE && Double.isFinite(channel.lower())) {
          any = true;
          chart.point(
              new Chart.Point(
                  channel.name().equals("scale")
                      ? "all"
                      : channel.name().replaceFirst("^tensor ", ""),
                  test.name,
                  Double.NaN,
                  new Measured(channel.estimate(), channel.lower(), channel.upper()),
                  ""));
        }
      }
    }
    return any ? Optional.of(chart.build()) : Optional.empty();
  }

  /** Every channel of every test. */
  static Table channelTable(List<Named> tests) {
    Table.Builder table =
        Table.captioned("Every channel of every test")
            .text("test")
            .text("channel")
            .text("verdict")
            .number("bias, of ‖g‖", Unit.FRACTION)
            .number("log₁₀ e-value", Unit.PLAIN)
            .number("estimates", Unit.COUNT);
    for (Named test : tests) {
      for (Channel channel : test.report.channels()) {
        boolean interval = Double.isFinite(channel.lower()) && Double.isFinite(channel.upper());
        table.row(
            test.name,
            channel.name(),
            words(channel),
            interval
                ? new Measured(channel.estimate(), channel.lower(), channel.upper())
                : Measured.exactly(channel.estimate()),
            channel.kind() == Kind.BOUND ? Double.NaN : channel.log10Evidence(),
            (double) channel.samples());
      }
    }
    return table.build();
  }

  private static String words(Channel channel) {
    String verdict = channel.verdict().name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
    return switch (channel.kind()) {
      case EQUIVALENCE -> verdict;
      case DETECTION -> channel.verdict().passed() ? "no bias found" : "bias found";
      case BOUND -> "upper bound " + Unit.FRACTION.text(channel.upper());
    };
  }

  /** The coordinates with most evidence against them. */
  static Table coordinates(List<Named> tests, int each) {
    Table.Builder table =
        Table.captioned("Coordinates that stand out most")
            .text("test")
            .text("tensor")
            .text("element")
            .number("expected", Unit.PLAIN)
            .number("bias", Unit.PLAIN)
            .number("standard error", Unit.PLAIN)
            .number("standard errors", Unit.PLAIN)
            .text("finding");
    for (Named test : tests) {
      for (Coordinate coordinate :
          test.report.worst().subList(0, Math.min(each, test.report.worst().size()))) {
        boolean certain = !(coordinate.error() > 0);
        table.row(
            test.name,
            coordinate.tensor(),
            "[%d, %d]".formatted(coordinate.row(), coordinate.column()),
            coordinate.expected(),
            coordinate.bias(),
            certain ? Double.NaN : coordinate.error(),
            certain ? Double.NaN : coordinate.bias() / coordinate.error(),
            certain ? "" : coordinate.biased() ? "biased" : "none");
      }
    }
    return table.build();
  }

  /** The coordinates of a deterministic gradient that are off most. */
  static Table deviations(VerificationReport report) {
    Table.Builder table =
        Table.captioned("Coordinates that are off most")
            .text("tensor")
            .text("element")
            .number("in theta", Unit.COUNT)
            .number("expected", Unit.PLAIN)
            .number("got", Unit.PLAIN)
            .number("off by", Unit.PLAIN);
    for (Coordinate coordinate : report.worst()) {
      table.row(
          coordinate.tensor(),
          "[%d, %d]".formatted(coordinate.row(), coordinate.column()),
          (double) coordinate.index(),
          coordinate.expected(),
          coordinate.expected() + coordinate.bias(),
          coordinate.bias());
    }
    return table.build();
  }

  /** How the charts are read, and what the words mean. */
  static List<Block> reading(double tolerance, double alpha, double beta) {
    return List.of(
        Block.note(
            "How to read these charts",
            "Estimates are taken in blocks. Every block's mean error along the gradient, in units of its standard error and cut at ±4, is added to S_K, which wanders about 0 if there is no bias. A bias is found when S_K crosses a boundary B_α(K), which a right estimator ever does with a chance of at most α/4 (α = %s), however often one looks: the boundary is that of an e-value of 4/α."
                .formatted(number(alpha)),
            "Not finding a bias is no evidence against one. So the second chart shows the interval in which the bias lies; it is valid at all times too, and a bias of ε = %s would be missed with a chance of at most β = %s. A test passes when the interval lies between the grey lines; until then it goes on."
                .formatted(Unit.FRACTION.text(tolerance), number(beta)),
            "The same test runs along every tensor's part of the gradient, on every single"
                + " coordinate, and along the direction into which the estimates so far lean: a"
                + " wrong index or a tensor that is not perturbed leaves the length of the gradient"
                + " almost as it should be, and shows there."));
  }

  /** A number as it is typed. */
  static String number(double value) {
    return value == Math.rint(value * 1e4) / 1e4 && value >= 1e-3
        ? String.valueOf(value)
        : Unit.PLAIN.text(value);
  }

  /** The column that says after how many estimates a figure holds; empty for those at the end. */
  static final String AFTER = "after";

  /** Those columns' entries with one for {@link #AFTER}. */
  static List<String> after(List<String> keys, String estimates) {
    List<String> all = new ArrayList<>(keys);
    all.add(estimates);
    return all;
  }

  /**
   * Adds a test's figures in long form to a table with the columns of {@code those} and {@link
   * #AFTER}.
   */
  static void add(ResultTable table, List<String> those, VerificationReport report) {
    List<String> keys = after(those, "");
    for (Channel channel : report.channels()) {
      String name = "bias, " + channel.name();
      table.add(keys, name, measured(channel), "1");
      if (channel.kind() != Kind.BOUND) {
        table.add(
            keys,
            "log10 e-value, " + channel.name(),
            Measured.exactly(channel.log10Evidence()),
            "1");
      }
    }
    if (report.channels().isEmpty()) {
      table.add(keys, "relative error", Measured.exactly(report.normUpper()), "1");
    }
    table.add(keys, "variance", Measured.exactly(report.variance()), "1");
    report
        .variancePredicted()
        .ifPresent(
            predicted -> table.add(keys, "variance predicted", Measured.exactly(predicted), "1"));
    for (Evidence point : report.evidence()) {
      List<String> then = after(those, String.valueOf(point.samples()));
      table.add(then, "S_K", Measured.exactly(point.sum()), "1");
      table.add(then, "boundary of S_K", Measured.exactly(point.boundary()), "1");
      table.add(then, "bias, scale", Measured.within(point.mean(), point.radius()), "1");
    }
  }

  private static Measured measured(Channel channel) {
    return channel.lower() <= channel.upper()
        ? new Measured(channel.estimate(), channel.lower(), channel.upper())
        : Measured.exactly(channel.estimate());
  }
}
