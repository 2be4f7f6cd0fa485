package kobai.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector width of this JVM: the machine's preferred one, up to 512 bits. The system property
 * {@code kobai.vector.bits} replaces it by 64, 128, 256 or 512, which is there to prove that the
 * width does not matter.
 *
 * <p>At 128 bits and above, and up to the machine's own width, compiled kernels allocate nothing.
 * At 64 bits linear algebra does not either, but the virtual machine has no 64-bit form of some
 * operations of the functions, losses and noise and makes objects of their vectors: tens to
 * thousands of bytes an element. The bits are the same; the width is for proving that, and no
 * machine prefers it.
 */
final class Lanes {
  /** Name of the system property. */
  static final String PROPERTY = "kobai.vector.bits";

  /** The species of every float vector of this package. */
  static final VectorSpecies<Float> FLOATS = floats(System.getProperty(PROPERTY));

  private Lanes() {}

  /** Returns the species for a value of the property, null if it is not set. */
  static VectorSpecies<Float> floats(String bits) {
    if (bits == null) {
      VectorSpecies<Float> preferred = FloatVector.SPECIES_PREFERRED;
      return preferred.length() > Kernels.LANES ? FloatVector.SPECIES_512 : preferred;
    }
    return switch (bits) {
      case "64" -> FloatVector.SPECIES_64;
      case "128" -> FloatVector.SPECIES_128;
      case "256" -> FloatVector.SPECIES_256;
      case "512" -> FloatVector.SPECIES_512;
      default ->
          throw new IllegalArgumentException(
              PROPERTY
                  + " = "
                  + bits
                  + ": must be 64, 128, 256 or 512 (or not set, for the machine's own width)");
    };
  }
}
