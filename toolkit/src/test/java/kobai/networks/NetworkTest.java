package kobai.networks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.kernels.Implementation;
import kobai.memory.Workspace;
import kobai.models.Loss;
import kobai.models.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworkTest {
  private static Network regression(String text, Shape input, int targets) {
    return Network.of(text, input, targets, Loss.SQUARED_ERROR);
  }

  /**
   * One input, one tanh unit, one output, by hand: a = 0.5·2 + (−1) = 0, h = tanh 0 = 0, z = 3·0 +
   * 0.25 = 0.25; against y = 1 the loss is ½ 0.75² and δ = −0.75; ∂/∂(3) = δ h = 0, ∂/∂(0.25) = δ;
   * δ_a = δ · 3 · (1 − 0) = −2.25; ∂/∂(0.5) = δ_a · 2, ∂/∂(−1) = δ_a.
   */
  @Test
  void backpropagationIsWhatOneGetsByHand() {
    Network network = regression("dense(1) tanh dense(1)", Shape.of(1), 1);
    Sequence sequence = new Sequence(1, 1, 1, 1, new float[] {2}, new float[] {1});
    GradientEstimator estimator = Algorithm.BPTT.create(Setup.of(network, 1));
    estimator.reset(0);
    float[] gradient = new float[4];
    double loss = estimator.estimate(new float[] {0.5f, -1, 3, 0.25f}, sequence, 0, 1, gradient);
    assertEquals(0.28125, loss);
    assertArrayEquals(new float[] {-4.5f, -2.25f, 0, -0.75f}, gradient);
  }

  @Test
  void tensorsAreNamedAfterTheirLayers() {
    Network network = regression("dense(64) relu dense(10)", Shape.of(8, 8, 1), 10);
    assertEquals(
        List.of("dense weights 1", "dense bias 1", "dense weights 3", "dense bias 3"),
        network.parameters().tensors().stream().map(Tensor::name).toList());
    assertEquals(64 * 64 + 64 + 64 * 10 + 10, network.parameters().count());
    assertEquals(64 + 10, network.nodes());
    assertEquals(0, network.stateSize());
    assertEquals(64, network.inputSize());
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      textBlock =
          """
          "  dense( 64 )\tRELU dense(10) ", "dense(64) relu dense(10)"
          "dense(10)", "dense(10)"
          "residual( tanh  residual(dense(7)) ) lstm(4) leaky(3,alpha=.5) dense(10)", "residual(tanh residual(dense(7))) lstm(4) leaky(3, alpha=0.5) dense(10)"
          "embedding(5,4) position attention(2,causal) conv1d(3,2) maxpool(2) dense(10)", "embedding(5, 4) position attention(2, causal) conv1d(3, 2, stride=1, padding=0) maxpool(2, stride=2) dense(10)"
          "weightnorm(4) batchnorm layernorm dropout(.5) dense(10)", "weightnorm(4) batchnorm layernorm dropout(0.5) dense(10)"
          "dense(5) softmax swish mish gelu sigmoid identity dense(10)", "dense(5) softmax swish mish gelu sigmoid identity dense(10)"
          """)
  void theNameIsTheSpecificationWrittenOutAndReadsBack(String text, String name) {
    Network network = regression(text, Shape.of(7), 10);
    assertEquals(name, network.name());
    assertEquals(name, regression(network.name(), Shape.of(7), 10).name());
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      textBlock =
          """
          "desne(5) dense(10)", "layer 1 = desne(5): no layer 'desne'; did you mean dense?"
          "dense(5) rellu dense(10)", "layer 2 = rellu: no layer 'rellu'; did you mean relu?"
          "dense(0) dense(10)", "layer 1 = dense(0): units = 0: must be a whole number of at least 1"
          "dense(x) dense(10)", "layer 1 = dense(x): units = x: must be a whole number of at least 1"
          "dense dense(10)", "layer 1 = dense: 0 arguments: must be written dense(UNITS)"
          "dense(1, 2) dense(10)", "layer 1 = dense(1, 2): 2 arguments: must be written dense(UNITS)"
          "dropout(0) dense(10)", "layer 1 = dropout(0): keep = 0.0: must be in (0, 1]"
          "dropout(1.5) dense(10)", "layer 1 = dropout(1.5): keep = 1.5: must be in (0, 1]"
          "dropout(NaN) dense(10)", "layer 1 = dropout(NaN): keep = NaN: must be in (0, 1]"
          "dropout(half) dense(10)", "layer 1 = dropout(half): keep = half: must be a number"
          "dense(1) layernorm dense(10)", "layer 2 = layernorm: input shape = 1: must be of at least 2 channels"
          "relu(3) dense(10)", "layer 1 = relu(3): 1 argument: must be written relu"
          "dense(5) tanh", "layer 2 = tanh: output shape = 5: must hold 10 numbers"
          "", "network = '': must name at least one layer"
          "dense(5", "the bracket at character 6 is not closed"
          "dense(5)) dense(10)", "')' at character 9: must follow the name of a layer"
          "(5) dense(10)", "'(' at character 1: must follow the name of a layer"
          "tanh", "output shape = 7: must hold 10 numbers"
          """)
  void whatCannotBeReadIsRefusedNamingTheLayer(String text, String message) {
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class,
            () -> regression(text == null ? "" : text, Shape.of(7), 10));
    assertTrue(refusal.getMessage().contains(message), refusal.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          conv2d(4, 3) dense(10) | 7 | layer 1 = conv2d(4, 3): input shape = 7: must be height × width × channels
          conv1d(4, 3) dense(10) | 8 8 1 | layer 1 = conv1d(4, 3): input shape = 8 × 8 × 1: must be positions × channels
          conv2d(4, 3) conv2d(4, 7) dense(10) | 8 8 1 | layer 2 = conv2d(4, 7): input shape = 6 × 6 × 4: must be at least 7 along every axis
          conv2d(4, 3, padding=3) dense(10) | 8 8 1 | padding = 3: must be less than the window's size 3
          conv2d(4, 3, stride=0) dense(10) | 8 8 1 | stride = 0: must be a whole number of at least 1
          conv2d(4, 3, pading=1) dense(10) | 8 8 1 | pading=1: must be written conv2d(FILTERS, SIZE[, stride=1][, padding=0])
          conv2d(4) dense(10) | 8 8 1 | layer 1 = conv2d(4): 1 argument: must be written conv2d(
          maxpool(2) dense(10) | 7 | layer 1 = maxpool(2): input shape = 7: must be positions × channels
          avgpool(9) dense(10) | 8 8 1 | layer 1 = avgpool(9): input shape = 8 × 8 × 1: must be at least 9 along every axis
          attention(2) dense(10) | 7 | layer 1 = attention(2): input shape = 7: must be positions × channels, the channels a multiple of its 2 heads
          attention(2) dense(10) | 7 3 | layer 1 = attention(2): input shape = 7 × 3: must be
          attention(1, casual) dense(10) | 7 3 | 'casual': must be causal or nothing
          tanh residual(dense(8)) dense(10) | 7 | layer 2 = residual(dense(8)): its layers write shape 8: must be 7, what they read
          tanh residual(dense(8) rel) dense(10) | 7 | layer 2.2 = rel: no layer 'rel'; did you mean relu?
          tanh embedding(4, 2) dense(10) | 7 | layer 2 = embedding(4, 2): must be layer 1
          lstm(0) dense(10) | 7 | layer 1 = lstm(0): units = 0: must be a whole number of at least 1
          leaky(3, alpha=2) dense(10) | 7 | layer 1 = leaky(3, alpha=2): alpha = 2.0
          """)
  void layersThatDoNotFitAreRefusedWithTheShapes(String text, String sizes, String message) {
    int[] axes = java.util.Arrays.stream(sizes.split(" ")).mapToInt(Integer::parseInt).toArray();
    refused(message, () -> regression(text, Shape.of(axes), 10));
  }

  @Test
  void symbolsOutsideTheVocabularyAreRefusedNamingTheRow() {
    Network network = regression("embedding(4, 2) dense(1)", Shape.of(2), 1);
    for (float wrong : new float[] {-1, 4, 0.5f, Float.NaN}) {
      Sequence sequence =
          new Sequence(1, 2, 2, 1, new float[] {0, 3, 1, wrong}, new float[] {0, 0});
      var tape = network.tape(Implementation.SCALAR.kernels(), Workspace.allocating(), 1, 2);
      float[] theta = new float[network.parameters().count()];
      refused(
          "row 1: symbol 1 = " + wrong + ": must be a whole number in [0, 4)",
          () -> tape.forward(theta, sequence, 0, 1, new float[0]));
    }
  }

  @Test
  void shapesAndLikelihoodsAreChecked() {
    refused("shape = 8 × 0: sizes must be at least 1", () -> Shape.of(8, 0));
    refused("shape = (): must have at least one size", Shape::of);
    refused("must hold at most", () -> Shape.of(1 << 16, 1 << 16));
    refused("variance = 0.0: must be in", () -> Likelihood.gaussian(0));
    refused("variance = NaN: must be in", () -> Likelihood.gaussian(Double.NaN));
    refused(
        "variance = 2.0: must be 1 for BERNOULLI",
        () -> new Likelihood(Likelihood.Kind.BERNOULLI, 2));
    refused("target size = 0: must be at least 1", () -> regression("dense(3)", Shape.of(2), 0));
    refused("must have a layer with parameters", () -> regression("tanh", Shape.of(2), 2));
    refused(
        "output shape = 2: must hold 4 numbers, the outputs of Gaussian of learnt variance for 2"
            + " targets",
        () -> Network.of("dense(2)", Shape.of(2), 2, Likelihood.GAUSSIAN_LEARNT));
    refused("elements: must be at most", () -> regression("dense(65536)", Shape.of(65536), 65536));
  }

  @Test
  void aSequenceThatDoesNotFitIsRefused() {
    Network network = regression("dense(1)", Shape.of(2), 1);
    var tape = network.tape(Implementation.SCALAR.kernels(), Workspace.allocating(), 1, 3);
    float[] theta = new float[3];
    refused(
        "needs 3 rows of 2 inputs and 1 targets a step, got 3 of 4 and 1",
        () -> tape.forward(theta, Sequence.allocate(1, 3, 4, 1), 0, 1, new float[0]));
    refused(
        "has 2 steps; the tape holds 1",
        () -> tape.forward(theta, Sequence.allocate(2, 3, 2, 1), 0, 2, new float[0]));
    refused(
        "window = [1, 1)",
        () -> tape.forward(theta, Sequence.allocate(2, 3, 2, 1), 1, 1, new float[0]));
    refused(
        "has 3 parameters, got 4",
        () -> tape.forward(new float[4], Sequence.allocate(2, 3, 2, 1), 0, 1, new float[0]));
  }

  private static void refused(String part, org.junit.jupiter.api.function.Executable call) {
    String message = assertThrows(IllegalArgumentException.class, call).getMessage();
    assertTrue(message.contains(part), message);
  }
}
