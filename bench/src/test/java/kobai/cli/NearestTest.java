package kobai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NearestTest {
  // kitten → sitting is the textbook's example: replace k, replace e, insert g.
  @ParameterizedTest
  @CsvSource({
    "kitten, sitting, 3",
    "bptt, bptt, 0",
    "'', abc, 3",
    "abc, '', 3",
    "ab, ba, 1",
    "hiden, hidden, 1",
    "rtlr, rtrl, 1",
    "abc, xyz, 3"
  })
  void theDistanceCountsInsertionsDeletionsReplacementsAndSwaps(String a, String b, int distance) {
    assertEquals(distance, Nearest.distance(a, b));
    assertEquals(distance, Nearest.distance(b, a), "symmetric");
  }

  @Test
  void theNearestNameIsSuggested() {
    assertEquals(Optional.of("rtrl"), Nearest.to("RTLR", List.of("bptt", "rtrl", "pes")));
    assertEquals(
        " (did you mean --hidden?)", Nearest.suggestion("--hiden", List.of("--help", "--hidden")));
  }

  @Test
  void nothingIsSuggestedForAWordUnlikeAll() {
    assertEquals(Optional.empty(), Nearest.to("transformer", List.of("bptt", "rtrl", "pes")));
    assertEquals("", Nearest.suggestion("transformer", List.of("bptt")));
  }

  @Test
  void theFirstOfEquallyNearNamesWins() {
    assertEquals(Optional.of("es"), Nearest.to("e", List.of("es", "et")));
    assertEquals(Optional.of("et"), Nearest.to("e", List.of("et", "es")));
  }
}
