package kobai.tasks;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a user sets of a task; what is not set, the task decides.
 *
 * @param data the file to learn from instead of the task's own data
 * @param numbers the numbers set, each within its range
 */
public record TaskOptions(Optional<Path> data, Map<TaskOption, Integer> numbers) {
  public TaskOptions {
    numbers.forEach(TaskOption::check);
    numbers = Map.copyOf(numbers);
  }

  /** Nothing set. */
  public static TaskOptions none() {
    return new TaskOptions(Optional.empty(), Map.of());
  }

  /** A copy that reads that file. */
  public TaskOptions withData(Path file) {
    return new TaskOptions(Optional.of(file), numbers);
  }

  /** A copy with one number set. */
  public TaskOptions with(TaskOption option, int value) {
    Map<TaskOption, Integer> copy = new EnumMap<>(TaskOption.class);
    copy.putAll(numbers);
    copy.put(option, value);
    return new TaskOptions(data, copy);
  }

  /** The number set, or what the task uses otherwise. */
  int or(TaskOption option, int otherwise) {
    return numbers.getOrDefault(option, otherwise);
  }
}
