package kobai.cli;

/**
 * A command that can judge its options without doing anything, so that values which make no sense
 * are reported together with words that could not be read at all.
 */
interface Checked {
  /** Notes what is wrong with the options. One whose word could not be read has its default. */
  void check(Violations violations);
}
