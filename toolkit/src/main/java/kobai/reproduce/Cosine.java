package kobai.reproduce;

/** How well two gradients agree. */
final class Cosine {
  private Cosine() {}

  /** ⟨a, b⟩ / (‖a‖ ‖b‖) of the first {@code count} entries, in double; 0 if one of them is zero. */
  static double of(float[] a, float[] b, int count) {
    double dot = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < count; i++) {
      dot += (double) a[i] * b[i];
      aa += (double) a[i] * a[i];
      bb += (double) b[i] * b[i];
    }
    return aa == 0 || bb == 0 ? 0 : dot / Math.sqrt(aa * bb);
  }

  /** ‖a‖ of the first {@code count} entries, in double. */
  static double norm(float[] a, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += (double) a[i] * a[i];
    }
    return Math.sqrt(sum);
  }

  /** ‖a − b‖ of the first {@code count} entries, in double. */
  static double distance(float[] a, float[] b, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
      double difference = (double) a[i] - b[i];
      sum += difference * difference;
    }
    return Math.sqrt(sum);
  }
}
