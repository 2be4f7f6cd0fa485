package kobai.reproduce;

/**
 * The least that is run: one method with one seed.
 *
 * @param experiment its name on the command line
 * @param method the method
 * @param seed the seed; 0 for a method that does not depend on it
 */
public record WorkUnit(String experiment, String method, long seed) {
  @Override
  public String toString() {
    return experiment + ", " + method + ", seed " + seed;
  }
}
