package kobai.verify;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import kobai.data.Sequence;
import kobai.kernels.Implementation;
import kobai.memory.Workspace;
import kobai.models.Tape;
import kobai.networks.Likelihood;
import kobai.networks.Network;
import kobai.networks.Shape;
import kobai.random.RandomKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Networks of every order of layers that makes sense, at the tolerance that running error analysis
 * of their equations derives.
 */
class NetworkEquationsTest {
  private static final int NETWORKS = 300;
  private static final int LENGTH = 2;
  private static final int BATCH = 3;

  /** A gradient, the loss behind it and the derivative along a direction. */
  private record Run(float[] gradient, double loss, double slope) {}

  private static Problem problem(Network network, long seed) {
    Problem problem = Problem.of(network, LENGTH, BATCH, seed);
    if (network.layers().get(0) instanceof kobai.networks.Embedding embedding) {
      float[] inputs = problem.sequence().inputs();
      for (int i = 0; i < inputs.length; i++) {
        inputs[i] = i * 7 % embedding.vocabulary();
      }
    }
    network.drawMasks(new RandomKey(seed), problem.sequence());
    return problem;
  }

  private static Run run(Problem problem, Implementation implementation, float[] direction) {
    float[] theta = problem.theta();
    Sequence sequence = problem.sequence();
    int size = BATCH * problem.model().stateSize();
    Tape tape =
        problem.model().tape(implementation.kernels(), Workspace.allocating(), LENGTH, BATCH);
    double loss = tape.forward(theta, sequence, 0, LENGTH, new float[size]);
    double slope = tape.jvp(theta, sequence, direction, new float[size]);
    float[] gradient = new float[theta.length];
    tape.backward(theta, sequence, new float[size], gradient);
    return new Run(gradient, loss, slope);
  }

  private static double distance(double[] x, float[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += (x[i] - y[i]) * (x[i] - y[i]);
    }
    return Math.sqrt(sum);
  }

  private static RunningError.Bound bound(Problem problem) {
    return RunningError.ofGradient(
        new NetworkEquations((Network) problem.model(), BATCH),
        problem.theta(),
        NetworkEquations.oneRow(problem.sequence()));
  }

  @Test
  void everyOrderOfLayersHasTheGradientOfItsEquations() {
    SplittableRandom random = new SplittableRandom(7);
    Map<String, Integer> kinds = new TreeMap<>();
    double worst = 0;
    for (int i = 0; i < NETWORKS; i++) {
      Network network = RandomNetwork.draw(random);
      Problem problem = problem(network, i);
      float[] direction = new float[problem.theta().length];
      for (int p = 0; p < direction.length; p++) {
        direction[p] = random.nextBoolean() ? 1 : -1;
      }
      double[] expected = problem.gradient();
      RunningError.Bound bound = bound(problem);
      Run scalar = run(problem, Implementation.SCALAR, direction);
      Run vector = run(problem, Implementation.VECTOR, direction);
      assertArrayEquals(scalar.gradient(), vector.gradient(), 0f, network.name());
      assertEquals(scalar.loss(), vector.loss(), network.name());
      assertEquals(scalar.slope(), vector.slope(), network.name());
      double error = distance(expected, vector.gradient());
      assertTrue(
          error <= bound.error(), () -> network + ": error " + error + " above " + bound.error());
      worst = Math.max(worst, error / bound.error());
      double product = 0;
      for (int p = 0; p < direction.length; p++) {
        product += expected[p] * direction[p];
      }
      // Both are within the bound of the exact derivative, whose direction has the length √P; the
      // tangents round as often as the adjoints.
      double allowed = 2 * bound.error() * Math.sqrt(direction.length);
      assertEquals(product, vector.slope(), allowed, network.name());
      for (String kind : network.name().split("[ ()]+")) {
        if (kind.matches("[a-z0-9]*[a-z][a-z0-9]*")) {
          kinds.merge(kind, 1, Integer::sum);
        }
      }
    }
    for (String usage : Network.layerNames()) {
      String kind = usage.replaceAll("[(].*", "");
      // See the contract for the last layer of one likelihood and for one of positive parameters.
      if (!kind.equals("variance") && !kind.equals("variational")) {
        assertTrue(kinds.getOrDefault(kind, 0) >= 5, kind + " in " + kinds);
      }
    }
    double closest = worst;
    assertTrue(closest > 1e-3, () -> "a bound a thousand times too wide: " + closest);
  }

  /** The check would see a layer that computes what its neighbour should. */
  @ParameterizedTest
  @CsvSource({
    "dense(4) tanh dense(2), dense(4) sigmoid dense(2)",
    "dense(4) swish dense(2), dense(4) gelu dense(2)",
    "dense(4) mish dense(2), dense(4) swish dense(2)",
    "dense(4) layernorm dense(2), dense(4) batchnorm dense(2)",
    "dense(4) residual(tanh) dense(2), dense(4) tanh dense(2)",
    "weightnorm(4) lstm(3) dense(2), weightnorm(4) lstm(3) softmax dense(2)"
  })
  void aLayerIsToldFromItsNeighbour(String text, String other) {
    told(text, other, Shape.of(3));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "attention(2) dense(2); attention(2, causal) dense(2)",
        "attention(2) dense(2); attention(1) dense(2)",
        "conv1d(2, 2, padding=1, stride=2) dense(2); conv1d(2, 2, padding=0, stride=1) dense(2)",
        "position maxpool(2) dense(2); position avgpool(2) dense(2)"
      })
  void aLayerOfPositionsIsToldFromItsNeighbour(String text, String other) {
    told(text, other, Shape.of(4, 4));
  }

  private static void told(String text, String other, Shape input) {
    Network network = Network.of(text, input, 2, Likelihood.SQUARED_ERROR);
    Network wrong = Network.of(other, input, 2, Likelihood.SQUARED_ERROR);
    Problem problem = problem(network, 5);
    float[] direction = new float[problem.theta().length];
    double[] expected = problem.gradient();
    double bound = bound(problem).error();
    double own = distance(expected, run(problem, Implementation.VECTOR, direction).gradient());
    assertTrue(own <= bound, () -> text + ": " + own);
    Problem mistaken =
        new Problem(
            wrong, Arrays.copyOf(problem.theta(), wrong.parameters().count()), problem.sequence());
    float[] gradient =
        run(mistaken, Implementation.VECTOR, new float[mistaken.theta().length]).gradient();
    double error = distance(expected, Arrays.copyOf(gradient, expected.length));
    assertTrue(error > 100 * bound, () -> other + ": " + error + " against " + bound);
  }
}
