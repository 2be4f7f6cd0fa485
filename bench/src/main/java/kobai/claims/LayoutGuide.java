package kobai.claims;

import kobai.models.Parameters;
import kobai.models.Tensor;
import kobai.report.Table;
import kobai.report.Unit;

/**
 * How θ is laid out, and where other programs keep the same numbers. Matrices are stored
 * source-major: element [i, j] is what unit j gets from source i. PyTorch stores them target-major,
 * JAX and Keras source-major as here.
 */
public final class LayoutGuide {
  private LayoutGuide() {}

  /**
   * What PyTorch calls the tensor of a leaky network, as an expression that gives it in this
   * layout.
   */
  public static String inPyTorch(Tensor tensor) {
    return switch (tensor.name()) {
      case "recurrent" -> "rnn.weight_hh_l0.T";
      case "input" -> "rnn.weight_ih_l0.T";
      case "bias" -> "rnn.bias_ih_l0 + rnn.bias_hh_l0 (gradient: that of either)";
      case "readout" -> "linear.weight.T";
      case "readout bias" -> "linear.bias";
      default -> "";
    };
  }

  /** The layout as a table. */
  static Table table(Parameters layout) {
    Table.Builder table =
        Table.captioned("Layout of θ: matrices are stored [from × to], row after row")
            .text("tensor")
            .text("shape")
            .number("first", Unit.COUNT)
            .number("elements", Unit.COUNT)
            .text("in PyTorch");
    for (Tensor tensor : layout.tensors()) {
      table.row(
          tensor.name(),
          tensor.rows() + " × " + tensor.columns(),
          (double) tensor.at(),
          (double) tensor.size(),
          inPyTorch(tensor));
    }
    return table.build();
  }
}
