package kobai.models;

/**
 * A cell as a layer of a larger model.
 *
 * @param own the cell, its parameters counted from its first
 * @param at index of that parameter in θ
 */
record PlacedShape(RowLocalShape own, int at) implements RowLocalShape {
  @Override
  public int units() {
    return own.units();
  }

  @Override
  public int parts() {
    return own.parts();
  }

  @Override
  public int gates() {
    return own.gates();
  }

  @Override
  public int sources() {
    return own.sources();
  }

  @Override
  public int parameterAt(int source, int gate) {
    int index = own.parameterAt(source, gate);
    return index < 0 ? index : at + index;
  }
}
