package kobai.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds the name that a misspelt one was probably meant to be. */
final class Nearest {
  private Nearest() {}

  /**
   * Returns the candidate with the smallest edit distance (insert, delete, replace and swap of
   * neighbours cost 1; case does not count), if that is at most a third of the word and one more:
   * beyond that a suggestion only irritates. The first one wins a tie.
   */
  static Optional<String> to(String word, Collection<String> candidates) {
    String wanted = word.toLowerCase(Locale.ROOT);
    int limit = 1 + wanted.length() / 3;
    return candidates.stream()
        .filter(name -> distance(wanted, name.toLowerCase(Locale.ROOT)) <= limit)
        .min(Comparator.comparingInt(name -> distance(wanted, name.toLowerCase(Locale.ROOT))));
  }

  /** Returns {@code (did you mean x?)} with a leading blank, or the empty string. */
  static String suggestion(String word, Collection<String> candidates) {
    return to(word, candidates).map(name -> " (did you mean " + name + "?)").orElse("");
  }

  /** The optimal string alignment distance, O(|a| |b|) time and memory. */
  static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int replaced = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        d[i][j] = Math.min(replaced, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], 1 + d[i - 2][j - 2]);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
