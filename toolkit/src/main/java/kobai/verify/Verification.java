package kobai.verify;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import kobai.models.Tensor;
import kobai.random.RandomKey;

/** One run of a {@link Verifier}: the channels, the loop over samples, and the report. */
final class Verification {
  private static final double LN10 = Math.log(10);
  private static final int PATIENCE = 64;
  private static final int MOST_EVIDENCE = 400;

  private final Verifier settings;
  private final double[] g;
  private final double norm;
  private final boolean absolute;
  private final double tolerance;
  private final double channelAlpha;
  private final RandomKey key;
  private final long started = System.nanoTime();
  private final List<String> notes = new ArrayList<>();
  private final List<VerificationReport.Evidence> evidence = new ArrayList<>();

  private final List<Tensor> tensors = new ArrayList<>();
  private final double[] tensorNorms;
  private final List<SequentialTest> tensorTests = new ArrayList<>();
  private final SequentialTest scaleTest;
  private final CoordinateChannels coordinates;
  private final OmnibusChannel omnibus;
  private final NormCertificate certificate;
  private final Lag lag = new Lag();
  private final double[] d;
  private int block;
  private int inBlock;
  private int blocks = -1;
  private long samples;
  private long nextEvidence;

  Verification(Verifier settings) {
    this.settings = settings;
    g = settings.target.gradient();
    norm = Vectors.norm(g);
    absolute = norm == 0;
    double unit = absolute ? 1 : norm;
    tolerance = settings.tolerance + (settings.target.allowance() + settings.rounding) / unit;
    channelAlpha = settings.alpha / 4;
    key = new RandomKey(settings.seed).child("verify");
    d = new double[g.length];
    scaleTest = new SequentialTest(tolerance, channelAlpha, settings.beta);
    // A coordinate that does not vary, such as a readout's in online learning, shows its rounding.
    double harmless =
        Math.max(ErrorModel.FLOAT_SUM * norm, settings.rounding + settings.target.allowance());
    coordinates = new CoordinateChannels(g.length, channelAlpha, harmless);
    omnibus = new OmnibusChannel(g.length, channelAlpha);
    certificate = new NormCertificate(g.length, settings.beta);
    if (!absolute && settings.layout.tensors().size() > 1) {
      for (Tensor tensor : settings.layout.tensors()) {
        if (tensorNorm(tensor) > 0) {
          tensors.add(tensor);
        } else {
          notes.add(
              "tensor '%s' has no gradient: only coordinates and directions watch it"
                  .formatted(tensor.name()));
        }
      }
    }
    tensorNorms = tensors.stream().mapToDouble(this::tensorNorm).toArray();
    for (int i = 0; i < tensors.size(); i++) {
      tensorTests.add(new SequentialTest(tolerance, channelAlpha / tensors.size(), settings.beta));
    }
  }

  private double tensorNorm(Tensor tensor) {
    double sum = 0;
    for (int p = tensor.at(); p < tensor.at() + tensor.size(); p++) {
      sum += g[p] * g[p];
    }
    return Math.sqrt(sum);
  }

  VerificationReport run() {
    if (absolute) {
      notes.add(
          "the target is zero: tolerance and bias are absolute, and a pass needs the bound on the"
              + " whole bias");
    } else if (tolerance > settings.tolerance) {
      notes.add(
          "tolerance %.4g = %s + %.2g for the smoothing that the target leaves out + %.2g for the rounding of losses"
              .formatted(
                  tolerance,
                  settings.tolerance,
                  settings.target.allowance() / norm,
                  settings.rounding / norm));
    }
    if (!absolute && settings.rounding > settings.tolerance / 5 * norm) {
      return report(
          Verdict.UNDECIDED,
          "sigma = %s: must be at least %.2g for a tolerance of %s (the loss %.3g has 24 bits; below, its rounding is %.2g of the gradient)"
              .formatted(
                  settings.sigma,
                  settings.leastSigma.getAsDouble(),
                  settings.tolerance,
                  settings.rounding * settings.sigma / (4 * ErrorModel.FLOAT),
                  settings.rounding / norm));
    }
    Contract contract = new Contract(settings.sampler, g.length, settings.timeout);
    Optional<String> violation = contract.violation(seed(0), seed(1));
    if (violation.isPresent()) {
      return report(Verdict.CONTRACT_VIOLATION, violation.get());
    }
    try {
      Optional<VerificationReport> exact =
          Contract.supervised(this::deterministic, settings.timeout.multipliedBy(4));
      return exact.isPresent() ? exact.get() : supervisedLoop();
    } catch (Contract.Violation broken) {
      return report(Verdict.CONTRACT_VIOLATION, broken.getMessage());
    }
  }

  private long seed(long i) {
    return key.child(i).seed();
  }

  /** The verdict on an estimator that does not use its seed: one comparison. */
  private Optional<VerificationReport> deterministic() {
    double[] first = settings.sampler.sample(seed(0)).clone();
    for (int i = 1; i < 4; i++) {
      if (!Arrays.equals(first, settings.sampler.sample(seed(i)))) {
        return Optional.empty();
      }
    }
    double error = Vectors.distance(first, g) / (absolute ? 1 : norm);
    samples = 1;
    notes.add(
        "four seeds gave the same bits: the estimator is deterministic and was compared once,"
            + " without statistics");
    for (int p = 0; p < d.length; p++) {
      d[p] = first[p] - g[p];
    }
    coordinates.add(d);
    boolean within = error <= tolerance;
    List<String> names = within ? List.of() : settings.diagnosis.of(first, new double[g.length]);
    return Optional.of(
        report(
            within ? Verdict.UNBIASED : Verdict.BIASED,
            "relative error %.3g, tolerance %.3g".formatted(error, tolerance),
            error,
            error,
            names));
  }

  private VerificationReport supervisedLoop() {
    AtomicLong progress = new AtomicLong();
    List<VerificationReport> result = new ArrayList<>(1);
    List<Throwable> failure = new ArrayList<>(1);
    Thread thread =
        new Thread(
            () -> {
              try {
                VerificationReport report = loop(progress);
                synchronized (result) {
                  result.add(report);
                }
              } catch (Throwable thrown) { // handed to the caller below
                synchronized (result) {
                  failure.add(thrown);
                }
              }
            },
            "verified estimator");
    thread.setDaemon(true);
    thread.start();
    await(thread, progress, settings.timeout);
    synchronized (result) {
      if (!failure.isEmpty()) {
        if (failure.getFirst() instanceof Contract.Violation violation) {
          throw violation;
        }
        throw new IllegalStateException(
            "the verifier failed: " + failure.getFirst(), failure.getFirst());
      }
      return result.getFirst();
    }
  }

  private static void await(Thread thread, AtomicLong progress, Duration timeout) {
    try {
      long seen = -1;
      while (!thread.join(timeout)) {
        if (progress.get() == seen) {
          thread.interrupt();
          throw new Contract.Violation(
              "hangs: estimate %d did not return within %s s (raise the timeout if it is only slow)"
                  .formatted(seen, timeout.toMillis() / 1000.0));
        }
        seen = progress.get();
      }
    } catch (InterruptedException interrupted) {
      thread.interrupt();
      Thread.currentThread().interrupt();
      throw new Contract.Violation("interrupted");
    }
  }

  private VerificationReport loop(AtomicLong progress) {
    long most = settings.maxSamples > 0 ? settings.maxSamples : PATIENCE * settings.plan();
    // Nobody waits for the answer of an interrupted run; it must not go on for hours.
    while (samples < most && !Thread.currentThread().isInterrupted()) {
      long seed = seed(samples);
      double[] estimate = draw(seed);
      add(estimate);
      progress.set(samples);
      Optional<Verdict> verdict = endOfBlock();
      if (verdict.isPresent()) {
        return decided(verdict.get());
      }
    }
    return decided(foundBias() ? Verdict.BIASED : Verdict.UNDECIDED);
  }

  private double[] draw(long seed) {
    double[] estimate;
    try {
      estimate = settings.sampler.sample(seed);
    } catch (RuntimeException | Error thrown) {
      throw new Contract.Violation(
          "throws: seed %d (estimate %d): %s".formatted(seed, samples, thrown), thrown);
    }
    Optional<String> fault = Contract.fault(estimate, g.length, seed);
    if (fault.isPresent()) {
      throw new Contract.Violation(fault.get());
    }
    return estimate;
  }

  private void add(double[] estimate) {
    for (int p = 0; p < d.length; p++) {
      d[p] = estimate[p] - g[p];
    }
    samples++;
    inBlock++;
    double along = 0;
    for (int p = 0; p < d.length; p++) {
      along += absolute ? d[p] : d[p] * g[p];
    }
    lag.add(along);
    if (!absolute) {
      scaleTest.add(along / (norm * norm));
      for (int i = 0; i < tensors.size(); i++) {
        Tensor tensor = tensors.get(i);
        double dot = 0;
        for (int p = tensor.at(); p < tensor.at() + tensor.size(); p++) {
          dot += d[p] * g[p];
        }
        tensorTests.get(i).add(dot / (tensorNorms[i] * norm));
      }
    }
    coordinates.add(d);
    omnibus.add(d);
    certificate.add(d);
  }

  /** Ends the blocks of the channels that only find, and looks at everything. */
  private Optional<Verdict> endOfBlock() {
    if (block == 0) {
      if (samples < SequentialTest.PILOT) {
        return Optional.empty();
      }
      block = absolute ? SequentialTest.SMALLEST_BLOCK : scaleTest.block();
      for (SequentialTest test : tensorTests) {
        block = Math.max(block, test.block());
      }
    } else if (inBlock < block) {
      return Optional.empty();
    }
    coordinates.endBlock();
    omnibus.endBlock();
    inBlock = 0;
    blocks++;
    if (lag.dependent()) {
      throw new Contract.Violation(
          "not iid between calls: lag-1 autocorrelation %.3f over %d estimates (an estimate must depend on its own seed only)"
              .formatted(lag.correlation(), samples));
    }
    return blocks < SequentialTest.FEWEST_BLOCKS ? Optional.empty() : look();
  }

  private boolean foundBias() {
    return omnibus.biased() || coordinates.biased(coordinates.worst());
  }

  /**
   * Evidence of 1/β: not enough to find a bias, too much to pass. An unbiased estimator is ever
   * held up by it with a chance of 2β at most.
   */
  private boolean suspicion() {
    double limit = Math.log(1 / settings.beta);
    return omnibus.logEvidence() >= limit
        || coordinates.logEvidence(coordinates.worst()) >= limit + Math.log(g.length);
  }

  private Optional<Verdict> look() {
    boolean passed =
        !settings.certify && !absolute || certificate.upper() <= tolerance * (absolute ? 1 : norm);
    boolean found = foundBias();
    if (!absolute) {
      SequentialTest.Outcome scale = scaleTest.outcome();
      trace(scale);
      List<SequentialTest.Outcome> outcomes = new ArrayList<>();
      outcomes.add(scale);
      tensorTests.forEach(test -> outcomes.add(test.outcome()));
      for (SequentialTest.Outcome outcome : outcomes) {
        if (outcome.verdict() == Verdict.BIASED) {
          return Optional.of(Verdict.BIASED);
        }
        passed &= outcome.verdict().passed();
        found |= outcome.verdict() == Verdict.BIASED_BUT_WITHIN;
      }
    }
    double limit = tolerance * (absolute ? 1 : norm);
    if (foundBias()) {
      if (certificate.lower() > limit) {
        return Optional.of(Verdict.BIASED);
      }
      passed &= certificate.upper() <= limit;
    } else {
      passed &= !suspicion() || certificate.upper() <= limit;
    }
    if (passed) {
      return Optional.of(found ? Verdict.BIASED_BUT_WITHIN : Verdict.UNBIASED);
    }
    return foundBias() && samples >= settings.enough
        ? Optional.of(Verdict.BIASED)
        : Optional.empty();
  }

  private void trace(SequentialTest.Outcome scale) {
    if (scale.samples() >= nextEvidence && evidence.size() < MOST_EVIDENCE) {
      evidence.add(
          new VerificationReport.Evidence(
              scale.samples(),
              scale.mean(),
              scale.radius(),
              scaleTest.sum(),
              scaleTest.boundary(),
              scale.logEvidence() / LN10));
      nextEvidence = scale.samples() + scale.samples() / 32;
    }
  }

  private VerificationReport decided(Verdict verdict) {
    double unit = absolute ? 1 : norm;
    List<String> names = new ArrayList<>();
    double[] mean = coordinates.means();
    double[] errors = new double[mean.length];
    for (int p = 0; p < mean.length; p++) {
      mean[p] += g[p];
      errors[p] = coordinates.error(p);
    }
    if (verdict == Verdict.BIASED) {
      names.addAll(settings.diagnosis.of(mean, errors));
    }
    if (settings.variance.isPresent()) {
      names.addAll(
          settings.diagnosis.ofVariance(
              OptionalDouble.of(coordinates.trace() / settings.variance.getAsDouble())));
    }
    return report(
        verdict, reason(verdict), certificate.upper() / unit, certificate.lower() / unit, names);
  }

  private String reason(Verdict verdict) {
    List<String> found = new ArrayList<>();
    List<String> open = new ArrayList<>();
    for (VerificationReport.Channel channel : channels()) {
      if (channel.verdict() == Verdict.BIASED || channel.verdict() == Verdict.BIASED_BUT_WITHIN) {
        found.add("%s (%+.3g)".formatted(channel.name(), channel.estimate()));
      } else if (channel.verdict() == Verdict.UNDECIDED) {
        open.add(channel.name());
      }
    }
    return switch (verdict) {
      case UNBIASED ->
          "no bias was found, and none above %.3g is left in any channel of equivalence"
              .formatted(tolerance);
      case BIASED_BUT_WITHIN ->
          "a bias was found, within the tolerance: " + String.join(", ", found);
      case BIASED -> "a bias was found: " + String.join(", ", found);
      case UNDECIDED ->
          open.isEmpty()
              ? "too few for a first look: %d estimates".formatted(samples)
              : "not enough evidence after %d estimates: %s open%s"
                  .formatted(samples, String.join(", ", open), heavy());
      case CONTRACT_VIOLATION -> throw new IllegalStateException("a violation has its own reason");
    };
  }

  private String heavy() {
    String reason = absolute ? "" : scaleTest.outcome().reason();
    return reason.startsWith("heavy") ? "; " + reason : "";
  }

  private List<VerificationReport.Channel> channels() {
    List<VerificationReport.Channel> channels = new ArrayList<>();
    if (blocks < 0) {
      return channels;
    }
    if (!absolute) {
      channels.add(equivalence("scale", scaleTest.outcome()));
      for (int i = 0; i < tensors.size(); i++) {
        channels.add(equivalence("tensor " + tensors.get(i).name(), tensorTests.get(i).outcome()));
      }
    }
    double unit = absolute ? 1 : norm;
    // 3.72 standard errors: 99.99 % on one side.
    double side = 3.72 * omnibus.error() / unit;
    channels.add(
        new VerificationReport.Channel(
            "direction",
            VerificationReport.Kind.DETECTION,
            omnibus.biased() ? Verdict.BIASED : Verdict.UNBIASED,
            omnibus.mean() / unit,
            omnibus.mean() / unit - side,
            omnibus.mean() / unit + side,
            omnibus.logEvidence() / LN10,
            samples,
            0));
    int worst = coordinates.worst();
    double error = 3.72 * coordinates.error(worst) / unit;
    channels.add(
        new VerificationReport.Channel(
            "coordinate",
            VerificationReport.Kind.DETECTION,
            coordinates.biased(worst) ? Verdict.BIASED : Verdict.UNBIASED,
            coordinates.mean(worst) / unit,
            coordinates.mean(worst) / unit - error,
            coordinates.mean(worst) / unit + error,
            coordinates.logEvidence(worst) / LN10,
            samples,
            0));
    boolean bounded = certificate.upper() / unit <= tolerance;
    long wanted = bounded ? 0 : Math.max(block, certificate.samplesFor(tolerance * unit) - samples);
    boolean needed = settings.certify || absolute;
    channels.add(
        new VerificationReport.Channel(
            "norm",
            VerificationReport.Kind.BOUND,
            bounded || !needed
                ? Verdict.UNBIASED
                : certificate.lower() / unit > tolerance ? Verdict.BIASED : Verdict.UNDECIDED,
            Math.sqrt(Math.max(0, certificate.square())) / unit,
            certificate.lower() / unit,
            certificate.upper() / unit,
            0,
            samples,
            needed ? wanted : 0));
    return channels;
  }

  private static VerificationReport.Channel equivalence(
      String name, SequentialTest.Outcome outcome) {
    return new VerificationReport.Channel(
        name,
        VerificationReport.Kind.EQUIVALENCE,
        outcome.verdict(),
        outcome.mean(),
        outcome.mean() - outcome.radius(),
        outcome.mean() + outcome.radius(),
        outcome.logEvidence() / LN10,
        outcome.samples(),
        outcome.missing());
  }

  private VerificationReport report(Verdict verdict, String reason) {
    return report(verdict, reason, Double.POSITIVE_INFINITY, 0, List.of());
  }

  private VerificationReport report(
      Verdict verdict, String reason, double upper, double lower, List<String> names) {
    List<VerificationReport.Channel> channels = channels();
    long missing = 0;
    for (VerificationReport.Channel channel : channels) {
      missing = Math.max(missing, channel.missing());
    }
    if (verdict == Verdict.UNDECIDED && missing == 0) {
      missing = settings.plan();
    }
    double scale = Double.NaN;
    if (!absolute && coordinates.count() > 0) {
      scale = 1 + Vectors.dot(coordinates.means(), g) / (norm * norm);
    }
    return new VerificationReport(
        verdict,
        reason,
        settings.target.toString(),
        channels,
        upper,
        lower,
        scale,
        coordinates.trace(),
        settings.variance,
        samples,
        settings.plan(),
        verdict == Verdict.UNDECIDED ? missing : 0,
        worst(),
        names,
        notes,
        evidence,
        settings.tolerance,
        settings.alpha,
        settings.beta,
        settings.seed,
        settings.replay.isEmpty()
            ? "Verifier.of(…).tolerance(%s).alpha(%s).beta(%s).seed(%d).verify()"
                .formatted(settings.tolerance, settings.alpha, settings.beta, settings.seed)
            : settings.replay,
        (System.nanoTime() - started) * 1e-9);
  }

  private List<VerificationReport.Coordinate> worst() {
    if (coordinates.count() == 0) {
      return List.of();
    }
    return IntStream.range(0, g.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer p) -> -Math.abs(deviations(p))))
        .limit(8)
        .map(this::coordinate)
        .toList();
  }

  /** The bias in standard errors; in units of nothing where there is no error. */
  private double deviations(int p) {
    double error = coordinates.error(p);
    return error > 0 ? coordinates.mean(p) / error : coordinates.mean(p);
  }

  private VerificationReport.Coordinate coordinate(int p) {
    Tensor home = settings.layout.tensors().getFirst();
    for (Tensor tensor : settings.layout.tensors()) {
      if (p >= tensor.at() && p < tensor.at() + tensor.size()) {
        home = tensor;
      }
    }
    int inside = p - home.at();
    return new VerificationReport.Coordinate(
        home.name(),
        p,
        inside / home.columns(),
        inside % home.columns(),
        coordinates.mean(p),
        coordinates.error(p),
        g[p],
        coordinates.logEvidence(p) / LN10,
        coordinates.biased(p));
  }

  /** Lag-1 autocorrelation; more than six standard errors of it are taken for dependence. */
  private static final class Lag {
    private static final double LIMIT = 6;

    private long count;
    private double first;
    private double last;
    private double sum;
    private double squares;
    private double products;

    void add(double x) {
      if (count == 0) {
        first = x;
      } else {
        products += (x - first) * (last - first);
      }
      count++;
      sum += x - first;
      squares += (x - first) * (x - first);
      last = x;
    }

    double correlation() {
      double mean = sum / count;
      double variance = squares / count - mean * mean;
      // Σ (xᵢ − x̄)(xᵢ₊₁ − x̄) with x measured from the first value: the ends' terms are Σ less the
      // last and the first.
      double lagged = products - mean * (2 * sum - (last - first)) + (count - 1) * mean * mean;
      return variance > 0 ? lagged / (count * variance) : 0;
    }

    boolean dependent() {
      return Math.abs(correlation()) * Math.sqrt(count) > LIMIT;
    }
  }
}
