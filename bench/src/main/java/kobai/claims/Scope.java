package kobai.claims;

import kobai.estimators.Algorithm;
import kobai.estimators.Claim;
import kobai.estimators.Target;
import kobai.models.RecurrentModel;

/** The two claims that every line of the registry makes. */
public enum Scope {
  /** One window covers the whole sequence. */
  WHOLE,
  /** The sequence is cut into windows. */
  WINDOWS;

  /** The claim that an algorithm makes there. */
  public Claim claim(Algorithm algorithm, RecurrentModel model) {
    return algorithm.claimOn(model, this == WHOLE);
  }

  /** The target that an algorithm declares there. */
  public Target target(Algorithm algorithm, RecurrentModel model) {
    return algorithm.targetOn(model, this == WHOLE);
  }
}
