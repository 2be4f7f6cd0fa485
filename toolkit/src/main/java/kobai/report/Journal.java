package kobai.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * An append-only file of JSON objects, one a line. Each line is handed to the operating system at
 * once, so that it outlives the process; closing forces all to the disk. A line counts when its
 * line feed is there: a process that dies while it writes leaves at most one torn line, the last,
 * and that is dropped.
 */
public final class Journal implements AutoCloseable {
  private final FileChannel channel;

  private Journal(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Opens the file for appending, creating it where it is missing and cutting a torn last line off.
   */
  public static Journal open(Path file) throws IOException {
    long whole = Files.exists(file) ? wholeLines(Files.readAllBytes(file)) : 0;
    var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    channel.truncate(whole);
    channel.position(whole);
    return new Journal(channel);
  }

  /**
   * Appends one object and returns when the operating system has it.
   *
   * @param object names → text, numbers, truth values, null, lists or maps
   */
  public synchronized void append(Map<String, ?> object) throws IOException {
    var line = ByteBuffer.wrap((Json.line(object) + "\n").getBytes(StandardCharsets.UTF_8));
    while (line.hasRemaining()) {
      channel.write(line);
    }
  }

  /** Appends a result. */
  public void append(ResultTable.Row row) throws IOException {
    append(row.json());
  }

  /** Forces everything to the disk and closes the file. */
  @Override
  public synchronized void close() throws IOException {
    if (channel.isOpen()) {
      channel.force(true);
      channel.close();
    }
  }

  /**
   * Reads all objects, without a torn last line.
   *
   * @throws IOException if the file cannot be read, or a whole line is not a JSON object (file and
   *     line are named)
   */
  public static List<JsonNode> read(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    var objects = new ArrayList<JsonNode>();
    int start = 0;
    int end = wholeLines(bytes);
    for (int at = 0; at < end; at++) {
      if (bytes[at] == '\n') {
        objects.add(
            parse(
                file,
                objects.size() + 1,
                new String(bytes, start, at - start, StandardCharsets.UTF_8)));
        start = at + 1;
      }
    }
    return objects;
  }

  private static JsonNode parse(Path file, int line, String text) throws IOException {
    JsonNode node;
    try {
      node = Json.parse(text);
    } catch (JsonProcessingException e) {
      throw new IOException(
          "%s:%d: must be a JSON object (%s)".formatted(file, line, e.getOriginalMessage()), e);
    }
    if (!node.isObject()) {
      throw new IOException("%s:%d: must be a JSON object (got '%s')".formatted(file, line, text));
    }
    return node;
  }

  /** Bytes up to and with the last line feed. */
  private static int wholeLines(byte[] bytes) {
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] != '\n') {
      end--;
    }
    return end;
  }
}
