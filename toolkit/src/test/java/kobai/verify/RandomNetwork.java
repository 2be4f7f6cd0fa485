package kobai.verify;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import kobai.networks.Likelihood;
import kobai.networks.Network;
import kobai.networks.Shape;

/** Networks of layers in any order that fits. */
final class RandomNetwork {
  private static final List<String> ACTIVATIONS =
      List.of("identity", "tanh", "sigmoid", "relu", "swish", "mish", "gelu", "softmax");

  private RandomNetwork() {}

  /** One to six layers on a shape of one to three axes, and a dense one. */
  static Network draw(SplittableRandom random) {
    Shape input =
        switch (random.nextInt(4)) {
          case 0 -> Shape.of(random.nextInt(1, 5));
          case 1 -> Shape.of(random.nextInt(2, 6), random.nextInt(1, 5));
          case 2 -> Shape.of(random.nextInt(2, 5), random.nextInt(2, 5), random.nextInt(1, 4));
          default -> Shape.of(random.nextInt(1, 4));
        };
    StringBuilder text = new StringBuilder();
    Shape shape = input;
    if (random.nextInt(12) == 0) {
      text.append("embedding(5, ").append(random.nextInt(1, 5)).append(") ");
      shape = reached(text.toString(), input);
    }
    for (int layers = random.nextInt(1, 7); layers > 0; layers--) {
      text.append(layer(random, shape)).append(' ');
      shape = reached(text.toString(), input);
    }
    int targets = random.nextInt(1, 4);
    Likelihood likelihood =
        switch (random.nextInt(4)) {
          case 0 -> Likelihood.SOFTMAX_CROSS_ENTROPY;
          case 1 -> Likelihood.BERNOULLI;
          case 2 -> Likelihood.gaussian(0.5);
          default -> Likelihood.SQUARED_ERROR;
        };
    return Network.of(text + "dense(" + targets + ")", input, targets, likelihood);
  }

  /** What those layers write. */
  private static Shape reached(String text, Shape input) {
    Network network =
        Network.of(text + "dense(1)", input, 1, Likelihood.SQUARED_ERROR); // reads any shape
    return network.layers().get(network.layers().size() - 1).input();
  }

  private static String layer(SplittableRandom random, Shape shape) {
    List<String> fitting = new ArrayList<>();
    int units = random.nextInt(1, 6);
    fitting.add(pick(random, ACTIVATIONS));
    fitting.add(pick(random, ACTIVATIONS));
    fitting.add("dense(" + units + ")");
    fitting.add("weightnorm(" + units + ")");
    fitting.add("dropout(0." + random.nextInt(3, 10) + ")");
    fitting.add("batchnorm");
    fitting.add("position");
    fitting.add(
        pick(random, List.of("lstm", "gru", "mgu", "leaky")) + "(" + random.nextInt(1, 4) + ")");
    if (shape.channels() > 1) {
      fitting.add("layernorm");
    }
    if (shape.rank() == 1) {
      fitting.add("residual(" + pick(random, ACTIVATIONS) + " dense(" + shape.channels() + "))");
    } else {
      positions(random, shape, units, fitting);
    }
    return pick(random, fitting);
  }

  private static void positions(
      SplittableRandom random, Shape shape, int units, List<String> fitting) {
    boolean flat = shape.rank() == 2;
    int least = flat ? shape.size(0) : Math.min(shape.size(0), shape.size(1));
    String conv = flat ? "conv1d(" : "conv2d(";
    int size = random.nextInt(1, 4);
    int padding = Math.min(size - 1, random.nextInt(3));
    if (least + 2 * padding >= size) {
      String strides = ", stride=" + random.nextInt(1, 3);
      fitting.add(conv + units + ", " + size + strides + ", padding=" + padding + ")");
    }
    fitting.add(
        "residual("
            + conv
            + shape.channels()
            + ", 3, padding=1) "
            + pick(random, ACTIVATIONS)
            + ")");
    if (least >= 2) {
      fitting.add("maxpool(2, stride=" + random.nextInt(1, 3) + ")");
      fitting.add("avgpool(2, stride=" + random.nextInt(1, 3) + ")");
    }
    if (flat) {
      int heads = shape.channels() % 2 == 0 ? random.nextInt(1, 3) : 1;
      fitting.add("attention(" + heads + (random.nextBoolean() ? ", causal)" : ")"));
    }
  }

  private static String pick(SplittableRandom random, List<String> from) {
    return from.get(random.nextInt(from.size()));
  }
}
