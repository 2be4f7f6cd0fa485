package kobai.tasks;

import kobai.data.Sequence;

/** Checks that every task makes before it writes. */
final class Shapes {
  private Shapes() {}

  /** Refuses a sequence that was not made for the task. */
  static void check(Task task, Sequence sequence) {
    if (sequence.inputSize() != task.inputSize() || sequence.targetSize() != task.targetSize()) {
      throw new IllegalArgumentException(
          task.name()
              + ": sequence: expected inputSize = "
              + task.inputSize()
              + " and targetSize = "
              + task.targetSize()
              + ", got "
              + sequence.inputSize()
              + " and "
              + sequence.targetSize()
              + " (make it with the task's allocate)");
    }
  }

  /**
   * Refuses a sequence that asks for more steps than there are; the last target lies one step after
   * the last input.
   */
  static void checkLength(Task task, Sequence sequence, int available, String unit) {
    if (sequence.length() >= available) {
      throw new IllegalArgumentException(
          task.name()
              + ": length = "
              + sequence.length()
              + ": must be at most "
              + (available - 1)
              + ", one less than its "
              + available
              + " "
              + unit
              + " (use a shorter length or longer data)");
    }
  }
}
