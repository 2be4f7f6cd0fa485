package kobai.networks;

import java.util.Locale;
import kobai.kernels.Kernels;
import kobai.models.Loss;
import kobai.models.Models;
import kobai.models.Parameters;
import kobai.models.RecurrentModel;
import kobai.models.StackedModel;
import kobai.random.RandomKey;

/**
 * A recurrent cell as a layer: reads a step of the sequence and its own state after the step
 * before, writes its units. A network that has one has a state.
 *
 * <p>θ, initial values, pre-activations and equations are those of the model, its readout left out.
 *
 * @param input d numbers in any shape
 * @param cell LEAKY_RNN, LSTM, GRU or MGU
 * @param units n
 * @param alpha leak rate of LEAKY_RNN; the others do not look at it
 */
public record Recurrent(Shape input, Models cell, int units, float alpha) implements Layer {
  public Recurrent {
    RecurrentModel model = model(input, cell, units, alpha);
    if (!StackedModel.layers(model).get(0).perturbable()) {
      throw new IllegalArgumentException(
          "layer = %s: must be a leaky network, a GRU, an LSTM or an MGU (the others accept no node"
              + " noise)".formatted(model.name()));
    }
  }

  private static RecurrentModel model(Shape input, Models cell, int units, float alpha) {
    return cell.create(input.count(), units, 1, alpha, Loss.SQUARED_ERROR);
  }

  /** The model that has this cell and a readout of one number. */
  public RecurrentModel model() {
    return model(input, cell, units, alpha);
  }

  private kobai.models.Layer layer() {
    return StackedModel.layers(model()).get(0);
  }

  /** Floats of state of a row; the first n are the output. */
  public int stateSize() {
    return layer().stateSize();
  }

  @Override
  public String text() {
    return cell == Models.LEAKY_RNN
        ? "leaky(" + units + ", alpha=" + alpha + ")"
        : cell.name().toLowerCase(Locale.ROOT) + "(" + units + ")";
  }

  @Override
  public Shape output() {
    return Shape.of(units);
  }

  @Override
  public void describe(Parameters.Builder builder, String number) {
    layer().describe(builder, number);
  }

  @Override
  public void initialise(RandomKey key, float[] theta, int at) {
    layer().initialise(key, theta, at);
  }

  @Override
  public int nodes() {
    return layer().nodes();
  }

  @Override
  public int masks() {
    return 0;
  }

  @Override
  public int scratch(Kernels kernels, int rows) {
    return layer().scratch(kernels, rows);
  }

  @Override
  public LayerRun run(Place place) {
    RecurrentRun run = new RecurrentRun(layer(), place);
    place.members().cells().add(run);
    return run;
  }
}
