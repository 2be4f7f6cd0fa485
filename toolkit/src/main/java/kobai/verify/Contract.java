package kobai.verify;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The rules that an estimator must keep before statistics mean anything: right length, finite, a
 * pure function of the seed, hands off θ and the data, returns in time.
 */
final class Contract {
  private final GradientSampler sampler;
  private final int parameters;
  private final Duration timeout;

  Contract(GradientSampler sampler, int parameters, Duration timeout) {
    this.sampler = sampler;
    this.parameters = parameters;
    this.timeout = timeout;
  }

  /**
   * What the estimator does wrong with these two seeds, or nothing. Calls it with the first, the
   * second and the first again.
   */
  Optional<String> violation(long first, long second) {
    float[] theta = theta();
    float[] inputs = inputs();
    float[] targets = targets();
    try {
      double[] before = checked(first);
      checked(second);
      double[] again = checked(first);
      return changed("theta", theta, theta())
          .or(() -> changed("inputs", inputs, inputs()))
          .or(() -> changed("targets", targets, targets()))
          .or(() -> differs(first, before, again));
    } catch (Violation violation) {
      return Optional.of(violation.getMessage());
    }
  }

  private static Optional<String> differs(long seed, double[] before, double[] again) {
    for (int p = 0; p < before.length; p++) {
      if (Double.doubleToLongBits(before[p]) != Double.doubleToLongBits(again[p])) {
        return Optional.of(
            "not deterministic: seed %d gave gradient[%d] = %s, and after another seed %s"
                .formatted(seed, p, before[p], again[p]));
      }
    }
    return Optional.empty();
  }

  private double[] checked(long seed) {
    double[] gradient =
        supervised(
            () -> {
              double[] returned = sampler.sample(seed);
              return returned == null ? new double[0] : returned.clone();
            },
            timeout);
    Optional<String> fault = fault(gradient, parameters, seed);
    if (fault.isPresent()) {
      throw new Violation(fault.get());
    }
    return gradient;
  }

  /** What is wrong with one estimate, or nothing. */
  static Optional<String> fault(double[] gradient, int parameters, long seed) {
    if (gradient.length != parameters) {
      return Optional.of(
          "wrong length: seed %d gave %d elements, expected %d"
              .formatted(seed, gradient.length, parameters));
    }
    for (int p = 0; p < parameters; p++) {
      if (!Double.isFinite(gradient[p])) {
        return Optional.of(
            "not finite: seed %d gave gradient[%d] = %s (an element that is not written stays NaN)"
                .formatted(seed, p, gradient[p]));
      }
    }
    return Optional.empty();
  }

  /** Runs a task on a thread of its own and gives up on it after a while. */
  static <T> T supervised(Callable<T> task, Duration timeout) {
    FutureTask<T> future = new FutureTask<>(task);
    Thread thread = new Thread(future, "verified estimator");
    thread.setDaemon(true);
    thread.start();
    try {
      return future.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException slow) {
      thread.interrupt();
      throw new Violation(
          "hangs: no estimate within %s s (raise the timeout if it is only slow)"
              .formatted(seconds(timeout)));
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof Violation violation) {
        throw violation;
      }
      StackTraceElement[] trace = failed.getCause().getStackTrace();
      throw new Violation(
          "throws: %s%s".formatted(failed.getCause(), trace.length > 0 ? " at " + trace[0] : ""),
          failed.getCause());
    } catch (InterruptedException interrupted) {
      thread.interrupt();
      Thread.currentThread().interrupt();
      throw new Violation("interrupted");
    }
  }

  private static String seconds(Duration timeout) {
    return String.valueOf(timeout.toMillis() / 1000.0);
  }

  private static Optional<String> changed(String name, float[] before, float[] after) {
    int at = Arrays.mismatch(before, after);
    return at < 0
        ? Optional.empty()
        : Optional.of(
            "changes its input: %s[%d] was %s and became %s"
                .formatted(name, at, before[at], after[at]));
  }

  private float[] theta() {
    return sampler instanceof EpisodeSampler episodes ? episodes.theta().clone() : new float[0];
  }

  private float[] inputs() {
    return sampler instanceof EpisodeSampler episodes
        ? episodes.sequence().inputs().clone()
        : new float[0];
  }

  private float[] targets() {
    return sampler instanceof EpisodeSampler episodes
        ? episodes.sequence().targets().clone()
        : new float[0];
  }

  /** A rule was broken; the message says which. */
  static final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1;

    Violation(String message) {
      super(message);
    }

    Violation(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
