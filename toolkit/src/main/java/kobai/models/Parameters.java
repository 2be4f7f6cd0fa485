package kobai.models;

import java.util.ArrayList;
import java.util.List;

/** The layout of the flat parameter vector θ [P]: named tensors, one after the other. */
public record Parameters(List<Tensor> tensors, int count) {
  public Parameters {
    tensors = List.copyOf(tensors);
  }

  /** Returns the tensor of that name. */
  public Tensor tensor(String name) {
    for (Tensor tensor : tensors) {
      if (tensor.name().equals(name)) {
        return tensor;
      }
    }
    throw new IllegalArgumentException("no tensor '%s'; there are %s".formatted(name, tensors));
  }

  /** Collects tensors in order. */
  public static final class Builder {
    private final List<Tensor> tensors = new ArrayList<>();
    private long count;

    /** Appends a tensor. */
    public Builder add(String name, int rows, int columns) {
      if (count + (long) rows * columns > Integer.MAX_VALUE - 8L) {
        throw new IllegalArgumentException(
            "parameters: %d + %d × %d (%s) elements: must be at most %d (use a smaller hidden size)"
                .formatted(count, rows, columns, name, Integer.MAX_VALUE - 8L));
      }
      tensors.add(new Tensor(name, rows, columns, (int) count));
      count += (long) rows * columns;
      return this;
    }

    /** Returns the layout. */
    public Parameters build() {
      return new Parameters(tensors, (int) count);
    }
  }
}
