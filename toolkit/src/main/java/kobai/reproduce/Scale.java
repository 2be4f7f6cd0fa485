package kobai.reproduce;

/** How much of an experiment is run. */
public enum Scale {
  /**
   * Seconds in all: enough to exercise everything, too little to judge; bands that need more are
   * left out.
   */
  TINY,
  /** A few minutes on two cores: judged by its own bands. */
  REDUCED,
  /** The size of the publication. */
  FULL
}
