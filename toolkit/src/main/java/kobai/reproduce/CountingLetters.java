package kobai.reproduce;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kobai.data.Sequence;
import kobai.random.RandomDraws;
import kobai.random.RandomKey;
import kobai.report.Chart;
import kobai.report.Measured;
import kobai.report.Section;

/** Tallec and Ollivier (2018): counting, with windows shorter than what is counted. */
final class CountingLetters implements Experiment {
  private static final int SYMBOLS = 3;
  private static final int MARK = 2;

  /** A mean loss in the published log, over the letters from one to another, in bits a letter. */
  private record Logged(double from, double to, double loss) {}

  /**
   * Means between lines of the log of UORO-1 in the authors' repository, from its cumulative loss:
   * 0.29708, 0.29397, 0.28654, 0.28067, 0.27513 and 0.27060 bits.
   */
  private static final List<Logged> LOG =
      List.of(
          new Logged(109_330, 150_320, 0.2857),
          new Logged(150_320, 200_600, 0.2643),
          new Logged(200_600, 249_690, 0.2567),
          new Logged(249_690, 301_650, 0.2485),
          new Logged(301_650, 360_820, 0.2475));

  /** Letters whose mean loss is compared with the log: nearest to a line of it. */
  private static final int LOGGED_LETTERS = 200_000;

  private static final double LOGGED_LOSS = 0.2865;

  /** n is drawn from 1 to this. */
  private static int most(Scale scale) {
    return scale == Scale.TINY ? 4 : 32;
  }

  private static LetterPrediction task(Scale scale) {
    return new LetterPrediction(floor(most(scale)), withoutMemory(most(scale)));
  }

  @Override
  public String title() {
    return "Counting letters, with windows shorter than what is counted";
  }

  @Override
  public String question() {
    return "A stream of words aⁿ, mark, bⁿ, mark, n drawn anew for each, is to be continued. Who"
        + " counts can be certain of the last b and the mark after it; who sees the last letter"
        + " alone cannot. The losses of both are known exactly. METHOD-K learns from windows of K"
        + " letters, at the end of each. Published: UORO with windows of one letter learns to"
        + " count, while backpropagation through one letter does worse in the end. Cell, start,"
        + " rate and coding are those of the authors' public code, whose repository holds the log"
        + " of a run of UORO-1; it is drawn among the curves.";
  }

  @Override
  public List<Source> sources() {
    return List.of(
        new Source(
            "Tallec and Ollivier (2018), Unbiased online recurrent optimization, ICLR",
            "arXiv 1702.05043"),
        new Source(
            "the code of its authors: train.lua, uoro.lua, datasets/anbn, logs", "ctallec/uoro"));
  }

  @Override
  public Map<String, Object> constants(Scale scale) {
    Map<String, Object> constants = new LinkedHashMap<>();
    constants.put("n drawn from", "1 to " + most(scale));
    constants.putAll(task(scale).constants(scale));
    return constants;
  }

  @Override
  public List<String> methods(Scale scale) {
    return List.of("UORO-1", "UORO-16", "SNAP_1-1", "BPTT-1", "BPTT-2", "BPTT-16", "BPTT-64");
  }

  @Override
  public boolean seeded(String method) {
    return true;
  }

  @Override
  public int seeds(Scale scale) {
    return scale == Scale.TINY ? 1 : 5;
  }

  /**
   * aⁿ, mark, bⁿ, mark over and over, each n drawn uniformly from 1 … most; the target is the next
   * letter. One-hot in the order a, b, mark; a mark comes first.
   */
  static Sequence stream(RandomKey key, int steps, int most) {
    Sequence stream = Sequence.allocate(steps, 1, SYMBOLS, SYMBOLS);
    int letter = MARK;
    int word = 0;
    int at = 0;
    int n = 1 + RandomDraws.below(key, 0, word, most);
    for (int t = 0; t < steps; t++) {
      stream.inputs()[stream.inputAt(t) + letter] = 1f;
      letter = at == n || at > 2 * n ? MARK : at < n ? 0 : 1;
      stream.targets()[stream.targetAt(t) + letter] = 1f;
      at++;
      if (at > 2 * n + 1) {
        at = 0;
        word++;
        n = 1 + RandomDraws.below(key, 0, word, most);
      }
    }
    return stream;
  }

  /** log₂(most) bits a word, which is the choice of n, over its mean length of most + 3 letters. */
  static double floor(int most) {
    return Math.log(most) / Math.log(2) / (most + 3);
  }

  /**
   * The best that looks at the last letter alone: after a mark comes a or b, which is one bit, and
   * of the n letters a, as of the n letters b, one is the last.
   */
  static double withoutMemory(int most) {
    double mean = (most + 1) / 2.0;
    double p = 1 / mean;
    double entropy = p >= 1 ? 0 : -p * Math.log(p) - (1 - p) * Math.log(1 - p);
    return 2 * (mean * entropy / Math.log(2) + 1) / (most + 3);
  }

  @Override
  public void run(Scale scale, String method, long seed, Recorder recorder) {
    RandomKey key = new RandomKey(seed).child("anbn");
    Sequence text = stream(key.child("data"), LetterPrediction.letters(scale), most(scale));
    LetterPrediction.learn(scale, method, text, key, recorder);
  }

  @Override
  public List<Band> bands(Scale scale) {
    if (scale == Scale.TINY) {
      return List.of();
    }
    LetterPrediction task = task(scale);
    List<Band> bands = new ArrayList<>();
    return bands;
  }

  /** The mean loss of the first letters, by seed. */
  private static double[] firstLetters(Outcomes outcomes, String method, int letters) {
    return outcomes.seeds(method).stream()
        .mapToDouble(
            seed ->
                outcomes.curve(method, seed, BlockLoss.LOSS).stream()
                    .filter(row -> row.x() <= letters)
                    .mapToDouble(Outcomes.Row::value)
                    .average()
                    .orElse(Double.NaN))
        .toArray();
  }

  @Override
  public List<Section> figures(Scale scale, Outcomes outcomes) {
    List<Chart.Point> published =
        LOG.stream()
            .filter(logged -> logged.to() <= LetterPrediction.letters(scale))
            .map(
                logged ->
                    new Chart.Point(
                        "UORO-1, published log",
                        "",
                        logged.to(),
                        Measured.exactly(logged.loss()),
                        ""))
            .toList();
    return List.of(task(scale).figures("Loss of aⁿbⁿ", methods(scale), published, outcomes));
  }
}
