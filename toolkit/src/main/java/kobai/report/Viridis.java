package kobai.report;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;

/**
 * A scale of colours from dark to light whose lightness rises evenly, so that it reads the same in
 * grey and to eyes that tell few colours apart; and pictures in it.
 *
 * <p>Source: van der Walt and Smith (2015), viridis; straight between ten of its colours.
 */
final class Viridis {
  private static final int[] COLOURS = {
    0x440154, 0x482878, 0x3e4989, 0x31688e, 0x26828e, 0x1f9e89, 0x35b779, 0x6ece58, 0xb5de2b,
    0xfde725
  };

  /** Pixels that a picture has at least along an edge, so that its cells stay sharp. */
  private static final int EDGE = 400;

  private Viridis() {}

  /** The colour at a fraction in [0, 1], as red, green and blue in the low 24 bits. */
  static int colour(double fraction) {
    double place = fraction * (COLOURS.length - 1);
    int below = Math.min((int) place, COLOURS.length - 2);
    double share = place - below;
    int colour = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
      int from = COLOURS[below] >> shift & 0xff;
      int to = COLOURS[below + 1] >> shift & 0xff;
      colour |= (int) Math.round(from + share * (to - from)) << shift;
    }
    return colour;
  }

  /** The colour as HTML writes it. */
  static String hex(double fraction) {
    return "#%06x".formatted(colour(fraction));
  }

  /** The surface as a PNG, y upwards; blanks are transparent. */
  static byte[] png(Surface surface) {
    int nx = surface.x().size();
    int ny = surface.y().size();
    int cell = Math.max(1, Math.ceilDiv(EDGE, Math.max(nx, ny)));
    var pixels = new ByteArrayOutputStream();
    for (int j = ny - 1; j >= 0; j--) {
      byte[] row = new byte[1 + 4 * nx * cell]; // the filter byte 0, then red, green, blue, alpha
      for (int i = 0; i < nx * cell; i++) {
        double fraction = surface.fraction(surface.values().get(j * nx + i / cell));
        if (!Double.isNaN(fraction)) {
          ByteBuffer.wrap(row, 1 + 4 * i, 4).putInt(colour(fraction) << 8 | 0xff);
        }
      }
      for (int line = 0; line < cell; line++) {
        pixels.writeBytes(row);
      }
    }
    var png = new ByteArrayOutputStream();
    png.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    // Eight bits, colour type 6 (with alpha), the only compression and filter, not interlaced.
    ByteBuffer header = ByteBuffer.allocate(13).putInt(nx * cell).putInt(ny * cell);
    header.put(new byte[] {8, 6, 0, 0, 0});
    chunk(png, "IHDR", header.array());
    chunk(png, "IDAT", deflated(pixels.toByteArray()));
    chunk(png, "IEND", new byte[0]);
    return png.toByteArray();
  }

  private static byte[] deflated(byte[] bytes) {
    var out = new ByteArrayOutputStream();
    try (var deflater = new DeflaterOutputStream(out)) {
      deflater.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static void chunk(ByteArrayOutputStream png, String type, byte[] data) {
    byte[] named = new byte[4 + data.length];
    System.arraycopy(type.getBytes(StandardCharsets.US_ASCII), 0, named, 0, 4);
    System.arraycopy(data, 0, named, 4, data.length);
    var crc = new CRC32();
    crc.update(named);
    png.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
    png.writeBytes(named);
    png.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
  }
}
