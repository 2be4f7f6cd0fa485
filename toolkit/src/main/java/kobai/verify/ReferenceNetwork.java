package kobai.verify;

import java.util.List;
import kobai.models.DifferentiableModel;
import kobai.models.EmbeddingModel;
import kobai.models.LeakyRnn;
import kobai.models.Loss;
import kobai.models.Models;
import kobai.models.SparseModel;
import kobai.models.StackedModel;
import kobai.networks.Network;
import kobai.networks.Shape;
import kobai.random.RandomKey;

/**
 * The networks that every claim is proven on: each line of the registry of {@link Models}, and one
 * of each kind that is put together. Every one has a problem whose sizes are all different, and a
 * small one.
 */
public enum ReferenceNetwork {
  /** {@link Models#LEAKY_RNN}. */
  LEAKY_RNN(Models.LEAKY_RNN),
  /** {@link Models#LSTM}. */
  LSTM(Models.LSTM),
  /** {@link Models#LSTM_PEEPHOLE}. */
  LSTM_PEEPHOLE(Models.LSTM_PEEPHOLE),
  /** {@link Models#GRU}. */
  GRU(Models.GRU),
  /** {@link Models#LRU}. */
  LRU(Models.LRU),
  /** {@link Models#RTU}. */
  RTU(Models.RTU),
  /** {@link Models#RTU_TANH}. */
  RTU_TANH(Models.RTU_TANH),
  /** {@link Models#MIN_GRU}. */
  MIN_GRU(Models.MIN_GRU),
  /** {@link Models#GRU_RESET_BEFORE}. */
  GRU_RESET_BEFORE(Models.GRU_RESET_BEFORE),
  /** {@link Models#MGU}. */
  MGU(Models.MGU),
  /** A leaky network under a GRU, of different sizes. */
  STACKED(ReferenceNetwork::stacked),
  /** A minimal GRU under a linear recurrent unit: layers whose units do not interact. */
  STACKED_DIAGONAL(ReferenceNetwork::diagonal),
  /** An LSTM behind a table of vectors; inputs are rows of any numbers, not one-hot. */
  EMBEDDING(ReferenceNetwork::embedding),
  /** A leaky network with two fifths of its recurrent weights. */
  SPARSE(ReferenceNetwork::sparse),
  /** Dense layers without memory: every step is a sequence of its own, T = 1. */
  MLP(ReferenceNetwork::mlp);

  private final Problem problem;
  private final Problem small;

  ReferenceNetwork(Models model) {
    problem = Problem.reference(model);
    small = Problem.small(model);
  }

  ReferenceNetwork(Maker maker) {
    problem = Problem.of(maker.make(3, 5, 2), 8, 1, 11);
    small = Problem.of(maker.make(1, 2, 1), 8, 1, 17);
  }

  private interface Maker {
    DifferentiableModel make(int d, int n, int m);
  }

  /**
   * The problem that claims are proven on: d = 3, n = 5, m = 2, T = 8, B = 1. Not to be changed.
   */
  public Problem problem() {
    return problem;
  }

  /** The same with n = 2, d = 1, m = 1, small enough to enumerate the signs of some steps. */
  public Problem small() {
    return small;
  }

  private static DifferentiableModel stacked(int d, int n, int m) {
    LeakyRnn below = LeakyRnn.of(d, n - 1, m, 0.6f, Loss.SQUARED_ERROR);
    return new StackedModel(List.of(below, Models.GRU.create(n - 1, n, m, 1f, Loss.SQUARED_ERROR)));
  }

  private static DifferentiableModel diagonal(int d, int n, int m) {
    DifferentiableModel below = Models.MIN_GRU.create(d, n - 1, m, 1f, Loss.SQUARED_ERROR);
    return new StackedModel(List.of(below, Models.LRU.create(n - 1, n, m, 1f, Loss.SQUARED_ERROR)));
  }

  private static DifferentiableModel embedding(int d, int n, int m) {
    DifferentiableModel reader = Models.LSTM.create(n - 1, n, m, 1f, Loss.SQUARED_ERROR);
    return new EmbeddingModel(d, reader, EmbeddingModel.Symbols.ONE_HOT);
  }

  /** Of the 25 weights this draw keeps ten that leave units four steps apart. */
  private static DifferentiableModel sparse(int d, int n, int m) {
    return SparseModel.of(LeakyRnn.of(d, n, m, 0.6f, Loss.SQUARED_ERROR), 0.4, new RandomKey(4));
  }

  private static DifferentiableModel mlp(int d, int n, int m) {
    return Network.of(
        "dense(%d) tanh dense(%d)".formatted(n, m), Shape.of(d), m, Loss.SQUARED_ERROR);
  }
}
