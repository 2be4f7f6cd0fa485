package kobai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TrainCommandTest {
  @TempDir private Path temporary;

  private record Ended(int code, String out, String err) {}

  private static Ended run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Main.run(arguments, new PrintWriter(out, true), new PrintWriter(err, true));
    return new Ended(code, out.toString(), err.toString());
  }

  private Ended train(Path folder, String... more) {
    return run(
        Stream.concat(
                Stream.of(
                    "train",
                    "--model=dense(10)",
                    "--batch=128",
                    "--no-progress",
                    "--out=" + folder),
                Stream.of(more))
            .toArray(String[]::new));
  }

  /** Everything but times, which are never the same twice. */
  private static List<String> results(Path folder) throws IOException {
    return Files.readAllLines(folder.resolve("results.csv")).stream()
        .filter(line -> !line.contains("training_time"))
        .toList();
  }

  @Test
  void aRunLeavesItsFolder() throws IOException {
    Path folder = temporary.resolve("run");
    Ended ended = train(folder, "--epochs=6", "--patience=3");
    assertEquals(0, ended.code(), ended.err());
    assertTrue(ended.out().contains("bptt-seed-0: test accuracy"), ended.out());
    for (String name :
        List.of(
            "manifest.json",
            "results.csv",
            "results.jsonl",
            "report.html",
            "report.md",
            "configuration.properties")) {
      assertTrue(Files.size(folder.resolve(name)) > 0, name);
    }
    String report = Files.readString(folder.resolve("report.md"));
    for (String part :
        List.of("updates of θ", "examples seen", "training time", "Validation acc")) {
      assertTrue(report.contains(part), part);
    }
  }

  @Test
  void aResumedRunEndsWithTheResultsOfTheWholeOneAndSaysWhatWasDamaged() throws IOException {
    Path folder = temporary.resolve("run");
    assertEquals(0, train(folder, "--epochs=5", "--seeds=0..1", "--algorithms=bptt,es").code());
    List<String> whole = results(folder);
    // The first epoch and the last have checkpoints; what comes after the first is lost.
    Path last = folder.resolve("es-seed-1-1.checkpoint");
    byte[] bytes = Files.readAllBytes(last);
    bytes[bytes.length / 2] ^= 4;
    Files.write(last, bytes);
    Files.delete(folder.resolve("results.csv"));
    Ended ended = run("train", "--resume=" + folder, "--threads=2", "--no-progress");
    assertEquals(0, ended.code(), ended.err());
    assertTrue(ended.err().contains("es-seed-1-1.checkpoint"), ended.err());
    assertTrue(ended.err().contains("SHA-256"), ended.err());
    assertTrue(ended.err().contains("es-seed-1 goes on after epoch 1"), ended.err());
    assertEquals(whole, results(folder));
    assertTrue(Files.readString(folder.resolve("report.md")).contains("by 2 algorithms"));
    assertTrue(
        Files.readString(folder.resolve("report.md"))
            .contains("(mean of 2 seeds; in brackets the lowest and the highest)"));
    assertTrue(Files.readString(folder.resolve("report.md")).contains("bptt: "));
    for (int generation = 0; generation < 2; generation++) {
      Files.write(folder.resolve("es-seed-1-" + generation + ".checkpoint"), new byte[] {1, 2});
    }
    Ended refused = run("train", "--resume=" + folder, "--no-progress");
    assertEquals(Main.USAGE, refused.code());
    assertTrue(refused.err().contains("no whole checkpoint is left"), refused.err());
  }

  @Test
  void samplesOfALawOfTheWeightsAreCalibrated() throws IOException {
    Path folder = temporary.resolve("run");
    Ended ended = train(folder, "--epochs=3", "--bayes", "--samples=4");
    assertEquals(0, ended.code(), ended.err());
    assertTrue(ended.out().contains("4 samples of weights"), ended.out());
    assertTrue(Files.readString(folder.resolve("report.md")).contains("Calibration of the"));
  }

  @Test
  void recurrentModelsAreTrainedOnSequences() {
    Ended ended =
        run(
            "train",
            "--task=characters",
            "--model=lstm(8)",
            "--algorithm=uoro",
            "--window=5",
            "--length=20",
            "--examples=64",
            "--epochs=1",
            "--no-progress",
            "--out=" + temporary.resolve("run"));
    assertEquals(0, ended.code(), ended.err());
    assertTrue(ended.out().contains("uoro-seed-0: test loss"), ended.out());
  }

  @Test
  void whatCannotBeReadAndWhatMakesNoSenseAreSaidAtOnce() {
    Ended ended = run("train", "--epochs=x", "--optimiser=adm", "--threads=0");
    assertEquals(Main.USAGE, ended.code());
    assertTrue(ended.err().contains("--epochs = x: must be a whole number"), ended.err());
    assertTrue(ended.err().contains("(did you mean adam?)"), ended.err());
    assertTrue(ended.err().contains("--threads = 0: must be at least 1"), ended.err());
  }

  @Test
  void everythingThatIsWrongIsSaidAtOnceWithTheNearestName() {
    Ended ended =
        run(
            "train",
            "--model=dense(64) rleu dense(10)",
            "--algorithm=bpt,es",
            "--optimiser=adan",
            "--schedule=kosine",
            "--rate=0",
            "--epochs=0",
            "--particles=3",
            "--threads=0");
    assertEquals(Main.USAGE, ended.code());
    for (String part :
        List.of(
            "did you mean bptt?",
            "did you mean adam?",
            "did you mean cosine?",
            "did you mean relu?",
            "layer 2 = rleu",
            "--rate = 0: must be a finite number > 0",
            "--epochs = 0",
            "particles = 3",
            "--threads = 0")) {
      assertTrue(ended.err().contains(part), part + " in\n" + ended.err());
    }
  }

  @Test
  void badInputIsRefusedBeforeAnythingIsComputed() {
    record Case(List<String> arguments, String part) {}
    for (Case each :
        List.of(
            new Case(List.of("--model=dense(64) relu"), "output shape = 64: must hold 10 numbers"),
            new Case(List.of("--model=dropout(0) dense(10)"), "keep = 0.0: must be in (0, 1]"),
            new Case(List.of("--model=dropout(1.5) dense(10)"), "keep = 1.5: must be in (0, 1]"),
            new Case(
                List.of("--model=dense(8) batchnorm dense(10)", "--batch=1"),
                "batch = 1: must be at least 2"),
            new Case(List.of("--optimiser=adam(beta1=1)"), "beta1 = 1.0"),
            new Case(List.of("--optimiser=momentum(momentum=-0.1)"), "momentum = -0.1"),
            new Case(List.of("--rate=NaN"), "--rate = NaN: must be"),
            new Case(List.of("--rate=-1"), "--rate = -1: must be"),
            new Case(List.of("--rate=es=1"), "es is not among the algorithms"),
            new Case(List.of("--algorithm=rtrl"), "rtrl"),
            new Case(List.of("--validation=0.6", "--test=0.5"), "must leave at least 1"),
            new Case(List.of("--patience=2", "--validation=0"), "patience = 2: must be 0"),
            new Case(List.of("--task=labelled"), "--data: must be set"),
            new Case(List.of("--task=digts"), "did you mean digits?"),
            new Case(List.of("--resume=nowhere"), "must be the folder of a run"),
            new Case(List.of("--batch=4000"), "batch = 4000: must be"))) {
      String[] arguments =
          Stream.concat(Stream.of("train"), each.arguments().stream()).toArray(String[]::new);
      Ended ended = run(arguments);
      assertEquals(Main.USAGE, ended.code(), each + ended.err());
      assertTrue(
          ended
              .err()
              .toLowerCase(java.util.Locale.ROOT)
              .contains(each.part().toLowerCase(java.util.Locale.ROOT)),
          each + "\n" + ended.err());
    }
  }

  @Test
  void labelsOutOfRangeAreRefusedWithTheirRow() throws IOException {
    Path file = temporary.resolve("table.csv");
    Files.writeString(file, "a,b,label\n1,2,0\n2,1,1\n3,4,-1\n5,5,1\n");
    Ended ended = run("train", "--task=labelled", "--data=" + file, "--model=dense(2)");
    assertEquals(Main.USAGE, ended.code(), ended.err());
    assertTrue(ended.err().contains("row 3: label = -1"), ended.err());
  }

  @Test
  void aConfigurationFileIsReadAndTheCommandLineComesFirst() throws IOException {
    Path file = temporary.resolve("train.properties");
    Files.writeString(file, "# a small one\nepochs = 2\nrate=0.02\nbayes = true\nsamples = 0\n");
    Path folder = temporary.resolve("run");
    Ended ended = train(folder, "--config=" + file, "--epochs=1");
    assertEquals(0, ended.code(), ended.err());
    assertTrue(ended.out().contains("epoch 1,"), ended.out());
    String kept = Files.readString(folder.resolve("configuration.properties"));
    for (String line : List.of("epochs = 1", "rate = 0.02", "bayes = true", "model = dense(10)")) {
      assertTrue(kept.contains(line), kept);
    }
    assertFalse(kept.contains("epochs = 2"), kept);
    assertEquals(0, run("train", "--resume=" + folder, "--no-progress").code());
  }

  @Test
  void aWrongLineOfAConfigurationFileIsNamed() throws IOException {
    Path file = temporary.resolve("train.properties");
    Files.writeString(file, "epocs = 3\n\nbatch = many\nrate\nbatch = 3\n");
    Ended first = run("train", "--config=" + file);
    assertEquals(Main.USAGE, first.code());
    assertTrue(first.err().contains("train.properties:4: 'rate': must be key = value"));
    assertTrue(first.err().contains("train.properties:5: batch: must be there once"));
    Files.writeString(file, "epocs = 3\n\nbatch = many\n");
    Ended second = run("train", "--config=" + file);
    assertEquals(Main.USAGE, second.code());
    assertTrue(
        second.err().contains("train.properties:1: unknown key epocs (did you mean epochs?)"),
        second.err());
    assertTrue(
        second.err().contains("train.properties:3: --batch = many: must be a whole number"),
        second.err());
  }

  @Test
  void numbersAreReportedWithBandsAndCoverage() throws IOException {
    Path folder = temporary.resolve("run");
    Ended ended =
        run(
            "train",
            "--task=regression",
            "--examples=200",
            "--model=dense(8) tanh dense(1)",
            "--bayes",
            "--samples=3",
            "--epochs=2",
            "--seeds=0..1",
            "--no-progress",
            "--out=" + folder);
    assertEquals(0, ended.code(), ended.err());
    assertTrue(ended.out().contains("3 samples of weights"), ended.out());
    assertTrue(ended.out().contains("in the 90 % interval"), ended.out());
    String report = Files.readString(folder.resolve("report.md"));
    for (String part :
        List.of("Predictive bands", "Coverage of the predictive intervals", "epistemic")) {
      assertTrue(report.contains(part), part);
    }
    String results = Files.readString(folder.resolve("results.csv"));
    assertTrue(results.contains("coverage_90"), results);
    assertTrue(results.contains("epistemic_deviation y"), results);
    // One number a target was asked for: its variance is learnt beside it.
    assertTrue(Files.readString(folder.resolve("manifest.json")).contains("dense(1) variance"));
  }

  @Test
  void columnsOfATableArePredictedByAnyLikelihood() throws IOException {
    Path file = temporary.resolve("table.csv");
    StringBuilder text = new StringBuilder("a,b,share,speed\n");
    for (int i = 0; i < 60; i++) {
      text.append("%d,%d,%s,%d%n".formatted(i % 7, i % 5, (i % 3) / 2.0, 3 * i + 100));
    }
    Files.writeString(file, text);
    for (String[] each :
        new String[][] {
          {"--targets=share,speed", "--likelihood=gaussian(0.5)"},
          {"--targets=2", "--likelihood=gaussian-learnt"},
          {"--targets=speed", "--likelihood=squared-error"},
          {"--targets=share", "--likelihood=bernoulli"}
        }) {
      Path folder = temporary.resolve("run" + each[1].hashCode());
      Ended ended =
          run(
              "train",
              "--task=regression",
              "--data=" + file,
              each[0],
              each[1],
              "--batch=8",
              "--epochs=1",
              "--no-progress",
              "--out=" + folder);
      assertEquals(0, ended.code(), String.join(" ", each) + ended.err());
      assertTrue(Files.readString(folder.resolve("manifest.json")).contains("table.csv\" : \""));
    }
  }

  @Test
  void targetsOfABernoulliLikelihoodAreProbabilities() throws IOException {
    Path file = temporary.resolve("table.csv");
    Files.writeString(file, "a,share\n1,0\n2,1\n3,0.5\n4,-2\n5,1\n6,0\n");
    Ended ended = run("train", "--task=regression", "--data=" + file, "--likelihood=bernoulli");
    assertEquals(Main.USAGE, ended.code(), ended.err());
    assertTrue(
        ended.err().contains("row 4, target 'share' = -2.0: must be in [0, 1]"), ended.err());
  }

  @Test
  void drawnTasksHoldOutTheSharesThatAreAskedFor() {
    TrainOptions options = new TrainOptions();
    options.examples = java.util.Optional.of(400);
    options.validation = 0;
    options.test = 0.25;
    TrainSource source = TrainSource.of(options, kobai.tasks.Tasks.SINE);
    assertEquals(400, source.data().count(kobai.training.Part.TRAINING));
    assertEquals(0, source.data().count(kobai.training.Part.VALIDATION));
    assertEquals(100, source.data().count(kobai.training.Part.TEST));
  }

  @Test
  void theEndOfASeriesIsHeldOutAndSaidSo() throws IOException {
    Path file = temporary.resolve("series.csv");
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 200; i++) {
      text.append(i % 10).append('\n');
    }
    Files.writeString(file, text);
    Path folder = temporary.resolve("run");
    Ended ended =
        run(
            "train",
            "--data=" + file,
            "--hidden=4",
            "--epochs=1",
            "--examples=32",
            "--no-progress",
            "--out=" + folder);
    assertEquals(0, ended.code(), ended.err());
    String sentence = "rows 1 to 140 to learn from, to 160 to choose with, to 200 to test";
    assertTrue(ended.err().contains(sentence), ended.err());
    String manifest = Files.readString(folder.resolve("manifest.json"));
    assertTrue(manifest.contains(sentence), manifest);
    Ended refused = run("train", "--data=" + file, "--length=20");
    assertEquals(Main.USAGE, refused.code());
    assertTrue(
        refused.err().contains("--length = 20: must be at most 19: of 200 rows"), refused.err());
    Ended all =
        run(
            "train",
            "--data=" + file,
            "--validation=0",
            "--test=0",
            "--hidden=4",
            "--epochs=1",
            "--examples=32",
            "--no-progress",
            "--out=" + temporary.resolve("all"));
    assertEquals(0, all.code(), all.err());
    assertTrue(all.err().contains("rows 1 to 200 to learn from;"), all.err());
  }

  @Test
  void theDataOfTheToolkitAreInTheManifestByTheirHash() throws Exception {
    Path folder = temporary.resolve("run");
    assertEquals(0, train(folder, "--epochs=1").code());
    String expected =
        java.util.HexFormat.of()
            .formatHex(
                java.security.MessageDigest.getInstance("SHA-256")
                    .digest(kobai.data.LabelledData.digitsFile()));
    String manifest = Files.readString(folder.resolve("manifest.json"));
    assertTrue(manifest.contains("\"digits.csv.gz\" : \"" + expected + "\""), manifest);
  }

  @Test
  void numbersOfATaskAreOptions() {
    Ended ended =
        run(
            "train",
            "--task=copy",
            "--delay=5",
            "--symbols=4",
            "--pattern=3",
            "--length=20",
            "--examples=32",
            "--hidden=4",
            "--epochs=1",
            "--no-progress",
            "--out=" + temporary.resolve("run"));
    assertEquals(0, ended.code(), ended.err());
    Ended refused = run("train", "--task=sine", "--delay=5", "--symbols=1000");
    assertEquals(Main.USAGE, refused.code());
    assertTrue(
        refused.err().contains("--delay = 5: must not be set for task sine (it is for copy)"),
        refused.err());
    assertTrue(refused.err().contains("--symbols = 1000: must be from 2 to 256"), refused.err());
  }

  @Test
  void aLikelihoodThatDoesNotFitIsRefused() {
    for (String[] each :
        new String[][] {
          {"--likelihood=gaussian", "must not be set for digits"},
          {"--task=regression", "--likelihood=gausian-learnt", "did you mean gaussian-learnt?"},
          {"--task=regression", "--likelihood=gaussian(0)", "deviation = 0: must be a number"},
          {"--task=regression", "--targets=y", "--targets: must not be set for task regression"},
          {"--task=regression", "--likelihood=bernoulli", "without --data, whose curve is not of"},
          {"--task=sine", "--likelihood=bernoulli", "whose targets are not probabilities"},
          {"--task=sine", "--test=1.5", "--test = 1.5: must be in [0, 1)"},
          {"--task=sine", "--validation=-1", "--validation = -1.0: must be in [0, 1)"},
          {"--task=regression", "--model=dense(2) rleu dense(1)", "did you mean relu?"},
          {"--task=regression", "--model=gru", "must be squared-error with --model = gru"},
          {"--task=regression", "--model=dense(3)", "must hold 2 numbers"},
          {"--prior=1", "--prior = 1.0: must not be set without --bayes"}
        }) {
      String[] arguments =
          Stream.concat(Stream.of("train"), Stream.of(each).limit(each.length - 1))
              .toArray(String[]::new);
      Ended ended = run(arguments);
      assertEquals(Main.USAGE, ended.code(), ended.err());
      assertTrue(ended.err().contains(each[each.length - 1]), ended.err());
    }
  }

  @Test
  void positionsAndChannelsAreAShapeOfOnesOwn() {
    Ended ended =
        run(
            "train",
            "--shape=8,8",
            "--model=position residual(layernorm attention(2)) conv1d(4, 1) tanh dense(10)",
            "--epochs=1",
            "--no-progress",
            "--out=" + temporary.resolve("run"));
    assertEquals(0, ended.code(), ended.err());
    for (String[] each :
        new String[][] {
          {"--shape=8,7", "shape = 8 × 7: must hold 64 numbers"},
          {"--shape=8,x", "--shape = 8,x: must be one to three whole numbers"},
          {"--shape=8,8", "--task=digits-rows", "must not be set for examples of several steps"}
        }) {
      String[] arguments =
          Stream.concat(Stream.of("train"), Stream.of(each).limit(each.length - 1))
              .toArray(String[]::new);
      Ended refused = run(arguments);
      assertEquals(Main.USAGE, refused.code(), refused.err());
      assertTrue(refused.err().contains(each[each.length - 1]), refused.err());
    }
  }
}
