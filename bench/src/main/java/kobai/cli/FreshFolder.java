package kobai.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kobai.report.RunFolder;

/** Opens the folder of a new run, the last thing that can be wrong with a command's input. */
final class FreshFolder {
  private FreshFolder() {}

  /**
   * Opens the folder and raises what is wrong, with it or before; the disk is then as it was, the
   * folders above included.
   */
  static RunFolder open(Path path, Violations violations) throws IOException {
    List<Path> missing = new ArrayList<>();
    for (Path at = path.toAbsolutePath(); at != null && !Files.exists(at); at = at.getParent()) {
      missing.add(at);
    }
    Path lock = path.resolve(RunFolder.LOCK);
    boolean locked = Files.exists(lock);
    List<RunFolder> opened = new ArrayList<>();
    violations.collect(() -> opened.add(RunFolder.create(path)));
    if (!violations.isEmpty() && !opened.isEmpty()) {
      opened.getFirst().close();
      if (!locked) {
        Files.deleteIfExists(lock);
      }
      for (Path folder : missing) {
        Files.delete(folder);
      }
    }
    violations.raise();
    return opened.getFirst();
  }
}
