package kobai.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kobai.random.RandomKey;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  private static final RandomKey KEY = new RandomKey(1);

  private static DifferentiableModel create(Architecture architecture) {
    return architecture.create(3, 4, 2, 0.5f, Loss.SQUARED_ERROR, KEY);
  }

  @Test
  void aCellAloneIsTheModelOfTheRegistry() {
    for (Models cell : Models.values()) {
      assertEquals(cell.create(3, 4, 2, 0.5f, Loss.SQUARED_ERROR), create(Architecture.of(cell)));
    }
  }

  @Test
  void layersEmbeddingAndDensityCombine() {
    Architecture architecture =
        Architecture.of(Models.MGU).withLayers(2).withEmbedding(5).withDensity(0.5);
    DifferentiableModel model = create(architecture);
    SparseModel sparse = assertInstanceOf(SparseModel.class, model);
    EmbeddingModel embedding = assertInstanceOf(EmbeddingModel.class, sparse.dense());
    StackedModel stack = assertInstanceOf(StackedModel.class, embedding.model());
    assertEquals(2, stack.layers().size());
    assertEquals(3, model.inputSize());
    assertEquals(8, model.stateSize());
    // Table 3·5; layer 1: ½ (4·4 + 4·4) + 5·8 + 8; layer 2: 16 + 4·8 + 8; readout 4·2 + 2.
    assertEquals(15 + 64 + 56 + 10, model.parameters().count());
  }

  @Test
  void theKeyAloneDecidesWhichWeightsAreKept() {
    Architecture architecture = Architecture.of(Models.LEAKY_RNN).withDensity(0.5);
    SparseModel one = (SparseModel) create(architecture);
    SparseModel again = (SparseModel) create(architecture);
    for (int p = 0; p < one.parameters().count(); p++) {
      assertEquals(one.denseAt(p), again.denseAt(p));
    }
  }

  @Test
  void everyViolationIsNamedAtOnce() {
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class, () -> new Architecture(Models.MGU, 0, -1, 1.5));
    for (String part : new String[] {"layers = 0", "embedding = -1", "density = 1.5"}) {
      assertTrue(refusal.getMessage().contains(part), refusal.getMessage());
    }
  }

  /** The state of every layer; one above reads all that one below puts out. */
  @Test
  void everyCellStacks() {
    for (Models cell : Models.values()) {
      DifferentiableModel one = create(Architecture.of(cell));
      DifferentiableModel three = create(Architecture.of(cell).withLayers(3));
      assertEquals(3 * one.stateSize(), three.stateSize());
    }
  }
}
