package kobai.tasks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import kobai.data.Sequence;
import kobai.models.Loss;
import kobai.random.RandomKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TasksTest {
  private static final long PATIENCE = 20_000_000_000L; // ns

  private static final RandomKey KEY = new RandomKey(7);

  @TempDir private Path folder;

  /** The task with its defaults; a series reads a small file. */
  private Task create(Tasks task) throws IOException {
    if (!task.needsData()) {
      return task.create(TaskOptions.none());
    }
    StringBuilder text = new StringBuilder();
    for (int row = 0; row < 100; row++) {
      text.append(row % 7).append(',').append(row * row % 11).append('\n');
    }
    return task.create(
        TaskOptions.none().withData(Files.writeString(folder.resolve("s.csv"), text)));
  }

  private static Sequence filled(Task task, RandomKey key, int length, int batch) {
    Sequence sequence = task.allocate(length, batch);
    Arrays.fill(sequence.inputs(), Float.NaN);
    Arrays.fill(sequence.targets(), Float.NaN);
    task.fill(key, sequence);
    return sequence;
  }

  private static float[] row(float[] values, int length, int batch, int size, int row) {
    float[] copy = new float[length * size];
    for (int t = 0; t < length; t++) {
      System.arraycopy(values, (t * batch + row) * size, copy, t * size, size);
    }
    return copy;
  }

  @ParameterizedTest
  @EnumSource
  void fillsEveryElementWithAFiniteNumber(Tasks constant) throws Exception {
    Task task = create(constant);
    for (int length : new int[] {17, 18, 64, 67}) {
      for (int batch : new int[] {1, 2, 5}) {
        Sequence sequence = filled(task, KEY, length, batch);
        float inputs = 0;
        float targets = 0;
        for (float x : sequence.inputs()) {
          assertTrue(Float.isFinite(x));
          inputs += Math.abs(x);
        }
        for (float y : sequence.targets()) {
          assertTrue(Float.isFinite(y));
          targets += Math.abs(y);
        }
        assertTrue(inputs > 0 && targets > 0);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void fillsAPureFunctionOfTheKey(Tasks constant) throws Exception {
    Task task = create(constant);
    Sequence once = filled(task, KEY, 40, 3);
    Sequence other = filled(task, KEY.child(1), 40, 3);
    assertFalse(
        Arrays.equals(once.inputs(), other.inputs())
            && Arrays.equals(once.targets(), other.targets()));
    Sequence twice = filled(create(constant), new RandomKey(KEY.seed()), 40, 3);
    assertArrayEquals(once.inputs(), twice.inputs());
    assertArrayEquals(once.targets(), twice.targets());
    task.fill(KEY, other); // what stood there before does not matter
    assertArrayEquals(once.inputs(), other.inputs());
    assertArrayEquals(once.targets(), other.targets());
  }

  @ParameterizedTest
  @EnumSource
  void rowsDifferAndDoNotDependOnTheBatchSize(Tasks constant) throws Exception {
    Task task = create(constant);
    int length = 40;
    Sequence small = filled(task, KEY, length, 2);
    Sequence large = filled(task, KEY, length, 5);
    for (int row = 0; row < 2; row++) {
      assertArrayEquals(
          row(small.inputs(), length, 2, task.inputSize(), row),
          row(large.inputs(), length, 5, task.inputSize(), row));
      assertArrayEquals(
          row(small.targets(), length, 2, task.targetSize(), row),
          row(large.targets(), length, 5, task.targetSize(), row));
    }
    float[] first = row(large.inputs(), length, 5, task.inputSize(), 0);
    boolean differ = false;
    for (int row = 1; row < 5; row++) {
      differ |= !Arrays.equals(first, row(large.inputs(), length, 5, task.inputSize(), row));
    }
    assertTrue(differ);
  }

  @ParameterizedTest
  @EnumSource
  void targetsSuitTheLoss(Tasks constant) throws Exception {
    Task task = create(constant);
    if (task.loss() == Loss.SQUARED_ERROR) {
      assertEquals(
          task.inputSize(), task.targetSize()); // the next value, or a teacher as wide as its input
      return;
    }
    int size = task.targetSize();
    Sequence sequence = filled(task, KEY, 150, 4);
    int distributions = 0;
    for (int at = 0; at < sequence.targets().length; at += size) {
      float sum = 0;
      for (int i = 0; i < size; i++) {
        float y = sequence.targets()[at + i];
        assertTrue(y >= 0 && y <= 1);
        sum += y;
      }
      assertTrue(sum == 0 || sum == 1, "sum " + sum); // multiples of ¼: exact
      distributions += sum == 1 ? 1 : 0;
    }
    assertTrue(distributions >= 4);
  }

  @ParameterizedTest
  @EnumSource(names = {"CHARACTERS", "SINE", "LORENZ", "SERIES"})
  void targetsAreTheNextInputs(Tasks constant) throws Exception {
    Task task = create(constant);
    Sequence sequence = filled(task, KEY, 30, 3);
    int step = 3 * task.inputSize();
    assertArrayEquals(
        Arrays.copyOfRange(sequence.inputs(), step, 30 * step),
        Arrays.copyOfRange(sequence.targets(), 0, 29 * step));
  }

  @ParameterizedTest
  @EnumSource(names = {"CHARACTERS", "COPY", "ADD"})
  void inputsAreOneHot(Tasks constant) throws Exception {
    Task task = create(constant);
    Sequence sequence = filled(task, KEY, 50, 4);
    for (int at = 0; at < sequence.inputs().length; at += task.inputSize()) {
      int ones = 0;
      for (int i = 0; i < task.inputSize(); i++) {
        float x = sequence.inputs()[at + i];
        assertTrue(x == 0 || x == 1);
        ones += (int) x;
      }
      assertEquals(1, ones);
    }
  }

  @ParameterizedTest
  @EnumSource
  void refusesASequenceOfOtherSizes(Tasks constant) throws Exception {
    Task task = create(constant);
    int in = task.inputSize();
    int out = task.targetSize();
    for (int[] sizes : new int[][] {{in + 1, out}, {in, out + 1}}) {
      Sequence sequence = Sequence.allocate(40, 2, sizes[0], sizes[1]);
      Arrays.fill(sequence.inputs(), 9f);
      assertEquals(
          task.name()
              + ": sequence: expected inputSize = "
              + in
              + " and targetSize = "
              + out
              + ", got "
              + sizes[0]
              + " and "
              + sizes[1]
              + " (make it with the task's allocate)",
          assertThrows(IllegalArgumentException.class, () -> task.fill(KEY, sequence))
              .getMessage());
      assertEquals(9f, sequence.inputs()[0]); // refused before anything was written
    }
  }

  @ParameterizedTest
  @EnumSource
  void fillAllocatesNothing(Tasks constant) throws Exception {
    Task task = create(constant);
    Sequence sequence = task.allocate(40, 3);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    // Cold code allocates: classes are loaded, and StrictMath's small arrays go only when compiled,
    // which takes a busy machine its time.
    long start = System.nanoTime();
    while (least > 0 && System.nanoTime() - start < PATIENCE) {
      long before = threads.getCurrentThreadAllocatedBytes();
      task.fill(KEY, sequence);
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    long before = threads.getCurrentThreadAllocatedBytes();
    byte[] block = new byte[1000];
    long seen = threads.getCurrentThreadAllocatedBytes() - before;
    assertTrue(
        seen >= block.length, "the counter must see " + block.length + " bytes, saw " + seen);
    assertEquals(0, least);
  }

  @ParameterizedTest
  @EnumSource
  void isFoundByItsCommandNameAndDescribed(Tasks task) throws Exception {
    assertEquals(task, Tasks.named(task.commandName()));
    assertEquals(task, Tasks.named(task.name()));
    assertTrue(task.commandName().matches("[a-z]+(-[a-z]+)*"));
    assertFalse(task.description().isBlank() || task.description().contains("\n"));
    assertFalse(task.source().isBlank());
    assertFalse(create(task).name().isBlank());
  }

  @Test
  void aMisspeltNameIsAnsweredWithAllNames() {
    assertEquals(
        "task = digi: must be one of characters, digits, digits-rows, digits-pixels, copy, add,"
            + " mimic, sine, lorenz, series, labelled, regression",
        assertThrows(IllegalArgumentException.class, () -> Tasks.named("digi")).getMessage());
  }

  @Test
  void theNameOfAFileTellsItsTask() {
    for (String series : new String[] {"a.npy", "A.CSV", "x/y.tsv"}) {
      assertEquals(Tasks.SERIES, Tasks.reading(Path.of(series)));
    }
    for (String labelled : new String[] {"a.npz", "t10k-images-idx3-ubyte", "x.IDX.gz", "mnist"}) {
      assertEquals(Tasks.LABELLED, Tasks.reading(Path.of(labelled)));
    }
    for (String text : new String[] {"a.txt", "csv", "README.md"}) {
      assertEquals(Tasks.CHARACTERS, Tasks.reading(Path.of(text)));
    }
  }

  @Test
  void optionsReachTheirTasks() {
    assertEquals(
        4, Tasks.CHARACTERS.create(TaskOptions.none().with(TaskOption.SYMBOLS, 4)).inputSize());
    Copy copy =
        (Copy)
            Tasks.COPY.create(
                TaskOptions.none()
                    .with(TaskOption.SYMBOLS, 3)
                    .with(TaskOption.PATTERN, 2)
                    .with(TaskOption.DELAY, 4));
    assertEquals(5, copy.inputSize());
    assertEquals(9, copy.episode());
    assertEquals(
        "add with lags 2 and 4",
        Tasks.ADD
            .create(TaskOptions.none().with(TaskOption.NEAR_LAG, 2).with(TaskOption.FAR_LAG, 4))
            .name());
    assertEquals(
        "Lorenz system every 9 steps",
        Tasks.LORENZ.create(TaskOptions.none().with(TaskOption.EVERY, 9)).name());
  }

  @Test
  void filesReachTheirTasks() throws Exception {
    Path text = Files.writeString(folder.resolve("own.txt"), "abcabcabc");
    assertEquals(
        9, ((Characters) Tasks.CHARACTERS.create(TaskOptions.none().withData(text))).characters());
    Path series = Files.writeString(folder.resolve("own.csv"), "1\n2\n4\n");
    assertEquals(3, ((Series) Tasks.SERIES.create(TaskOptions.none().withData(series))).rows());
  }

  @Test
  void optionsOutOfRangeAreRefusedWithTheRange() {
    assertEquals(
        "symbols = 1: must be from 2 to 256"
            + " (distinct symbols: characters and one for all others, or symbols to copy)",
        refusal(() -> TaskOptions.none().with(TaskOption.SYMBOLS, 1)));
    for (TaskOption option : TaskOption.values()) {
      String range =
          ": must be from "
              + option.least()
              + " to "
              + option.most()
              + " ("
              + option.description()
              + ")";
      for (int value : new int[] {option.least() - 1, option.most() + 1, Integer.MIN_VALUE}) {
        assertEquals(
            option.commandName() + " = " + value + range,
            refusal(() -> new TaskOptions(Optional.empty(), Map.of(option, value))));
      }
    }
  }

  @Test
  void optionsOfOtherTasksAreRefusedNamingWhoTakesThem() {
    assertEquals(
        "delay = 3: must not be set for task sine (copy would take it)",
        refusal(() -> Tasks.SINE.create(TaskOptions.none().with(TaskOption.DELAY, 3))));
    assertEquals(
        "symbols = 3: must not be set for task add (characters, copy would take it)",
        refusal(() -> Tasks.ADD.create(TaskOptions.none().with(TaskOption.SYMBOLS, 3))));
  }

  @Test
  void aFileForATaskWithoutFilesIsRefusedNamingWhoReadsFiles() {
    assertEquals(
        "data = x.csv: must not be set for task lorenz (characters, series, labelled, regression"
            + " would read it)",
        refusal(() -> Tasks.LORENZ.create(TaskOptions.none().withData(Path.of("x.csv")))));
  }

  @Test
  void aSeriesWithoutAFileIsRefused() {
    assertEquals(
        "data: must be set for task series: a .npy or CSV file"
            + " (characters, digits, digits-rows, digits-pixels, copy, add, mimic, sine, lorenz,"
            + " regression need none)",
        refusal(() -> Tasks.SERIES.create(TaskOptions.none())));
  }

  private static String refusal(Executable action) {
    return assertThrows(IllegalArgumentException.class, action).getMessage();
  }
}
