package kobai.cli;

import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads lists of seeds such as 0..9, 0,3,5 and 0..2,7. */
final class SeedList {
  private static final Pattern PART = Pattern.compile("(\\d{1,18})(?:\\.\\.(\\d{1,18}))?");
  private static final int MOST = 10_000;

  private SeedList() {}

  /**
   * The seeds, ascending, each once.
   *
   * @throws IllegalArgumentException if the text is not such a list
   */
  static List<Long> parse(String text) {
    var seeds = new TreeSet<Long>();
    for (String part : text.split(",", -1)) {
      Matcher form = PART.matcher(part.strip());
      if (!form.matches()) {
        throw wrong(text);
      }
      long from = Long.parseLong(form.group(1));
      long to = form.group(2) == null ? from : Long.parseLong(form.group(2));
      if (to < from || to - from >= MOST) {
        throw wrong(text);
      }
      for (long seed = from; seed <= to; seed++) {
        seeds.add(seed);
      }
    }
    return List.copyOf(seeds);
  }

  private static IllegalArgumentException wrong(String text) {
    return new IllegalArgumentException(
        "--seeds = %s: must be whole numbers from 0 on and ranges of at most %d, such as 0..9 or 0,3,5"
            .formatted(text, MOST));
  }
}
