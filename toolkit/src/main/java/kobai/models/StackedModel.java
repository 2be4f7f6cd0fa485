package kobai.models;

import java.util.ArrayList;
import java.util.List;

/**
 * Recurrent cells on top of each other: the input of a layer is the output of the layer below at
 * the same step, the readout and the loss are those of the last model. See {@link StackTape} for
 * the derivatives.
 *
 * <pre>
 * s⁽ˡ⁾ₜ = φ⁽ˡ⁾(h⁽ˡ⁻¹⁾ₜ, s⁽ˡ⁾ₜ₋₁),  h⁽⁰⁾ₜ = xₜ,  zₜ = h⁽ᴸ⁾ₜ V + c      (1)
 * </pre>
 *
 * <p>θ = [layer 1 | … | layer L | V | c], the tensors of a layer named as in its model, numbered
 * from 1, without the skip of an LRU; a row of the state is [s⁽¹⁾ | … | s⁽ᴸ⁾]. A parameter of a
 * layer touches all units of the layers above at the same step: a stack is not row-local.
 *
 * <p>Cost per step and row: the sum over the layers.
 *
 * <p>Source: Graves (2013), arXiv 1308.0850, without its skip connections; Pascanu et al. (2014),
 * ICLR.
 *
 * @param layers from the input up; each input size but the first is the units of the layer below
 */
public record StackedModel(List<DifferentiableModel> layers) implements StackModel {
  public StackedModel {
    layers = List.copyOf(layers);
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("layers = 0: must be at least 1");
    }
    for (int l = 0; l < layers.size(); l++) {
      List<Layer> below = l == 0 ? List.of() : layers(layers.get(l - 1));
      List<Layer> own = layers(layers.get(l));
      if (l > 0 && own.get(0) instanceof EmbeddingLayer) {
        throw new IllegalArgumentException(
            "layer %d = %s: must not read symbols (put the embedding first)"
                .formatted(l + 1, layers.get(l).name()));
      }
      int inputs = layers.get(l).inputSize();
      if (l > 0 && inputs != below.get(below.size() - 1).outputs()) {
        throw new IllegalArgumentException(
            "layer %d: input size = %d: must be %d (the outputs of the layer below)"
                .formatted(l + 1, inputs, below.get(below.size() - 1).outputs()));
      }
    }
    stack(layers).parameters();
  }

  /** That many layers of one cell, each of {@code hidden} units. */
  public static StackedModel of(
      Models cell, int layers, int inputSize, int hidden, int targetSize, float alpha, Loss loss) {
    if (layers < 1) {
      throw new IllegalArgumentException("layers = %d: must be at least 1".formatted(layers));
    }
    List<DifferentiableModel> models = new ArrayList<>();
    int read = inputSize;
    for (int l = 0; l < layers; l++) {
      DifferentiableModel model = cell.create(read, hidden, targetSize, alpha, loss);
      models.add(model);
      List<Layer> own = layers(model);
      read = own.get(own.size() - 1).outputs();
    }
    return new StackedModel(models);
  }

  /** The layers that a model consists of, from the input up. */
  public static List<Layer> layers(RecurrentModel model) {
    return switch (model) {
      case CellModel cell -> List.of(CellLayer.of(cell));
      case PeepholeLstm lstm -> List.of(CellLayer.of(lstm));
      case DiagonalCellModel cell -> List.of(DiagonalLayer.of(cell));
      case StackModel stack -> stack.stack().layers();
      default ->
          throw new IllegalArgumentException(
              "layer = %s: must be a recurrent cell with all its weights or a stack of such cells"
                  .formatted(model.name()));
    };
  }

  /** The loss of a model that {@link #layers} takes. */
  static Loss loss(RecurrentModel model) {
    return switch (model) {
      case CellModel cell -> cell.network().loss();
      case PeepholeLstm lstm -> lstm.loss();
      case DiagonalCellModel cell -> cell.shape().loss();
      case StackModel stack -> stack.stack().loss();
      default -> throw new IllegalArgumentException("no loss: " + model.name());
    };
  }

  private static Stack stack(List<DifferentiableModel> models) {
    List<Layer> layers = new ArrayList<>();
    StringBuilder name = new StringBuilder("stacked(");
    for (DifferentiableModel model : models) {
      name.append(layers.isEmpty() ? "" : " → ").append(model.name());
      layers.addAll(layers(model));
    }
    DifferentiableModel top = models.get(models.size() - 1);
    return new Stack(name.append(")").toString(), layers, top.targetSize(), loss(top));
  }

  @Override
  public Stack stack() {
    return stack(layers);
  }
}
