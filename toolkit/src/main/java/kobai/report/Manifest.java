package kobai.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What must be known to repeat a run and to judge its figures.
 *
 * @param command the command line
 * @param configuration every setting as resolved, in order: text, numbers, truth values or lists of
 *     them
 * @param seeds purpose → seed
 * @param revision the source that ran
 * @param environment the machine
 * @param data name → SHA-256 of the input, in hexadecimal
 * @param start when the run started
 * @param end when it ended; empty while it runs
 * @param exitReason {@link #RUNNING}, or why it ended, such as {@code completed} or {@code
 *     interrupted}
 */
public record Manifest(
    List<String> command,
    Map<String, Object> configuration,
    Map<String, Long> seeds,
    Revision revision,
    Environment environment,
    Map<String, String> data,
    Instant start,
    Optional<Instant> end,
    String exitReason) {

  /** Exit reason of a run that has not ended, or was killed before it could say so. */
  public static final String RUNNING = "running";

  /** Copies lists and maps, keeping their order. */
  public Manifest {
    command = List.copyOf(command);
    configuration = Collections.unmodifiableMap(new LinkedHashMap<>(configuration));
    seeds = Collections.unmodifiableMap(new LinkedHashMap<>(seeds));
    data = Collections.unmodifiableMap(new LinkedHashMap<>(data));
  }

  /**
   * Starts the manifest of a run that begins now.
   *
   * @param command the command line, such as {@code kobai, compare, --quick}
   * @param environment the machine
   */
  public static Builder starting(List<String> command, Environment environment) {
    return new Builder(command, environment, Instant.now().truncatedTo(ChronoUnit.MILLIS));
  }

  /** The same run, ended; times are kept to the millisecond. */
  public Manifest ended(Instant time, String reason) {
    return new Manifest(
        command,
        configuration,
        seeds,
        revision,
        environment,
        data,
        start,
        Optional.of(time.truncatedTo(ChronoUnit.MILLIS)),
        reason);
  }

  /** The same run of another source: for results that other code has made. */
  public Manifest of(Revision source) {
    return new Manifest(
        command, configuration, seeds, source, environment, data, start, end, exitReason);
  }

  /** The same run, begun at that time: for a run that is gone on with. */
  public Manifest startedAt(Instant time) {
    return new Manifest(
        command, configuration, seeds, revision, environment, data, time, end, exitReason);
  }

  /** The manifest as indented JSON; times are ISO 8601 in UTC. */
  public String json() {
    var machine = new LinkedHashMap<String, Object>();
    machine.put("java", environment.java());
    machine.put("vm", environment.vm());
    machine.put("flags", environment.flags());
    machine.put("os", environment.os());
    machine.put("cpu", environment.cpu());
    machine.put("cores", environment.cores());
    machine.put("maxHeapBytes", environment.maxHeapBytes());
    machine.put("vectorBits", environment.vectorBits());
    var tree = new LinkedHashMap<String, Object>();
    tree.put("command", command);
    tree.put("configuration", configuration);
    tree.put("seeds", seeds);
    tree.put("commit", revision.commit());
    tree.put("sourceState", revision.state());
    tree.put("environment", machine);
    tree.put("dataSha256", data);
    tree.put("start", start.toString());
    tree.put("end", end.map(Instant::toString).orElse(null));
    tree.put("exitReason", exitReason);
    return Json.indented(tree) + "\n";
  }

  /**
   * Reads what {@link #json} wrote. Settings come back as text, numbers, truth values or lists of
   * them, numbers in the type that JSON gives them.
   *
   * @throws IllegalArgumentException if it is no such manifest
   */
  public static Manifest parse(String text) {
    try {
      JsonNode tree = Json.parse(text);
      JsonNode machine = required(tree, "environment");
      var environment =
          new Environment(
              required(machine, "java").asText(),
              required(machine, "vm").asText(),
              texts(required(machine, "flags")),
              required(machine, "os").asText(),
              required(machine, "cpu").asText(),
              required(machine, "cores").asInt(),
              required(machine, "maxHeapBytes").asLong(),
              required(machine, "vectorBits").asInt());
      var configuration = new LinkedHashMap<String, Object>();
      required(tree, "configuration")
          .properties()
          .forEach(setting -> configuration.put(setting.getKey(), plain(setting.getValue())));
      var seeds = new LinkedHashMap<String, Long>();
      required(tree, "seeds")
          .properties()
          .forEach(seed -> seeds.put(seed.getKey(), seed.getValue().asLong()));
      var data = new LinkedHashMap<String, String>();
      required(tree, "dataSha256")
          .properties()
          .forEach(hash -> data.put(hash.getKey(), hash.getValue().asText()));
      return new Manifest(
          texts(required(tree, "command")),
          configuration,
          seeds,
          new Revision(required(tree, "commit").asText(), required(tree, "sourceState").asText()),
          environment,
          data,
          Instant.parse(required(tree, "start").asText()),
          tree.path("end").isTextual()
              ? Optional.of(Instant.parse(tree.path("end").asText()))
              : Optional.empty(),
          required(tree, "exitReason").asText());
    } catch (JsonProcessingException | DateTimeParseException e) {
      throw new IllegalArgumentException(
          "manifest: must be JSON as a run writes it (" + e.getMessage() + ")", e);
    }
  }

  private static JsonNode required(JsonNode tree, String name) {
    JsonNode node = tree.path(name);
    if (node.isMissingNode()) {
      throw new IllegalArgumentException(
          "manifest: %s: must be there (is it the manifest of a run?)".formatted(name));
    }
    return node;
  }

  private static List<String> texts(JsonNode list) {
    var texts = new ArrayList<String>();
    list.forEach(node -> texts.add(node.asText()));
    return texts;
  }

  private static Object plain(JsonNode node) {
    if (node.isArray()) {
      var list = new ArrayList<Object>();
      node.forEach(element -> list.add(plain(element)));
      return list;
    }
    return node.isBoolean()
        ? (Object) node.asBoolean()
        : node.isNumber() ? (Object) node.numberValue() : node.asText();
  }

  /** The manifest as a table of names and values for a document. */
  public Table table() {
    var table = Table.captioned("How this was run").text("what").text("value");
    table.row("command", "`" + String.join(" ", command) + "`");
    table.row("exit reason", exitReason);
    table.row("start", start.toString());
    end.ifPresent(
        time -> {
          table.row("end", time.toString());
          table.row("duration", Unit.SECONDS.text(Duration.between(start, time).toMillis() / 1e3));
        });
    table.row("commit", revision.commit() + " (" + revision.state() + ")");
    table.row("CPU", environment.cpu());
    table.row("cores", Integer.toString(environment.cores()));
    table.row(
        "vectors", environment.vectorBits() == 0 ? "none" : environment.vectorBits() + " bits");
    table.row("Java", environment.java() + ", " + environment.vm());
    table.row("JVM flags", String.join(" ", environment.flags()));
    table.row("largest heap", Unit.BYTES.text(environment.maxHeapBytes()));
    table.row("operating system", environment.os());
    seeds.forEach((purpose, seed) -> table.row("seed: " + purpose, Long.toString(seed)));
    configuration.forEach((name, value) -> table.row(name, String.valueOf(value)));
    data.forEach((name, hash) -> table.row("SHA-256 of " + name, hash));
    return table.build();
  }

  /** Collects the parts; what is not given is empty or unknown. */
  public static final class Builder {
    private final List<String> command;
    private final Environment environment;
    private final Instant start;
    private final Map<String, Object> configuration = new LinkedHashMap<>();
    private final Map<String, Long> seeds = new LinkedHashMap<>();
    private final Map<String, String> data = new LinkedHashMap<>();
    private Revision revision = Revision.UNKNOWN;

    private Builder(List<String> command, Environment environment, Instant start) {
      this.command = command;
      this.environment = environment;
      this.start = start;
    }

    /** Adds a resolved setting: text, a number, a truth value, or a list of them. */
    public Builder setting(String name, Object value) {
      configuration.put(name, value);
      return this;
    }

    /** Adds a seed. */
    public Builder seed(String purpose, long seed) {
      seeds.put(purpose, seed);
      return this;
    }

    /** Says which source runs. */
    public Builder revision(Revision revision) {
      this.revision = revision;
      return this;
    }

    /** Adds the hash of an input file, read in full. */
    public Builder data(Path file) throws IOException {
      MessageDigest digest = sha256();
      try (InputStream in = Files.newInputStream(file)) {
        var buffer = new byte[1 << 16];
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
          digest.update(buffer, 0, count);
        }
      }
      data.put(file.toString(), HexFormat.of().formatHex(digest.digest()));
      return this;
    }

    /** Adds the hash of an input that is in memory, such as a resource. */
    public Builder data(String name, byte[] content) {
      data.put(name, HexFormat.of().formatHex(sha256().digest(content)));
      return this;
    }

    /** The manifest of the running run. */
    public Manifest build() {
      return new Manifest(
          command,
          configuration,
          seeds,
          revision,
          environment,
          data,
          start,
          Optional.empty(),
          RUNNING);
    }

    private static MessageDigest sha256() {
      try {
        return MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new AssertionError("every Java has SHA-256", e);
      }
    }
  }
}
