package kobai.training;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import kobai.memory.StateRecord;

/**
 * A run after an epoch, as bytes:
 *
 * <pre>
 * "KOBAI CP" | version | length n of the content | content [n] | SHA-256 of all before it [32]
 * </pre>
 *
 * <p>Numbers are big-endian, floats keep their bits. A file of another length, or one in which a
 * single bit differs, is refused.
 *
 * @param identity the settings and the data of the run, name → text
 * @param epoch after which it was taken
 * @param state of θ, optimiser and early stopping
 * @param curve points so far
 */
public record Checkpoint(
    Map<String, String> identity, long epoch, StateRecord state, List<EpochPoint> curve) {
  private static final long MAGIC = 0x4B4F424149204350L; // "KOBAI CP"
  private static final int VERSION = 1;
  private static final int HEAD = Long.BYTES + Integer.BYTES + Integer.BYTES;
  private static final int HASH = 32;

  public Checkpoint {
    identity = Collections.unmodifiableMap(new LinkedHashMap<>(identity));
    curve = List.copyOf(curve);
  }

  /** What another run has otherwise, one sentence each. */
  public List<String> differences(Map<String, String> wanted) {
    List<String> differences = new ArrayList<>();
    TreeSet<String> names = new TreeSet<>(identity.keySet());
    names.addAll(wanted.keySet());
    for (String name : names) {
      String own = identity.getOrDefault(name, "nothing");
      String other = wanted.getOrDefault(name, "nothing");
      if (!own.equals(other)) {
        differences.add("%s = %s: must be %s, as in the checkpoint".formatted(name, other, own));
      }
    }
    return differences;
  }

  /** The file. */
  public byte[] bytes() {
    byte[] content = content();
    ByteBuffer file = ByteBuffer.allocate(Math.addExact(HEAD + HASH, content.length));
    file.putLong(MAGIC).putInt(VERSION).putInt(content.length).put(content);
    file.put(hash(file.array(), file.position()));
    return file.array();
  }

  private byte[] content() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(identity.size());
      for (Map.Entry<String, String> entry : identity.entrySet()) {
        out.writeUTF(entry.getKey());
        out.writeUTF(entry.getValue());
      }
      out.writeLong(epoch);
      out.writeInt(state.numbers().size());
      for (Map.Entry<String, Long> entry : state.numbers().entrySet()) {
        out.writeUTF(entry.getKey());
        out.writeLong(entry.getValue());
      }
      out.writeInt(state.arrays().size());
      for (Map.Entry<String, float[]> entry : state.arrays().entrySet()) {
        out.writeUTF(entry.getKey());
        out.writeInt(entry.getValue().length);
        ByteBuffer floats = ByteBuffer.allocate(Math.multiplyExact(4, entry.getValue().length));
        floats.asFloatBuffer().put(entry.getValue());
        out.write(floats.array());
      }
      out.writeInt(curve.size());
      for (EpochPoint point : curve) {
        write(point, out);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // an array takes everything
    }
    return bytes.toByteArray();
  }

  private static void write(EpochPoint point, DataOutputStream out) throws IOException {
    out.writeInt(point.epoch());
    out.writeLong(point.updates());
    out.writeLong(point.examples());
    out.writeDouble(point.seconds());
    out.writeDouble(point.trainingLoss());
    out.writeDouble(point.validation().loss());
    out.writeDouble(point.validation().accuracy());
    out.writeInt(point.validation().examples());
    out.writeDouble(point.gradientNorm());
  }

  private static EpochPoint point(DataInputStream in) throws IOException {
    return new EpochPoint(
        in.readInt(),
        in.readLong(),
        in.readLong(),
        in.readDouble(),
        in.readDouble(),
        new Score(in.readDouble(), in.readDouble(), in.readInt()),
        in.readDouble());
  }

  /**
   * Reads what {@link #bytes} wrote.
   *
   * @throws IllegalArgumentException if it is not exactly that
   */
  public static Checkpoint parse(byte[] file) {
    ByteBuffer head = ByteBuffer.wrap(file);
    require(file.length >= HEAD + HASH, "has %d bytes, fewer than any checkpoint", file.length);
    require(head.getLong() == MAGIC, "does not begin like a checkpoint");
    int hashAt = file.length - HASH;
    require(
        Arrays.equals(hash(file, hashAt), Arrays.copyOfRange(file, hashAt, file.length)),
        "does not have the SHA-256 that was written with it: it was cut or changed");
    int version = head.getInt();
    require(version == VERSION, "has version %d; this program reads %d", version, VERSION);
    require(head.getInt() == hashAt - HEAD, "does not have the length that it names");
    try (DataInputStream in =
        new DataInputStream(new ByteArrayInputStream(file, HEAD, hashAt - HEAD))) {
      Checkpoint read = read(in);
      require(in.available() == 0, "has %d bytes too many", in.available());
      return read;
    } catch (IOException e) {
      throw new IllegalArgumentException("checkpoint: ends too early", e);
    }
  }

  private static Checkpoint read(DataInputStream in) throws IOException {
    Map<String, String> identity = new LinkedHashMap<>();
    for (int left = in.readInt(); left > 0; left--) {
      identity.put(in.readUTF(), in.readUTF());
    }
    long epoch = in.readLong();
    StateRecord state = new StateRecord();
    for (int left = in.readInt(); left > 0; left--) {
      state.put(in.readUTF(), in.readLong());
    }
    for (int left = in.readInt(); left > 0; left--) {
      String name = in.readUTF();
      float[] values = new float[in.readInt()];
      ByteBuffer.wrap(in.readNBytes(Math.multiplyExact(4, values.length)))
          .asFloatBuffer()
          .get(values);
      state.put(name, values);
    }
    List<EpochPoint> curve = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      curve.add(point(in));
    }
    return new Checkpoint(identity, epoch, state, curve);
  }

  private static void require(boolean holds, String message, Object... values) {
    if (!holds) {
      throw new IllegalArgumentException("checkpoint: " + message.formatted(values));
    }
  }

  private static byte[] hash(byte[] bytes, int count) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(bytes, 0, count);
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }
}
