package kobai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Properties;
import kobai.report.Revision;
import org.junit.jupiter.api.Test;

final class BuildTest {
  private static final String HASH = "0123456789abcdef0123456789abcdef01234567";

  @Test
  void theCommitIsShortenedAndItsStateSaid() {
    assertEquals("kobai 1.2 (commit 0123456789, clean)", build(HASH, "false").toString());
    assertEquals("kobai 1.2 (commit 0123456789, modified)", build(HASH, "true").toString());
    assertEquals(new Revision(HASH, "modified"), build(HASH, "true").revision());
  }

  @Test
  void withoutARepositoryTheRevisionIsUnknown() {
    assertEquals(Revision.UNKNOWN, build("unknown", "false").revision());
    assertEquals("kobai 1.2 (commit unknown)", build("unknown", "false").toString());
  }

  private static Build build(String commit, String dirty) {
    var properties = new Properties();
    properties.setProperty("version", "1.2");
    properties.setProperty("commit", commit);
    properties.setProperty("dirty", dirty);
    return Build.of(properties);
  }
}
