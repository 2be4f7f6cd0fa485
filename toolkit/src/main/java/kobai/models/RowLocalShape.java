package kobai.models;

/**
 * The wiring of a cell whose units interact through pre-activations only: {@link RowLocalModel}.
 */
public interface RowLocalShape {
  /** Units n. */
  int units();

  /** State components of a unit. */
  int parts();

  /** Pre-activations of a unit. */
  int gates();

  /** Length of z = [h | x | 1], q. */
  int sources();

  /**
   * The index in θ of the weight from that source into unit 0 of that gate; that into unit i
   * follows i places later. −1 if the gate does not see the source.
   */
  int parameterAt(int source, int gate);

  /** Whether no gate sees h, so that units do not interact: {@link DiagonalModel}. */
  default boolean diagonal() {
    for (int source = 0; source < units(); source++) {
      for (int gate = 0; gate < gates(); gate++) {
        if (parameterAt(source, gate) >= 0) {
          return false;
        }
      }
    }
    return true;
  }
}
