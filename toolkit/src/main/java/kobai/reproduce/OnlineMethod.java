package kobai.reproduce;

import java.util.List;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;

/** The online learning algorithms that the experiments on recurrent networks compare. */
enum OnlineMethod {
  /** Every step's loss back through {@link #HORIZON} steps. */
  F_BPTT(1) {
    @Override
    GradientEstimator create(Setup setup) {
      return new SlidingBptt(setup, HORIZON);
    }
  },
  /** BPTT on windows of {@link #HORIZON} steps. */
  E_BPTT(Algorithm.BPTT, 10),
  /** BPTT on windows of one step: the immediate derivatives. */
  IMMEDIATE(Algorithm.BPTT, 1),
  RTRL(Algorithm.RTRL, 1),
  UORO(Algorithm.UORO, 1),
  KF_RTRL(Algorithm.KF_RTRL, 1),
  R_KF_RTRL(Algorithm.R_KF_RTRL, 1),
  OPTIMAL_KRONECKER(Algorithm.OPTIMAL_KRONECKER, 1),
  LOW_RANK_RTRL(Algorithm.LOW_RANK_RTRL, 1) {
    @Override
    GradientEstimator create(Setup setup) {
      return super.create(setup.withRank(RANK));
    }
  },
  SNAP_1(Algorithm.SNAP_1, 1),
  RFLO(Algorithm.RFLO, 1),
  E_PROP(Algorithm.E_PROP, 1),
  KERNL(Algorithm.KERNL, 1),
  DNI(Algorithm.DNI, 1),
  /** The readout alone learns; the recurrent network stays as it was drawn. */
  FIXED(Algorithm.BPTT, 1);

  /** Steps that truncated backpropagation reaches back, as in the code of the source. */
  static final int HORIZON = 10;

  /** Rank of low-rank RTRL: an eighth of 32 units. */
  static final int RANK = 4;

  /** All that give a gradient at every step, which can be compared along one path. */
  static final List<OnlineMethod> EVERY_STEP =
      List.of(values()).stream().filter(method -> method.window == 1 && method != FIXED).toList();

  private final Algorithm algorithm;
  private final int window;

  OnlineMethod(Algorithm algorithm, int window) {
    this.algorithm = algorithm;
    this.window = window;
  }

  OnlineMethod(int window) {
    this(Algorithm.BPTT, window);
  }

  /** Steps of a window. */
  int window() {
    return window;
  }

  /** Makes the estimator for windows of {@link #window} steps. */
  GradientEstimator create(Setup setup) {
    return algorithm.create(setup.withWindow(window));
  }
}
