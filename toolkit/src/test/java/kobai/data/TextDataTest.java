package kobai.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextDataTest {
  @TempDir private Path folder;

  private Path file(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("text.txt"), bytes);
  }

  private static byte[] latin1(String bytes) {
    return bytes.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String refusal(Path file) {
    return assertThrows(IllegalArgumentException.class, () -> TextData.read(file)).getMessage();
  }

  @Test
  void readsUtf8() throws Exception {
    Path file = file("Grüße, 世界 😀\n".getBytes(StandardCharsets.UTF_8));
    assertEquals(new TextData(file.toString(), "Grüße, 世界 😀\n"), TextData.read(file));
  }

  @Test
  void dropsTheByteOrderMarkAndKeepsLineEnds() throws Exception {
    Path file = file("\uFEFFa\r\nb".getBytes(StandardCharsets.UTF_8));
    assertEquals("a\r\nb", TextData.read(file).text());
  }

  @Test
  void namesLineColumnAndOffsetOfAByteThatIsNotUtf8() throws Exception {
    // Line 1 is "ä": two bytes, one column. Line 2 is "caf" and a Latin-1 é, followed by a space.
    Path file = file(latin1("\u00c3\u00a4\ncaf\u00e9 au lait\n"));
    assertEquals(
        file
            + ":2:4: byte 0xE9 at offset 6 is not UTF-8: must be UTF-8 text"
            + " (convert it, for example: iconv -f LATIN1 -t UTF-8)",
        refusal(file));
  }

  @Test
  void countsEveryKindOfLineEndOnceBeforeAWrongByte() throws Exception {
    Path file = file(latin1("a\r\nb\rc\nd\u00ff"));
    assertTrue(
        refusal(file).startsWith(file + ":4:2: byte 0xFF at offset 8 is not UTF-8"), refusal(file));
  }

  @Test
  void doesNotCountTheByteOrderMarkAsAColumn() throws Exception {
    Path file = file(latin1("\u00ef\u00bb\u00bfab\u0080"));
    assertTrue(
        refusal(file).startsWith(file + ":1:3: byte 0x80 at offset 5 is not UTF-8"), refusal(file));
  }

  @Test
  void refusesACharacterCutOffAtTheEndOfTheFile() throws Exception {
    Path file = file(latin1("ab\u00e2\u0082")); // the euro sign lacks its last byte
    assertTrue(
        refusal(file).startsWith(file + ":1:3: byte 0xE2 at offset 2 is not UTF-8"), refusal(file));
  }

  @Test
  void refusesOverlongFormsAndSurrogates() throws Exception {
    for (String bytes :
        new String[] {"\u00c0\u0080", "\u00ed\u00a0\u0080", "\u00f5\u0080\u0080\u0080"}) {
      assertTrue(refusal(file(latin1(bytes))).contains(":1:1: byte 0x"));
    }
  }

  @Test
  void recognisesUtf16() throws Exception {
    Path file = file("hello".getBytes(StandardCharsets.UTF_16));
    assertEquals(
        file
            + ":1:1: byte 0xFE at offset 0 is not UTF-8: must be UTF-8 text"
            + " (convert it, for example: iconv -f UTF-16 -t UTF-8)",
        refusal(file));
  }

  @Test
  void refusesAnEmptyFile() throws Exception {
    Path file = file(new byte[0]);
    assertEquals(file + ": is empty: must hold data", refusal(file));
  }

  @Test
  void refusesAFileOfNothingButAByteOrderMark() throws Exception {
    Path file = file("\uFEFF".getBytes(StandardCharsets.UTF_8));
    assertEquals(file + ": is empty: must hold text", refusal(file));
  }

  @Test
  void refusesAFolder() {
    assertEquals(
        folder + ": is a folder: must be a file (name one of the files in it)", refusal(folder));
  }

  @Test
  void refusesAFileThatDoesNotExist() {
    Path file = folder.resolve("none.txt");
    assertEquals(
        file
            + ": does not exist: must be a file (check the path; it starts at "
            + Path.of("").toAbsolutePath()
            + ")",
        refusal(file));
  }

  @Test
  void refusesAFileThatThisUserMayNotRead() throws Exception {
    Path file = file(latin1("secret"));
    assertTrue(file.toFile().setReadable(false));
    assumeFalse(Files.isReadable(file), "this user may read everything");
    assertEquals(
        file + ": is not readable by this user: must be readable (change its permissions)",
        refusal(file));
  }

  @Test
  void refusesAFileLargerThanItsShareOfTheHeapWithoutReadingIt() throws Exception {
    Path file = file(latin1("seventeen bytes.."));
    long heap = Runtime.getRuntime().maxMemory();
    int share =
        (int)
            Math.min(
                Integer.MAX_VALUE, heap / 16 + 1); // leaves 15 bytes or, on huge heaps, a few more
    long limit = heap / share;
    assumeTrue(limit < 17);
    assertEquals(
        file
            + ": has 17 bytes: must have at most "
            + limit
            + " with this heap (cut the file, or raise -Xmx)",
        assertThrows(IllegalArgumentException.class, () -> DataFile.bytes(file, share))
            .getMessage());
  }

  @Test
  void messagesHaveAsciiDigitsInEveryLocale() throws Exception {
    Locale before = Locale.getDefault();
    Path file = file(latin1("a\u00e9"));
    try {
      Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
      assertEquals("١", "%d".formatted(1)); // the locale does change digits
      assertTrue(refusal(file).startsWith(file + ":1:2: byte 0xE9 at offset 1 "), refusal(file));
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void mobyDickIsTheFileThatItsLicenceNames() throws Exception {
    byte[] bytes = TextData.resource("moby-dick.txt");
    String hash = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    String licence = new String(TextData.resource("moby-dick-licence.txt"), StandardCharsets.UTF_8);
    assertTrue(licence.contains(hash), hash);
    assertTrue(licence.contains("CC0 1.0 Universal"));
    assertTrue(bytes.length <= 300_000);
  }

  @Test
  void mobyDickBeginsAndEndsWithTheNovelsOwnWords() {
    String text = TextData.mobyDick().text();
    assertTrue(text.startsWith("CHAPTER 1. Loomings.\n\nCall me Ishmael."));
    assertTrue(text.endsWith("But, mum; he comes this way.\"\n")); // the end of chapter 31
    assertEquals(-1, text.indexOf("Gutenberg"));
    assertEquals(-1, text.indexOf('\r'));
  }
}
