package kobai.compare;

/** Is told how far a comparison is. */
public interface Observer {
  /** A phase of {@code total} units (seconds expected) begins. */
  void start(long total, String title);

  /** {@code n} more units are done; {@code message} says what comes next. */
  void step(long n, String message);

  /** Something that the user should know now. */
  void warn(String message);
}
