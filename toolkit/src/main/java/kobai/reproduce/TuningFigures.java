package kobai.reproduce;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import kobai.estimators.Algorithm;
import kobai.report.Block;
import kobai.report.Chart;
import kobai.report.Measured;
import kobai.report.Section;
import kobai.report.Surface;
import kobai.report.Table;
import kobai.report.Unit;
import kobai.reproduce.LearningRateTuning.Size;
import kobai.reproduce.LearningRateTuning.Task;

/** What {@link LearningRateTuning} shows. */
record TuningFigures(Scale scale, Outcomes outcomes) {
  List<Section> sections() {
    List<Section> sections = new ArrayList<>();
    for (Task task : Task.at(scale)) {
      if (outcomes.has(task.method(LearningRateTuning.GRID), LearningRateTuning.BEST_LOSS)) {
        sections.add(Section.of("Paths over the grid" + few(task), map(task)));
      }
    }
    Size few = Size.of(Scale.FULL, Task.FEW);
    List<Block> blocks = new ArrayList<>();
    for (Task task : Task.at(scale)) {
      blocks.add(curves(task));
    }
    blocks.add(table());
    blocks.add(
        Block.prose(
            "Truncated ES is slower by far, and where it ends the rate decays more strongly: a"
                + " rate that falls makes the loss of the next steps smaller, and what it costs"
                + " later is beyond the window.",
            "Random search with many hyper-parameters draws, as in the published code, from all"
                + " that is allowed: rates of 10⁻⁸ to 10, momenta and shares of units of 0.01 to"
                + " 0.999. RANDOM-SEARCH-NEAR draws from the smaller ranges that the others start"
                + " in (but are not bound to), so that it can be told how much of their advantage"
                + " is that of the ranges.",
            "Not as published: the cost of a step is that of its own rows before it is taken;"
                + " the weights that a training starts from are always the same ones."
                + (scale == Scale.FULL
                    ? " The methods …-few have %d particles in place of 1000, %d updates in place"
                            .formatted(few.particles(), few.updates())
                        + " of 5000 and a coarse grid: all else is the published size."
                    : " The data are the 8×8 digits, and N is 20 where the publication has 1000"
                        + " (for many hyper-parameters 10).")));
    sections.add(new Section("Cost of a training run", blocks));
    return sections;
  }

  private static String few(Task task) {
    return task == Task.FEW ? ", with few particles" : "";
  }

  private Chart map(Task task) {
    int grid = Size.of(scale, task).grid();
    List<Double> rates = LearningRateTuning.rates(grid);
    List<Double> decays = LearningRateTuning.decays(grid);
    List<Double> values = new ArrayList<>();
    for (double decay : decays) {
      outcomes
          .curve(task.method(LearningRateTuning.GRID), 0, LearningRateTuning.ROW + decay)
          .forEach(row -> values.add(row.value()));
    }
    var chart =
        Chart.heatMap(
                "Training loss over rate and decay, with the paths of the methods" + few(task),
                "Map of the mean training loss: a dark valley of good rates between small rates and"
                    + " divergence, and where each method goes on it.",
                new Surface(
                    new Chart.Axis("mean training loss", Unit.PLAIN, Chart.Scale.LOG),
                    rates,
                    decays,
                    values,
                    Double.NaN,
                    Double.NaN))
            .x("θ₀, logarithm of the rate", Unit.PLAIN, Chart.Scale.LINEAR)
            .y("θ₁, logarithm of the power of decay", Unit.PLAIN, Chart.Scale.LINEAR)
            .series("method");
    for (Algorithm algorithm : LearningRateTuning.ALGORITHMS) {
      String name = task.method(algorithm);
      List<Outcomes.Row> across = outcomes.curve(name, 0, "theta 0");
      List<Outcomes.Row> upward = outcomes.curve(name, 0, "theta 1");
      for (int i = 0; i < across.size(); i++) {
        chart.point(name, across.get(i).value(), Measured.exactly(upward.get(i).value()));
      }
    }
    return chart.build();
  }

  private Chart curves(Task task) {
    String what =
        switch (task) {
          case LOSS -> "Training loss";
          case ERROR -> "Validation error";
          case MANY -> "Validation loss with many hyper-parameters";
          case FEW -> "Training loss, with few particles";
        };
    var chart =
        Chart.lines(
                what + " against steps of training",
                "Lines of the mean cost of a step over a whole training run at θ, which fall from"
                    + " that of the first θ."
                    + (task == Task.MANY ? " Those of random search are the best so far." : ""))
            .x("steps of training, all particles", Unit.COUNT, Chart.Scale.LINEAR)
            .y("mean cost of a step", Unit.PLAIN, Chart.Scale.LOG)
            .series("method")
            .band(Spread.WORDS);
    best(task).ifPresent(value -> chart.referenceAtY("best of the grid", value));
    for (Algorithm algorithm : LearningRateTuning.ALGORITHMS) {
      Spread.curve(chart, outcomes, task.method(algorithm), LearningRateTuning.LOSS);
    }
    if (task == Task.MANY) {
      Spread.curve(chart, outcomes, LearningRateTuning.SEARCH, LearningRateTuning.LOSS);
      Spread.curve(chart, outcomes, LearningRateTuning.SEARCH_NEAR, LearningRateTuning.LOSS);
    }
    return chart.build();
  }

  /** The best of the grid that a task is measured by, where there is one and it has been run. */
  private Optional<Double> best(Task task) {
    return TuningBands.best(outcomes, task);
  }

  private Table table() {
    var table =
        Table.captioned(
                "Mean cost of a step, medians over the seeds: over the last quarter of the updates,"
                    + " and the best test on the way")
            .text("method")
            .number("late", Unit.PLAIN)
            .number("best", Unit.PLAIN);
    for (Task task : Task.at(scale)) {
      best(task)
          .ifPresent(value -> table.row("grid, for " + task.method("pes"), Double.NaN, value));
    }
    for (String name : new LearningRateTuning().methods(scale)) {
      if (outcomes.has(name, LearningRateTuning.BEST_SEEN)) {
        table.row(
            name,
            Spread.median(outcomes.values(name, LearningRateTuning.LATE_LOSS)),
            Spread.median(outcomes.values(name, LearningRateTuning.BEST_SEEN)));
      }
    }
    return table.build();
  }
}
