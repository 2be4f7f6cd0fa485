package kobai.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import kobai.estimators.Algorithm;
import kobai.estimators.Setup;
import kobai.report.RunFolder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CheckpointTest {
  @TempDir private Path temporary;

  private static TrainingRun run(int epochs) {
    Setup setup = Setup.of(Runs.network("dense(10)"), 1).withBatch(600);
    TrainingRun run = new TrainingRun(Runs.settings(Algorithm.BPTT, setup, 5), Runs.DIGITS);
    for (int e = 0; e < epochs; e++) {
      run.epoch();
    }
    return run;
  }

  @Test
  void itReadsBackWhatItWrote() {
    Checkpoint written = run(2).checkpoint();
    Checkpoint read = Checkpoint.parse(written.bytes());
    assertEquals(written.identity(), read.identity());
    assertEquals(written.epoch(), read.epoch());
    assertEquals(written.curve(), read.curve());
    assertEquals(written.state().numbers(), read.state().numbers());
    assertEquals(written.state().arrays().keySet(), read.state().arrays().keySet());
    assertArrayEquals(
        written.state().arrays().get("learner/theta"), read.state().arrays().get("learner/theta"));
    assertArrayEquals(written.bytes(), read.bytes());
  }

  @Test
  void everyByteThatIsFlippedOrCutIsNoticed() {
    byte[] file = run(1).checkpoint().bytes();
    for (int at = 0; at < file.length; at++) {
      byte[] flipped = file.clone();
      flipped[at] ^= (byte) (1 << at % 8);
      assertThrows(IllegalArgumentException.class, () -> Checkpoint.parse(flipped));
    }
    for (int length = 0; length < file.length; length++) {
      byte[] cut = Arrays.copyOf(file, length);
      assertThrows(IllegalArgumentException.class, () -> Checkpoint.parse(cut));
    }
    byte[] longer = Arrays.copyOf(file, file.length + 1);
    assertThrows(IllegalArgumentException.class, () -> Checkpoint.parse(longer));
  }

  @Test
  void theNewestOfTwoGenerationsIsLoaded() throws IOException {
    try (RunFolder folder = RunFolder.create(temporary.resolve("run"))) {
      Checkpoints checkpoints = new Checkpoints(folder, "bptt-0");
      assertTrue(checkpoints.load().isEmpty());
      TrainingRun run = run(0);
      for (int epoch = 1; epoch <= 3; epoch++) {
        run.epoch();
        checkpoints.save(run.checkpoint());
        Checkpoints.Found found = new Checkpoints(folder, "bptt-0").load().orElseThrow();
        assertEquals(epoch, found.checkpoint().epoch());
        assertTrue(found.remarks().isEmpty());
      }
    }
  }

  @Test
  void aDamagedGenerationIsSaidAndThePreviousOneUsed() throws IOException {
    try (RunFolder folder = RunFolder.create(temporary.resolve("run"))) {
      Checkpoints checkpoints = new Checkpoints(folder, "bptt-0");
      TrainingRun run = run(1);
      checkpoints.save(run.checkpoint());
      run.epoch();
      checkpoints.save(run.checkpoint());
      byte[] newest = Files.readAllBytes(checkpoints.file(1));
      for (int at = 0; at < newest.length; at += 97) { // a prime: all fields are met
        byte[] flipped = newest.clone();
        flipped[at] ^= 1;
        Files.write(checkpoints.file(1), at % 2 == 0 ? flipped : Arrays.copyOf(newest, at));
        Checkpoints.Found found = new Checkpoints(folder, "bptt-0").load().orElseThrow();
        assertEquals(1, found.checkpoint().epoch());
        assertTrue(found.remarks().getFirst().contains("bptt-0-1.checkpoint"));
        assertTrue(found.remarks().getLast().contains("of epoch 1"));
      }
      Checkpoints again = new Checkpoints(folder, "bptt-0");
      Checkpoints.Found found = again.load().orElseThrow();
      TrainingRun resumed = run(0);
      resumed.restore(found.checkpoint());
      resumed.epoch();
      again.save(resumed.checkpoint());
      assertTrue(
          new Checkpoints(folder, "bptt-0").load().orElseThrow().remarks().isEmpty(),
          "the damaged one was replaced, not the good one");
      assertArrayEquals(run.chosen(), resumed.chosen());
      Files.write(checkpoints.file(0), new byte[0]);
      Files.write(checkpoints.file(1), new byte[] {1});
      IllegalArgumentException refusal =
          assertThrows(
              IllegalArgumentException.class, () -> new Checkpoints(folder, "bptt-0").load());
      assertTrue(refusal.getMessage().contains("no whole checkpoint is left"));
    }
  }

  @Test
  void anotherRunsCheckpointIsRefusedWithEveryDifference() {
    Checkpoint other = run(1).checkpoint();
    Setup setup = Setup.of(Runs.network("dense(12) tanh dense(10)"), 1).withBatch(60);
    TrainingRun run = new TrainingRun(Runs.settings(Algorithm.ES, setup, 5), Runs.DIGITS);
    float[] before = run.chosen();
    String refusal =
        assertThrows(IllegalArgumentException.class, () -> run.restore(other)).getMessage();
    assertTrue(refusal.contains("algorithm = ES: must be BPTT"), refusal);
    assertTrue(refusal.contains("batch = 60: must be 600"), refusal);
    assertTrue(refusal.contains("model = dense(12)"), refusal);
    assertFalse(refusal.contains("seed"), refusal);
    assertArrayEquals(before, run.chosen());
  }
}
