package kobai.training;

/** What a part of the data is for. */
public enum Part {
  /** What θ is fitted to. */
  TRAINING,
  /** What early stopping and the choice of settings look at. */
  VALIDATION,
  /** What the fitted θ is judged by, once. */
  TEST
}
