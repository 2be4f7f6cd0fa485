package kobai.networks;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import kobai.models.Models;

/** The layers that a specification may name: one line each. */
enum LayerKind {
  /** An affine layer. */
  DENSE(
      "dense(UNITS)",
      (request, usage) ->
          new Dense(
              request.input(),
              request.number("units", request.list(1, 1, usage).get(0), 1),
              gain(request.next()))),
  /** An affine layer with Gaussian weights. */
  VARIATIONAL(
      "variational(UNITS)",
      (request, usage) ->
          new VariationalDense(
              request.input(),
              request.number("units", request.list(1, 1, usage).get(0), 1),
              gain(request.next()))),
  /** No non-linearity. */
  IDENTITY("identity", pointwise(Activation.IDENTITY)),
  /** The hyperbolic tangent. */
  TANH("tanh", pointwise(Activation.TANH)),
  /** The logistic function. */
  SIGMOID("sigmoid", pointwise(Activation.SIGMOID)),
  /** The rectifier. */
  RELU("relu", pointwise(Activation.RELU)),
  /** X σ(x). */
  SWISH("swish", pointwise(Activation.SWISH)),
  /** X tanh ln(1 + eˣ). */
  MISH("mish", pointwise(Activation.MISH)),
  /** X Φ(x), nearly. */
  GELU("gelu", pointwise(Activation.GELU)),
  /** The softmax over channels. */
  SOFTMAX(
      "softmax",
      (request, usage) -> {
        request.list(0, 0, usage);
        return new Softmax(request.input());
      }),
  /** A convolution over positions × channels. */
  CONV1D("conv1d(FILTERS, SIZE[, stride=1][, padding=0])", convolution(2)),
  /** A convolution over height × width × channels. */
  CONV2D("conv2d(FILTERS, SIZE[, stride=1][, padding=0])", convolution(3)),
  /** The largest number of a window. */
  MAXPOOL("maxpool(SIZE[, stride=SIZE])", pooling(true)),
  /** The mean of a window. */
  AVGPOOL("avgpool(SIZE[, stride=SIZE])", pooling(false)),
  /** Layers and a connection around them. */
  RESIDUAL(
      "residual(LAYERS)",
      (request, usage) -> {
        Chain chain =
            Specification.chain(request.arguments(), request.input(), request.number() + ".");
        return request.make(() -> new Residual(chain));
      }),
  /** Rows of a table. */
  EMBEDDING(
      "embedding(VOCABULARY, WIDTH)",
      (request, usage) -> {
        List<String> list = request.list(2, 2, usage);
        if (!request.number().equals("1")) {
          throw request.refusal("must be layer 1 (it reads symbols)");
        }
        return new Embedding(
            request.input(),
            request.number("vocabulary", list.get(0), 1),
            request.number("width", list.get(1), 1));
      }),
  /** A learnt number for every position and channel. */
  POSITION(
      "position",
      (request, usage) -> {
        request.list(0, 0, usage);
        return new PositionBias(request.input());
      }),
  /** Self-attention over positions × channels. */
  ATTENTION(
      "attention(HEADS[, causal])",
      (request, usage) -> {
        List<String> list = request.list(1, 2, usage);
        int heads = request.number("heads", list.get(0), 1);
        if (list.size() == 2 && !list.get(1).equals("causal")) {
          throw request.refusal(
              "'%s': must be causal or nothing (written %s)".formatted(list.get(1), usage));
        }
        if (request.input().rank() != 2 || request.input().channels() % heads != 0) {
          throw request.shape(
              "positions × channels, the channels a multiple of its %d heads".formatted(heads));
        }
        return new Attention(request.input(), heads, list.size() == 2);
      }),
  /** A long short-term memory. */
  LSTM("lstm(UNITS)", recurrent(Models.LSTM)),
  /** A gated recurrent unit. */
  GRU("gru(UNITS)", recurrent(Models.GRU)),
  /** A minimal gated unit. */
  MGU("mgu(UNITS)", recurrent(Models.MGU)),
  /** A leaky recurrent layer. */
  LEAKY("leaky(UNITS[, alpha=1])", recurrent(Models.LEAKY_RNN)),
  /** Masks on numbers; the argument is the probability to keep one. */
  DROPOUT(
      "dropout(KEEP)",
      (request, usage) -> {
        double keep = request.decimal("keep", request.list(1, 1, usage).get(0));
        return request.make(() -> new Dropout(request.input(), keep));
      }),
  /** Normalisation over the rows of a batch. */
  BATCHNORM(
      "batchnorm",
      (request, usage) -> {
        request.list(0, 0, usage);
        return new BatchNorm(request.input());
      }),
  /** Normalisation over channels. */
  LAYERNORM(
      "layernorm",
      (request, usage) -> {
        request.list(0, 0, usage);
        if (request.input().channels() < 2) {
          throw request.shape("of at least 2 channels (one alone is always 0)");
        }
        return new LayerNorm(request.input());
      }),
  /** An affine layer of weights g v / ‖v‖. */
  WEIGHTNORM(
      "weightnorm(UNITS)",
      (request, usage) ->
          new WeightNorm(
              request.input(),
              request.number("units", request.list(1, 1, usage).get(0), 1),
              gain(request.next()))),
  /** Log variances as parameters. */
  VARIANCE(
      "variance",
      (request, usage) -> {
        request.list(0, 0, usage);
        return new Variance(request.input());
      });

  private final String usage;
  private final BiFunction<LayerRequest, String, Layer> factory;

  LayerKind(String usage, BiFunction<LayerRequest, String, Layer> factory) {
    this.usage = usage;
    this.factory = factory;
  }

  /** How it is written. */
  String usage() {
    return usage;
  }

  /** The layer that is asked for. */
  static Layer layer(LayerRequest request) {
    String wanted = request.name().toUpperCase(Locale.ROOT);
    for (LayerKind kind : values()) {
      if (kind.name().equals(wanted)) {
        return kind.factory.apply(request, kind.usage);
      }
    }
    List<String> names =
        Arrays.stream(values()).map(kind -> kind.name().toLowerCase(Locale.ROOT)).toList();
    String nearest =
        names.stream()
            .min(Comparator.comparingInt(name -> distance(request.name(), name)))
            .orElseThrow();
    throw request.refusal(
        "no layer '%s'; did you mean %s? There are %s"
            .formatted(request.name(), nearest, String.join(", ", names)));
  }

  private static BiFunction<LayerRequest, String, Layer> pointwise(Activation activation) {
    return (request, usage) -> {
      request.list(0, 0, usage);
      return new Pointwise(request.input(), activation);
    };
  }

  private static BiFunction<LayerRequest, String, Layer> convolution(int rank) {
    return (request, usage) -> {
      List<String> list = request.list(2, 4, usage);
      request.rank(rank);
      int filters = request.number("filters", list.get(0), 1);
      int size = request.number("size", list.get(1), 1);
      int stride = request.option("stride", 1, 1, usage, "stride", "padding");
      int padding = request.option("padding", 0, 0, usage, "stride", "padding");
      if (padding >= size) {
        throw request.refusal(
            "padding = %d: must be less than the window's size %d".formatted(padding, size));
      }
      double gain = gain(request.next());
      return request.make(
          () -> new Convolution(request.input(), filters, size, stride, padding, gain));
    };
  }

  private static BiFunction<LayerRequest, String, Layer> recurrent(Models cell) {
    return (request, usage) -> {
      boolean leaky = cell == Models.LEAKY_RNN;
      int units = request.number("units", request.list(1, leaky ? 2 : 1, usage).get(0), 1);
      String alpha = leaky ? request.option("alpha", "1", usage, "alpha") : "1";
      float rate = (float) request.decimal("alpha", alpha);
      return request.make(() -> new Recurrent(request.input(), cell, units, rate));
    };
  }

  private static BiFunction<LayerRequest, String, Layer> pooling(boolean largest) {
    return (request, usage) -> {
      List<String> list = request.list(1, 2, usage);
      if (request.input().rank() == 1) {
        request.rank(2);
      }
      int size = request.number("size", list.get(0), 1);
      int stride = request.option("stride", 1, size, usage, "stride");
      return request.make(() -> new Pooling(request.input(), largest, size, stride));
    };
  }

  /** The gain of weights before a layer of that name. */
  static double gain(String next) {
    for (Activation activation : Activation.values()) {
      if (activation.name().equalsIgnoreCase(next)) {
        return activation.gain();
      }
    }
    return 1;
  }

  /** Fewest insertions, deletions and replacements that make a word another. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    Arrays.setAll(row, j -> j);
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
