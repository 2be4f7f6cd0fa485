package kobai.claims;

import kobai.estimators.Algorithm;
import kobai.estimators.Claim;
import kobai.estimators.Target;

/** The two claims that every line of the registry makes. */
public enum Scope {
  /** One window covers the whole sequence. */
  WHOLE,
  /** The sequence is cut into windows. */
  WINDOWS;

  /** The claim that an algorithm makes there. */
  public Claim claim(Algorithm algorithm) {
    return this == WHOLE ? algorithm.whole() : algorithm.windows();
  }

  /** The target that an algorithm declares there. */
  public Target target(Algorithm algorithm) {
    return this == WHOLE ? algorithm.wholeTarget() : algorithm.windowsTarget();
  }
}
