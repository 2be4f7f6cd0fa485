package kobai.reproduce;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kobai.data.Sequence;
import kobai.random.RandomDraws;
import kobai.random.RandomKey;
import kobai.report.Section;

/** Tallec and Ollivier (2018): a letter between brackets comes again after some others. */
final class DistantBrackets implements Experiment {
  /** Letters between the brackets. */
  private static final int KEPT = 1;

  /** Letters between the pairs of brackets. */
  private static final int GAP = 5;

  private static final int ALPHABET = 10;
  private static final int OPEN = ALPHABET;
  private static final int CLOSE = ALPHABET + 1;
  private static final int END = ALPHABET + 2;
  private static final int SYMBOLS = ALPHABET + 3;
  private static final int WORD = 2 * (KEPT + 2) + GAP + 1;
  private static final LetterPrediction TASK = new LetterPrediction(floor(), withoutMemory());

  @Override
  public String title() {
    return "Distant brackets: a letter that comes again after some others";
  }

  @Override
  public String question() {
    return "A stream of words such as [c]xyzuv[c] and an end of line is to be continued: a random"
        + " letter of ten stands between brackets, five random letters follow, and the first"
        + " comes again between brackets. Who remembers it is certain of it; who does not pays"
        + " log₂ 10 bits once more a word. METHOD-K learns from windows of K letters, at the"
        + " end of each. Published: backpropagation through windows shorter than the eight"
        + " letters between both fails, UORO learns. At the reduced length UORO has learnt the form"
        + " of the words, which backpropagation through the same 4 letters has not, but not yet"
        + " the letter; SNAP_1 has. At full size (seed 0) UORO-4 and UORO-16 have learnt it, too.";
  }

  @Override
  public List<Source> sources() {
    return List.of(
        new Source(
            "Tallec and Ollivier (2018), Unbiased online recurrent optimization, ICLR",
            "arXiv 1702.05043"),
        new Source(
            "the code of its authors: train.lua, datasets/distant-brackets/generate.lua",
            "ctallec/uoro"));
  }

  @Override
  public Map<String, Object> constants(Scale scale) {
    Map<String, Object> constants = new LinkedHashMap<>();
    constants.put("letters between brackets, after them, alphabet", List.of(KEPT, GAP, ALPHABET));
    constants.putAll(TASK.constants(scale));
    return constants;
  }

  @Override
  public List<String> methods(Scale scale) {
    return List.of("UORO-1", "UORO-4", "UORO-16", "SNAP_1-1", "BPTT-1", "BPTT-4", "BPTT-16");
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
   * Words over and over, the end of a line before the first; the target is the next symbol. One-hot
   * in the order letters, [, ], end of line.
   */
  static Sequence stream(RandomKey key, int steps) {
    Sequence stream = Sequence.allocate(steps, 1, SYMBOLS, SYMBOLS);
    int symbol = END;
    for (int t = 0; t < steps; t++) {
      stream.inputs()[stream.inputAt(t) + symbol] = 1f;
      symbol = symbol(key, t / WORD, t % WORD);
      stream.targets()[stream.targetAt(t) + symbol] = 1f;
    }
    return stream;
  }

  /** A symbol of a word: [ kept ] gap [ kept ] end. */
  private static int symbol(RandomKey key, int word, int at) {
    int second = KEPT + 2 + GAP;
    int inBrackets = at < second ? at : at - second;
    boolean between = at >= KEPT + 2 && at < second;
    if (between) {
      return RandomDraws.below(key, word, at, ALPHABET);
    }
    return inBrackets == 0
        ? OPEN
        : inBrackets <= KEPT
            ? RandomDraws.below(key, word, inBrackets, ALPHABET)
            : inBrackets == KEPT + 1 ? CLOSE : END;
  }

  /** The choice of the letters that are new, over the symbols of a word. */
  static double floor() {
    return (KEPT + GAP) * Math.log(ALPHABET) / Math.log(2) / WORD;
  }

  /** As if the letters that come again were new, too; of the rest everything is known. */
  static double withoutMemory() {
    return (2 * KEPT + GAP) * Math.log(ALPHABET) / Math.log(2) / WORD;
  }

  @Override
  public void run(Scale scale, String method, long seed, Recorder recorder) {
    RandomKey key = new RandomKey(seed).child("brackets");
    Sequence text = stream(key.child("data"), LetterPrediction.letters(scale));
    LetterPrediction.learn(scale, method, text, key, recorder);
  }

  @Override
  public List<Band> bands(Scale scale) {
    if (scale == Scale.TINY) {
      return List.of();
    }
    List<Band> bands = new ArrayList<>();
    if (scale == Scale.FULL) {
      bands.add(
          TASK.learns("UORO-4", "learns the letter", "That it does is published. Seed 0: 1.772"));
    }
    bands.addAll(bands());
    return bands;
  }

  /** What holds at both sizes. */
  private static List<Band> bands() {
    return List.of(
        TASK.learns(
            "SNAP_1-1", "learns the letter", "Reduced runs with seeds 0 to 4: 1.695 to 1.732"),
        SeedBands.less(
            "With the same windows of 4 letters, UORO ends below backpropagation.",
            "published. Reduced runs with seeds 0 to 4: 1.940 to 1.941 and 2.201 to 2.226; full"
                + " size, seed 0: 1.772 and 2.250",
            "UORO-4",
            "BPTT-4",
            BlockLoss.FINAL,
            1),
        SeedBands.median(
            "Backpropagation through 4 letters does not learn the form of the words either: it ends"
                + " above %.4f bits.".formatted(TASK.withoutMemory()),
            "the limit is the exact loss of who knows everything but the letter."
                + " Reduced runs with seeds 0 to 4: 2.201 to 2.226; full size, seed 0: 2.250",
            "BPTT-4",
            BlockLoss.FINAL,
            loss -> loss > TASK.withoutMemory()));
  }

  @Override
  public List<Section> figures(Scale scale, Outcomes outcomes) {
    return List.of(TASK.figures("Loss of distant brackets", methods(scale), List.of(), outcomes));
  }
}
