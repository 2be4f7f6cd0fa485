package kobai.kernels;

/** The two implementations of {@link Kernels}; they agree bit for bit. */
public enum Implementation {
  /** The specification, one plain loop each. */
  SCALAR(new ScalarKernels()),
  /** The JDK Vector API. */
  VECTOR(new VectorKernels());

  private final Kernels kernels;

  Implementation(Kernels kernels) {
    this.kernels = kernels;
  }

  /** Returns the (stateless) kernels. */
  public Kernels kernels() {
    return kernels;
  }
}
