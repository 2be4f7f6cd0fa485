package kobai.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import kobai.report.RunFolder;

/**
 * The last two checkpoints of a run, in files {@code <name>-0.checkpoint} and {@code
 * <name>-1.checkpoint} of its folder: a new one replaces the older of the two, as a whole or not at
 * all, so that there is a whole one at any time.
 */
public final class Checkpoints {
  private static final int GENERATIONS = 2;

  private final RunFolder folder;
  private final String name;
  private int next;

  /**
   * What was found.
   *
   * @param checkpoint the newest that is whole
   * @param remarks what was wrong with the others, and what is done about it; one sentence each
   */
  public record Found(Checkpoint checkpoint, List<String> remarks) {
    public Found {
      remarks = List.copyOf(remarks);
    }
  }

  /** Those of a run in a folder; {@code name} is letters, digits and hyphens. */
  public Checkpoints(RunFolder folder, String name) {
    this.folder = folder;
    this.name = name;
  }

  /** The file of a generation, 0 or 1. */
  public Path file(int generation) {
    return folder.path().resolve(fileName(generation));
  }

  private String fileName(int generation) {
    return name + "-" + generation + ".checkpoint";
  }

  /** Writes one, replacing the older. */
  public void save(Checkpoint checkpoint) throws IOException {
    folder.write(fileName(next), checkpoint.bytes());
    next = 1 - next;
  }

  /**
   * Reads the newest that is whole; {@link #save} will then replace the other.
   *
   * @return nothing if there are no files
   * @throws IllegalArgumentException if there are files, but none is whole
   */
  public Optional<Found> load() throws IOException {
    Checkpoint newest = null;
    List<String> remarks = new ArrayList<>();
    int files = 0;
    for (int generation = 0; generation < GENERATIONS; generation++) {
      if (!Files.exists(file(generation))) {
        continue;
      }
      files++;
      try {
        Checkpoint read = Checkpoint.parse(Files.readAllBytes(file(generation)));
        if (newest == null || read.epoch() > newest.epoch()) {
          newest = read;
          next = 1 - generation;
        }
      } catch (IllegalArgumentException e) {
        remarks.add("%s: %s".formatted(file(generation), e.getMessage()));
      }
    }
    if (newest == null) {
      if (files > 0) {
        throw new IllegalArgumentException(
            String.join("\n", remarks) + "\nno whole checkpoint is left: start the run again");
      }
      return Optional.empty();
    }
    if (!remarks.isEmpty()) {
      remarks.add("the other generation is used instead, of epoch %d".formatted(newest.epoch()));
    }
    return Optional.of(new Found(newest, remarks));
  }
}
