package kobai.claims;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import kobai.claims.EvidenceBlocks.Named;
import kobai.estimators.Algorithm;
import kobai.estimators.Claim;
import kobai.report.Block;
import kobai.report.Chart;
import kobai.report.Document;
import kobai.report.Manifest;
import kobai.report.Measured;
import kobai.report.ResultTable;
import kobai.report.Section;
import kobai.report.Table;
import kobai.report.Unit;
import kobai.verify.ClaimCheck;
import kobai.verify.Problem;
import kobai.verify.ReferenceNetwork;
import kobai.verify.Tier;
import kobai.verify.VerificationReport;

/** Makes the report of a verification. */
final class ClaimReport {
  private static final int COORDINATES_EACH = 3;
  private static final int DIGITS = 3;

  // More algorithms than this are counted instead of named.
  private static final int MOST_NAMED = 8;

  // Panels that a chart of tests has at most.
  private static final int MOST_TESTS = 12;

  private final ClaimOptions options;
  private final List<ClaimOutcome> outcomes;
  private final List<Refusal> refusals;
  private final ReferenceNetwork main;
  private final ResultTable table;
  private final Manifest manifest;

  ClaimReport(
      ClaimOptions options,
      List<ClaimOutcome> outcomes,
      List<Refusal> refusals,
      ResultTable table,
      Manifest manifest) {
    this.options = options;
    this.outcomes = List.copyOf(outcomes);
    this.refusals = List.copyOf(refusals);
    main = options.networks().getFirst();
    this.table = table;
    this.manifest = manifest;
  }

  Document document() {
    List<Section> sections = new ArrayList<>();
    networks().ifPresent(sections::add);
    sections.add(glance());
    exact().ifPresent(sections::add);
    order().ifPresent(sections::add);
    samples().ifPresent(sections::add);
    variance().ifPresent(sections::add);
    others().ifPresent(sections::add);
    sections.add(all());
    inapplicable().ifPresent(sections::add);
    sections.add(PlantedBugsTable.section());
    sections.add(method());
    return new Document("Do the gradients keep their promises?", lead(), findings(), sections);
  }

  // ---------------------------------------------------------------- the verdict

  private List<ClaimOutcome> notPassed() {
    return outcomes.stream().filter(outcome -> !outcome.passed()).toList();
  }

  private String lead() {
    String subject =
        "%s %s checked on %s: is the gradient that %s what %s declared to be?"
            .formatted(
                names(),
                options.algorithms().size() == 1 ? "was" : "were",
                where(),
                options.algorithms().size() == 1 ? "it gives" : "they give",
                options.algorithms().size() == 1 ? "it is" : "they are");
    List<ClaimOutcome> open = notPassed();
    if (open.isEmpty()) {
      return "Yes. "
          + subject
          + " All %d checks passed, each of them by positive evidence.".formatted(outcomes.size());
    }
    long failed =
        open.stream().filter(outcome -> outcome.status() == ClaimOutcome.Status.FAILED).count();
    long undecided = open.size() - failed;
    return (failed > 0 ? "No. " : "Not shown. ")
        + subject
        + " Of %d checks %s%s%s."
            .formatted(
                outcomes.size(),
                failed > 0 ? failed + " failed" : "",
                failed > 0 && undecided > 0 ? " and " : "",
                undecided > 0
                    ? undecided + " found too little evidence, which counts as failing"
                    : "");
  }

  private String where() {
    if (options.networks().size() > 1) {
      return "%d small networks".formatted(options.networks().size());
    }
    Problem problem = main.problem();
    return "a small network (%d parameters, %d steps)"
        .formatted(problem.theta().length, problem.sequence().length());
  }

  private String names() {
    if (options.algorithms().size() > MOST_NAMED) {
      return options.algorithms().size() + " algorithms";
    }
    List<String> names = options.algorithms().stream().map(ClaimReport::name).toList();
    int last = names.size() - 1;
    return last == 0
        ? names.getFirst()
        : String.join(", ", names.subList(0, last)) + " and " + names.get(last);
  }

  private static String name(Algorithm algorithm) {
    return algorithm.name().replace('_', '-');
  }

  private List<String> findings() {
    List<String> findings = new ArrayList<>();
    for (ClaimOutcome outcome : notPassed()) {
      findings.add(
          "%s %s: %s. Repeat it by `%s`."
              .formatted(
                  outcome.cell().describe(),
                  outcome.status() == ClaimOutcome.Status.FAILED ? "failed" : "is not decided",
                  sentence(outcome.finding()),
                  outcome.replay()));
    }
    for (Algorithm algorithm : options.algorithms()) {
      for (Scope scope : options.scopes()) {
        if (options.algorithms().size() <= MOST_NAMED) {
          finding(algorithm, scope).ifPresent(findings::add);
        }
      }
    }
    return findings;
  }

  private static String sentence(String finding) {
    String one = finding.replaceAll("\\s*\\R\\s*", "; ");
    return one.endsWith(".") ? one.substring(0, one.length() - 1) : one;
  }

  private List<ClaimOutcome> of(Algorithm algorithm, Scope scope) {
    return outcomes.stream()
        .filter(
            outcome ->
                outcome.cell().algorithm() == algorithm
                    && outcome.cell().model() == main
                    && outcome.cell().scope() == scope)
        .toList();
  }

  private Optional<ClaimOutcome> at(Algorithm algorithm, Scope scope, Tier tier) {
    return of(algorithm, scope).stream()
        .filter(outcome -> outcome.cell().tier() == tier)
        .findFirst();
  }

  /** What was shown of a claim; nothing where a check of it failed or none was asked for. */
  private Optional<String> finding(Algorithm algorithm, Scope scope) {
    List<ClaimOutcome> checks = of(algorithm, scope);
    if (checks.isEmpty() || !checks.stream().allMatch(ClaimOutcome::passed)) {
      return Optional.empty();
    }
    String where = scope == Scope.WHOLE ? "on whole sequences" : "on windows";
    List<String> parts = new ArrayList<>();
    reportAt(algorithm, scope, Tier.GRADIENT)
        .ifPresent(
            report ->
                parts.add(
                    "%s up to rounding (off by %s of its length)"
                        .formatted(
                            scope.claim(algorithm, main.problem().model()) == Claim.BIASED
                                ? "gives the truncated gradient that it declares"
                                : "gives the exact gradient",
                            Unit.PLAIN.text(report.normUpper()))));
    reportAt(algorithm, scope, Tier.SAMPLES)
        .flatMap(
            report ->
                report.channels().stream()
                    .filter(channel -> channel.name().equals("scale"))
                    .findFirst())
        .ifPresent(
            channel ->
                parts.add(
                    "has the mean that it declares: its bias along the gradient lies between %s and %s after %s estimates"
                        .formatted(
                            Unit.FRACTION.text(channel.lower()),
                            Unit.FRACTION.text(channel.upper()),
                            Unit.COUNT.text(channel.samples()))));
    reportAt(algorithm, scope, Tier.BIAS)
        .ifPresent(
            report ->
                parts.add(
                    "is biased against the gradient of the loss, as it says: at windows of one step it misses it by at least %s"
                        .formatted(Unit.FRACTION.text(report.normLower()))));
    return parts.isEmpty()
        ? Optional.empty()
        : Optional.of("%s %s %s.".formatted(name(algorithm), where, String.join(", and ", parts)));
  }

  private Optional<VerificationReport> reportAt(Algorithm algorithm, Scope scope, Tier tier) {
    return at(algorithm, scope, tier).flatMap(ClaimOutcome::report);
  }

  // ---------------------------------------------------------------- sections

  private List<ClaimOutcome> on(Algorithm algorithm, ReferenceNetwork model) {
    return outcomes.stream()
        .filter(
            outcome -> outcome.cell().algorithm() == algorithm && outcome.cell().model() == model)
        .toList();
  }

  /** One row an algorithm, one column a network. */
  private Optional<Section> networks() {
    if (options.networks().size() == 1) {
      return Optional.empty();
    }
    Table.Builder matrix = Table.captioned("Algorithms on networks").text("algorithm");
    options.networks().forEach(model -> matrix.text(ClaimCell.name(model)));
    for (Algorithm algorithm : options.algorithms()) {
      List<Object> row = new ArrayList<>();
      row.add(name(algorithm));
      for (ReferenceNetwork model : options.networks()) {
        row.add(
            refusals.stream().anyMatch(no -> no.algorithm() == algorithm && no.model() == model)
                ? "–"
                : mark(on(algorithm, model)));
      }
      matrix.row(row.toArray());
    }
    List<Block> blocks = new ArrayList<>();
    blocks.add(matrix.build());
    blocks.add(
        Block.note(
            "How to read this table",
            "✓ every check of both claims passed; ✗ a check failed; ? a check found too little"
                + " evidence; – the algorithm does not work on that network, for the reason given"
                + " under “Not applicable”; an empty cell: nothing was asked for."));
    if (options.models().isEmpty() && options.tiers().isEmpty()) {
      blocks.add(
          Block.prose(
              "The first network was tried in full. On the others T0, T1 and T3 were tried, T3 at a tolerance of %s and for estimators that draw on windows alone; `--model` with their names tries them in full."
                  .formatted(Unit.FRACTION.text(options.tolerance(options.networks().getLast())))));
    }
    return Optional.of(new Section("On every network", blocks));
  }

  private static String mark(List<ClaimOutcome> checks) {
    if (checks.isEmpty()) {
      return "";
    }
    if (checks.stream().anyMatch(check -> check.status() == ClaimOutcome.Status.FAILED)) {
      return "✗";
    }
    return checks.stream().allMatch(ClaimOutcome::passed) ? "✓" : "?";
  }

  private Section glance() {
    Set<Tier> tiers = new LinkedHashSet<>();
    for (Tier tier : Tier.values()) {
      if (!in(tier).isEmpty()) {
        tiers.add(tier);
      }
    }
    Table.Builder glance =
        Table.captioned("Claims and checks on %s".formatted(ClaimCell.name(main)))
            .text("algorithm")
            .text("claim");
    tiers.forEach(tier -> glance.text(tier.code() + " " + heading(tier)));
    for (Algorithm algorithm : options.algorithms()) {
      for (Scope scope : options.scopes()) {
        if (of(algorithm, scope).isEmpty()) {
          continue;
        }
        List<Object> row = new ArrayList<>();
        row.add(name(algorithm) + (scope == Scope.WHOLE ? "" : ", windows"));
        row.add(says(scope.claim(algorithm, main.problem().model())));
        for (Tier tier : tiers) {
          row.add(at(algorithm, scope, tier).map(ClaimReport::mark).orElse(""));
        }
        glance.row(row.toArray());
      }
    }
    return Section.of(
        "At a glance",
        glance.build(),
        Block.note(
            "What the checks are",
            "Every algorithm makes two claims: one for a window that covers the whole sequence, and"
                + " one for a sequence that is cut into windows.",
            "T0: the gradient of a deterministic algorithm against backpropagation, real-time"
                + " recurrent learning and dual numbers in double precision, three derivations that"
                + " share no code with it.",
            "T1: the mean of a stochastic estimate, computed without chance: a Hadamard design"
                + " takes the place of the random numbers and makes the average over a few hundred"
                + " runs equal to the expectation. T2: what is left of the error falls as σ², as"
                + " theory says, and not as σ.",
            "T3: the same estimator on real random numbers, by a sequential test that ends with"
                + " evidence for or against it. Every algorithm is tested against the target that"
                + " it declares. One that declares a bias must also be found biased against the"
                + " gradient of the loss: the claim “biased” is no licence.",
            "T4: the mean squared length of the estimates against theory; sees what leaves the mean"
                + " alone, such as noise that particles share. T5: the random numbers have the law"
                + " that they should have, are independent, and those added to the parameters are"
                + " those multiplied with the losses.",
            "✓ passed, ✗ failed, ? too little evidence for either answer, which counts as failing."
                + " = the algorithm says that it is biased, and on this network it is not; another"
                + " one has to show the bias. An empty cell: the check does not apply."));
  }

  /** A tier in one word, so that all columns fit a page. */
  private static String heading(Tier tier) {
    return switch (tier) {
      case GRADIENT -> "gradient";
      case MEAN -> "mean";
      case ORDER -> "order";
      case SAMPLES -> "samples";
      case BIAS -> "bias";
      case VARIANCE -> "variance";
      case NOISE -> "noise";
    };
  }

  private static String says(Claim claim) {
    return switch (claim) {
      case EXACT -> "exact";
      case UNBIASED -> "unbiased";
      case UNBIASED_FOR_SMOOTHED -> "unbiased, smoothed loss";
      case BIASED -> "biased";
    };
  }

  private static String mark(ClaimOutcome outcome) {
    return switch (outcome.status()) {
      case PASSED -> "✓";
      case NO_BIAS -> "= no bias here";
      case FAILED -> "✗ failed";
      case UNDECIDED -> "? open";
    };
  }

  private List<ClaimOutcome> in(Tier tier) {
    return outcomes.stream()
        .filter(outcome -> outcome.cell().tier() == tier && outcome.cell().model() == main)
        .toList();
  }

  private Optional<Section> exact() {
    List<Block> blocks = new ArrayList<>();
    List<ClaimOutcome> gradients = in(Tier.GRADIENT);
    if (!gradients.isEmpty()) {
      Table.Builder gradient =
          Table.captioned("T0: deterministic gradients against double precision")
              .text("claim")
              .number("relative error", Unit.PLAIN)
              .number("rounding explains", Unit.PLAIN)
              .text("answer");
      for (ClaimOutcome outcome : gradients) {
        outcome
            .report()
            .ifPresent(
                report ->
                    gradient.row(
                        outcome.cell().claim(),
                        report.normUpper(),
                        report.tolerance(),
                        mark(outcome)));
      }
      blocks.add(gradient.build());
    }
    List<ClaimOutcome> means =
        in(Tier.MEAN).stream().filter(outcome -> !outcome.figures().isEmpty()).toList();
    if (!means.isEmpty()) {
      Table.Builder mean =
          Table.captioned("T1: exact means over a Hadamard design")
              .text("claim")
              .number("σ", Unit.PLAIN)
              .number("relative error", Unit.PLAIN)
              .number("at most", Unit.PLAIN)
              .number("runs", Unit.COUNT)
              .text("answer");
      for (ClaimOutcome outcome : means) {
        ClaimCheck.Figure figure = outcome.figures().getFirst();
        mean.row(
            outcome.cell().claim(),
            figure.at(),
            figure.value(),
            figure.limit(),
            (double) outcome.samples(),
            mark(outcome));
      }
      blocks.add(mean.build());
      blocks.add(
          Block.note(
              "Where the gates come from",
              "Single precision rounds every operation; the gate of T0 is the rounding that a path"
                  + " from a loss back to a parameter can collect. In T1 the mean may miss the"
                  + " gradient by c₃σ², which is what the third derivatives of the loss add (c₃ is"
                  + " measured in double precision), and by the rounding of two losses that nearly"
                  + " cancel, 4u|L|/(σ‖g‖). The gate is ten times their sum, at the σ where it is"
                  + " least. No tolerance was chosen by hand."));
    }
    return blocks.isEmpty() ? Optional.empty() : Optional.of(new Section("Without chance", blocks));
  }

  private Optional<Section> order() {
    Chart.Builder chart =
        Chart.lines(
                "T2: error of the exact mean over σ",
                "Line chart on logarithmic axes: relative error of the exact mean of each"
                    + " stochastic algorithm over the perturbation scale, beside a line of slope"
                    + " 2.")
            .x("perturbation scale σ", Unit.PLAIN, Chart.Scale.LOG)
            .y("relative error", Unit.PLAIN, Chart.Scale.LOG)
            .series("claim");
    boolean any = false;
    for (ClaimOutcome outcome : in(Tier.ORDER)) {
      List<ClaimCheck.Figure> figures = outcome.figures();
      for (ClaimCheck.Figure figure : figures) {
        chart.point(outcome.cell().claim(), shown(figure.at()), Measured.exactly(figure.value()));
      }
      if (!any && figures.size() > 1) {
        any = true;
        ClaimCheck.Figure first = figures.getFirst();
        double last = shown(figures.getLast().at());
        double below = first.value() / 2;
        chart.reference(
            "slope 2",
            shown(first.at()),
            below,
            last,
            below * Math.pow(last / shown(first.at()), 2));
      }
    }
    return any
        ? Optional.of(
            Section.of(
                "Order of the error",
                chart.build(),
                Block.note(
                    "How to read this chart",
                    "An estimate by perturbations of scale σ misses the gradient by an error of"
                        + " order σ². On logarithmic axes that is a straight line of slope 2."
                        + " Whatever is wrong at order 1 or σ, and whatever loses digits, has"
                        + " another slope.")))
        : Optional.empty();
  }

  /** A σ as a mark of an axis can show it, in three digits. */
  private static double shown(double sigma) {
    return new BigDecimal(sigma).round(new MathContext(DIGITS)).doubleValue();
  }

  private List<Named> tests(Tier tier) {
    // Those that did not pass come first where there are more than a page can show.
    return in(tier).stream()
        .sorted(Comparator.comparing(ClaimOutcome::passed))
        .filter(outcome -> outcome.report().isPresent())
        .map(
            outcome ->
                new Named(
                    outcome.cell().claim() + (tier == Tier.BIAS ? ", against ∇L" : ""),
                    outcome.report().get()))
        .filter(Named::sequential)
        .limit(MOST_TESTS)
        .toList();
  }

  private Optional<Section> samples() {
    List<Named> own = tests(Tier.SAMPLES);
    List<Named> biased = tests(Tier.BIAS);
    if (own.isEmpty() && biased.isEmpty()) {
      return Optional.empty();
    }
    List<Named> all = new ArrayList<>(own);
    all.addAll(biased);
    List<Block> blocks = new ArrayList<>();
    blocks.add(
        Block.prose(
            "What chance has a hand in is decided by a sequential test: estimates are drawn until there is evidence for a bias, or evidence that there is none above ε = %s. Bias is measured in lengths of the gradient.%s"
                .formatted(
                    Unit.FRACTION.text(options.tolerance()),
                    in(Tier.SAMPLES).size() > own.size()
                        ? " %d of %d tests are drawn; the others stand in the table of all checks."
                            .formatted(own.size(), in(Tier.SAMPLES).size())
                        : "")));
    EvidenceBlocks.sums(own).ifPresent(blocks::add);
    EvidenceBlocks.intervals(own, options.tolerance()).ifPresent(blocks::add);
    blocks.addAll(EvidenceBlocks.reading(options.tolerance(), options.alpha(), options.beta()));
    EvidenceBlocks.channels(own, options.tolerance()).ifPresent(blocks::add);
    if (!biased.isEmpty()) {
      blocks.add(
          Block.prose(
              "Where an algorithm declares a bias, the test named “against ∇L” compares it with the gradient of the whole loss, and has to find that bias. %s"
                  .formatted(
                      biased.stream()
                          .map(test -> "For %s: %s.".formatted(test.name(), test.report().reason()))
                          .collect(Collectors.joining(" ")))));
    }
    blocks.add(EvidenceBlocks.coordinates(all, COORDINATES_EACH));
    blocks.add(EvidenceBlocks.channelTable(all));
    return Optional.of(new Section("On real random numbers", blocks));
  }

  private Optional<Section> variance() {
    List<ClaimOutcome> lengths =
        in(Tier.VARIANCE).stream().filter(outcome -> !outcome.figures().isEmpty()).toList();
    if (lengths.isEmpty()) {
      return Optional.empty();
    }
    Chart.Builder chart =
        Chart.intervals(
                "T4: mean squared length of the estimates over theory",
                "Interval chart: measured mean squared length of the estimates of each claim,"
                    + " divided by what theory predicts; 1 is agreement.")
            .y("measured over predicted", Unit.PLAIN, Chart.Scale.LINEAR)
            .series("claim")
            .bars("anytime-valid interval")
            .referenceAtY("theory", 1);
    Table.Builder spread =
        Table.captioned("Variance of one estimate, summed over the parameters")
            .text("claim")
            .number("measured", Unit.PLAIN)
            .number("predicted", Unit.PLAIN)
            .number("measured over predicted", Unit.PLAIN);
    for (ClaimOutcome outcome : lengths) {
      ClaimCheck.Figure figure = outcome.figures().getFirst();
      if (Double.isFinite(figure.lower())) {
        chart.interval(
            outcome.cell().claim(),
            new Measured(1 + figure.value(), 1 + figure.lower(), 1 + figure.upper()));
      }
      reportAt(outcome.cell().algorithm(), outcome.cell().scope(), Tier.SAMPLES)
          .filter(report -> report.variancePredicted().isPresent())
          .ifPresent(
              report -> {
                double predicted = report.variancePredicted().getAsDouble();
                spread.row(
                    outcome.cell().claim(),
                    report.variance(),
                    predicted,
                    report.variance() / predicted);
              });
    }
    List<Block> blocks = new ArrayList<>();
    blocks.add(chart.build());
    Table variances = spread.build();
    if (!variances.rows().isEmpty()) {
      blocks.add(variances);
    }
    blocks.add(
        Block.note(
            "How to read this chart",
            "To first order in σ every estimate is a quadratic form in its noise, whose mean and variance theory gives in closed form from the gradients of the single windows. The interval must lie within 1 ± %s, which allows for the orders in σ that theory leaves out."
                .formatted(Unit.PLAIN.text(lengths.getFirst().figures().getFirst().limit())),
            "A mistake that leaves the mean right shows here: particles that share one stream of"
                + " noise multiply the variance by their number, sums that are not reset between"
                + " episodes make it grow."));
    return Optional.of(new Section("Variance against theory", blocks));
  }

  /** What the networks but the first one showed, a row for each with each algorithm. */
  private Optional<Section> others() {
    Table.Builder table =
        Table.captioned("Checks on the other networks")
            .text("algorithm")
            .text("network")
            .text("answer")
            .number("checks", Unit.COUNT)
            .number("largest error of T0 and T1 over its gate", Unit.PLAIN)
            .number("estimates", Unit.COUNT)
            .number("time", Unit.SECONDS);
    boolean any = false;
    for (Algorithm algorithm : options.algorithms()) {
      for (ReferenceNetwork model : options.networks()) {
        List<ClaimOutcome> checks = on(algorithm, model);
        if (model == main || checks.isEmpty()) {
          continue;
        }
        any = true;
        table.row(
            name(algorithm),
            ClaimCell.name(model),
            mark(checks),
            (double) checks.size(),
            checks.stream()
                .filter(
                    check ->
                        check.cell().tier() == Tier.GRADIENT || check.cell().tier() == Tier.MEAN)
                .flatMap(check -> check.figures().stream())
                .mapToDouble(figure -> figure.value() / figure.limit())
                .max()
                .orElse(Double.NaN),
            (double) checks.stream().mapToLong(ClaimOutcome::samples).sum(),
            checks.stream().mapToDouble(ClaimOutcome::seconds).sum());
      }
    }
    return any ? Optional.of(Section.of("The other networks", table.build())) : Optional.empty();
  }

  private Optional<Section> inapplicable() {
    if (refusals.isEmpty()) {
      return Optional.empty();
    }
    Table.Builder table =
        Table.captioned("Pairs that do not go together")
            .text("algorithm")
            .text("network")
            .text("what the algorithm says");
    for (Refusal refusal : refusals) {
      table.row(name(refusal.algorithm()), ClaimCell.name(refusal.model()), refusal.reason());
    }
    return Optional.of(Section.of("Not applicable", table.build()));
  }

  /** Every check on the first network, and every one that did not pass. */
  private Section all() {
    boolean more = options.networks().size() > 1;
    Table.Builder checks =
        Table.captioned(
                more ? "Checks on the first network, and those that did not pass" : "Every check")
            .text("check")
            .text("answer")
            .text("finding")
            .number("estimates", Unit.COUNT)
            .number("time", Unit.SECONDS);
    Table.Builder commands =
        Table.captioned("The command that repeats it").text("check").text("command");
    for (ClaimOutcome outcome : outcomes) {
      if (outcome.cell().model() != main && outcome.passed()) {
        continue;
      }
      checks.row(
          outcome.cell().describe(),
          mark(outcome),
          sentence(outcome.finding()),
          (double) outcome.samples(),
          outcome.seconds());
      commands.row(outcome.cell().describe(), "`" + outcome.replay() + "`");
    }
    return Section.of("All checks", checks.build(), commands.build());
  }

  private Section method() {
    Problem problem = main.problem();
    return Section.of(
        "How it was done",
        Block.prose(
            "The %snetwork is a %s on %d steps, θ with %d parameters in tensors of unequal sizes. Windows have %d steps (the last one is shorter), or one step where a bias has to show. σ is where the error of the mean is least."
                .formatted(
                    options.networks().size() > 1 ? "first " : "",
                    problem.model().name(),
                    problem.sequence().length(),
                    problem.theta().length,
                    ClaimRun.WINDOW),
            "Draws come from the seed alone: a run with the same seed and the same code gives the same answers, bit for bit, with any number of threads. The chance that one check of right code fails is at most %s."
                .formatted(EvidenceBlocks.number(options.alpha()))),
        manifest.table(),
        Block.csv("results.csv", "All figures of this run in full precision", table));
  }
}
