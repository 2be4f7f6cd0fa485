package kobai.bayes;

/**
 * What a {@link ScoreFunction} subtracts from the cost cₛ of sample s before it multiplies it with
 * the score hₛ. Nothing that does not depend on sample s changes the mean.
 */
public enum ControlVariate {
  /** Nothing. */
  NONE,
  /**
   * The mean cost of the other samples. The estimate is then the sample covariance of cost and
   * score, with divisor S − 1 (Mnih and Rezende 2016; Kool et al. 2019).
   */
  LEAVE_ONE_OUT,
  /**
   * By coordinate i the mean cost of the other samples weighted with their h²: an estimate of E[c
   * hᵢ²]/E[hᵢ²], the constant of the smallest variance (Ranganath, Gerrish and Blei 2014), made
   * without sample s.
   */
  OPTIMAL
}
