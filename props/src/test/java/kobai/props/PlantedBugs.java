package kobai.props;

import static kobai.props.Trial.Tier.BITS;
import static kobai.props.Trial.Tier.GRADIENT;
import static kobai.props.Trial.Tier.MEAN;
import static kobai.props.Trial.Tier.MEAN_LARGE;
import static kobai.props.Trial.Tier.MEAN_TINY;
import static kobai.props.Trial.Tier.NOISE;
import static kobai.props.Trial.Tier.ORDER;
import static kobai.props.Trial.Tier.REPLAY;
import static kobai.props.Trial.Tier.SAMPLES;
import static kobai.props.Trial.Tier.SAMPLES_FINE;
import static kobai.props.Trial.Tier.STATE;
import static kobai.props.Trial.Tier.VARIANCE;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.models.RowLocalTape;
import kobai.models.Tensor;
import kobai.random.NoiseSource;
import kobai.random.RandomKey;

/**
 * Wrong estimators, each a real one with one wire crossed, with the tiers that must find it and
 * those that cannot see it. Numbers are those of the list in the verification protocol; 0 stands
 * for a bug of this project's own.
 */
final class PlantedBugs {
  /** Why a number of the list is not planted. */
  static Optional<String> notApplicable(int number) {
    return switch (number) {
      case 29 ->
          Optional.of("estimators are specified at the θ that they are given, and keep none");
      case 30 -> Optional.of("NRES, whose bugs are planted in EvolutionContract");
      case 31, 32, 33, 34, 35 ->
          Optional.of("node perturbation, whose bugs are planted in PerturbationBugsContract");
      case 41, 42, 43 -> Optional.of("UORO, whose bugs are planted in StochasticRtrlContract");
      case 44 -> Optional.of("KF-RTRL, whose bugs are planted in StochasticRtrlContract");
      case 45 -> Optional.of("dropout, whose bugs are planted in DropoutTest");
      case 46 -> Optional.of("batch normalisation, held against values by hand in BatchNormTest");
      case 48 ->
          Optional.of(
              "variational gradients, whose bugs are planted in BoundGradientTest and"
                  + " BoundGradientChanceTest");
      case 47 -> Optional.of("an optimiser, with hand-computed steps in a test of its own");
      default -> Optional.empty();
    };
  }

  private final List<Bug> bugs = new ArrayList<>();

  private PlantedBugs() {}

  /** A bug: which tiers must find it, and which must not. */
  record Bug(int number, Trial trial, Set<Trial.Tier> killers, Set<Trial.Tier> blind) {
    Bug unseenBy(Trial.Tier... tiers) {
      killers.removeAll(List.of(tiers));
      blind.addAll(List.of(tiers));
      return this;
    }
  }

  /** All of them. */
  static List<Bug> all() {
    PlantedBugs planted = new PlantedBugs();
    planted.factors();
    planted.perturbations();
    planted.laws();
    planted.persistence();
    planted.backpropagation();
    planted.influence();
    planted.kernels();
    return List.copyOf(planted.bugs);
  }

  private Bug plant(
      int number,
      String name,
      Algorithm algorithm,
      int window,
      Supplier<Wiring> wiring,
      Trial.Tier... killers) {
    Trial trial = new Trial(name, algorithm, window, wiring);
    Set<Trial.Tier> killing = EnumSet.copyOf(List.of(killers));
    if (killing.contains(MEAN)) { // a bug must not hide behind the choice of σ
      killing.add(MEAN_TINY);
      if (trial.plainlySmoothed()) {
        killing.add(MEAN_LARGE);
      }
    }
    Bug bug = new Bug(number, trial, killing, EnumSet.noneOf(Trial.Tier.class));
    bugs.add(bug);
    return bug;
  }

  // Wrong factors and wrong places in the gradient.

  private void factors() {
    estimate(1, "missing 1/σ", (episode, g) -> scale(g, episode.setup.sigma()), MEAN, SAMPLES);
    estimate(
        1, "one 1/σ too many", (episode, g) -> scale(g, 1 / episode.setup.sigma()), MEAN, SAMPLES);
    estimate(2, "missing ½", (episode, g) -> scale(g, 2), MEAN, SAMPLES, VARIANCE);
    plant(
        3,
        "sign of the antithetic half lost",
        Algorithm.ES,
        8,
        () ->
            Wiring.of(Algorithm.ES)
                .rollout(
                    (particle, real, theta, sequence, from, to, state, stateAt, loss) -> {
                      double result = real.run(theta, sequence, from, to, state, stateAt, loss);
                      return particle.minus() ? -result : result;
                    }),
        MEAN);
    estimate(
        4,
        "divided by N − 1",
        (episode, g) -> scale(g, episode.setup.particles() / (episode.setup.particles() - 1.0)),
        MEAN,
        SAMPLES);
    estimate(
        8, "gradient of W transposed", (episode, g) -> transpose(episode.setup, g), MEAN, SAMPLES);
    estimate(
        7,
        "vector tail of the gradient dropped",
        (episode, g) -> Arrays.fill(g, tail(g), g.length, 0f),
        MEAN,
        SAMPLES);
    estimate(
        7,
        "vector tail of the gradient counted twice",
        (episode, g) -> {
          for (int p = tail(g); p < g.length; p++) {
            g[p] *= 2;
          }
        },
        MEAN,
        SAMPLES);
    estimate(
        9,
        "noise multiplied is one coordinate off",
        (episode, g) -> {
          float first = g[0];
          System.arraycopy(g, 1, g, 0, g.length - 1);
          g[g.length - 1] = first;
        },
        MEAN,
        REPLAY);
    estimate(18, "gradient clipping left on", (episode, g) -> clip(g, 1.0), SAMPLES);
    estimate(
        19,
        "gradient normalisation left on",
        (episode, g) -> scale(g, 1 / length(g)),
        MEAN,
        SAMPLES);
    estimate(
        0,
        "gradient written to an element too few",
        (episode, g) -> g[g.length - 1] = Float.NaN,
        MEAN,
        SAMPLES);
    plant(
        0,
        "whole sequence cut into two unrolls",
        Algorithm.ES,
        8,
        () -> Wiring.of(Algorithm.ES).window(PlantedBugs::inTwo),
        MEAN,
        SAMPLES_FINE);
    plant(
        0,
        "truncated ES starts every window from zero",
        Algorithm.ES,
        3,
        () -> Wiring.of(Algorithm.ES).rollout(fromZero()),
        MEAN,
        SAMPLES);
  }

  /** For ES on a whole sequence, and on windows for PES, in the tiers that need no samples. */
  private void estimate(int number, String name, EstimateChange change, Trial.Tier... killers) {
    estimate(Algorithm.ES, 8, number, name, change, killers);
    Trial.Tier[] exact = exact(killers);
    if (exact.length > 0) {
      estimate(Algorithm.PES, 3, number, name + " (PES)", change, exact);
    }
  }

  private static Trial.Tier[] exact(Trial.Tier[] tiers) {
    return Arrays.stream(tiers).filter(EXACT::contains).toArray(Trial.Tier[]::new);
  }

  private static final Set<Trial.Tier> EXACT = EnumSet.of(MEAN, ORDER, REPLAY);

  private void estimate(
      Algorithm algorithm,
      int steps,
      int number,
      String name,
      EstimateChange change,
      Trial.Tier... killers) {
    plant(
        number,
        name,
        algorithm,
        steps,
        () ->
            Wiring.of(algorithm)
                .window(
                    (episode, real, theta, sequence, from, to, gradient) -> {
                      double loss = real.estimate(theta, sequence, from, to, gradient);
                      change.apply(episode, gradient);
                      return loss;
                    }),
        killers);
  }

  private interface EstimateChange {
    void apply(Wiring.Episode episode, float[] gradient);
  }

  private static void scale(float[] g, double factor) {
    for (int p = 0; p < g.length; p++) {
      g[p] *= (float) factor;
    }
  }

  private static double length(float[] g) {
    double sum = 0;
    for (float x : g) {
      sum += (double) x * x;
    }
    return Math.sqrt(sum);
  }

  private static void clip(float[] g, double most) {
    double length = length(g);
    if (length > most) {
      scale(g, most / length);
    }
  }

  private static void transpose(Setup setup, float[] g) {
    Tensor w = setup.model().parameters().tensors().getFirst();
    for (int i = 0; i < w.rows(); i++) {
      for (int j = 0; j < i; j++) {
        float above = g[w.at() + j * w.columns() + i];
        g[w.at() + j * w.columns() + i] = g[w.at() + i * w.columns() + j];
        g[w.at() + i * w.columns() + j] = above;
      }
    }
  }

  /** Where whole vectors of 16 end. */
  private static int tail(float[] g) {
    return g.length / 16 * 16;
  }

  private static double inTwo(
      Wiring.Episode episode,
      GradientEstimator real,
      float[] theta,
      Sequence sequence,
      int from,
      int to,
      float[] gradient) {
    int middle = (from + to) / 2;
    double loss = real.estimate(theta, sequence, from, middle, gradient);
    float[] first = gradient.clone();
    loss += real.estimate(theta, sequence, middle, to, gradient);
    for (int p = 0; p < gradient.length; p++) {
      gradient[p] += first[p];
    }
    return loss;
  }

  private static Wiring.RolloutHook fromZero() {
    return (particle, real, theta, sequence, from, to, state, stateAt, loss) -> {
      Arrays.fill(state, stateAt, stateAt + width(particle.episode().setup), 0f);
      return real.run(theta, sequence, from, to, state, stateAt, loss);
    };
  }

  private static int width(Setup setup) {
    return setup.batch() * setup.model().stateSize();
  }

  // Parameters that are perturbed by something else than the gradient's noise.

  private void perturbations() {
    runAt(
        5,
        "bias not perturbed",
        (particle, theta) -> {
          Tensor bias = particle.episode().setup.model().parameters().tensor("bias");
          System.arraycopy(particle.episode().theta, bias.at(), theta, bias.at(), bias.size());
        },
        MEAN,
        SAMPLES,
        REPLAY);
    // One parameter of 57 moves the mean by half a per cent, a tenth of the rounding at σ = 10⁻⁴.
    ThetaChange lastLane =
        (particle, theta) -> theta[theta.length - 1] = particle.episode().theta[theta.length - 1];
    runAt(Algorithm.ES, 8, 6, "last lane not perturbed", lastLane, MEAN, REPLAY)
        .unseenBy(MEAN_TINY);
    runAt(Algorithm.PES, 3, 6, "last lane not perturbed (PES)", lastLane, MEAN, REPLAY)
        .unseenBy(MEAN_TINY);
    runAt(
        6,
        "vector tail not perturbed",
        (particle, theta) -> {
          int tail = tail(theta);
          System.arraycopy(particle.episode().theta, tail, theta, tail, theta.length - tail);
        },
        MEAN,
        SAMPLES,
        REPLAY);
    runAt(
        9,
        "noise added is one draw later",
        (particle, theta) -> redraw(particle, theta, 1),
        MEAN,
        REPLAY);
    runAt(
        15,
        "antithetic half with fresh noise",
        (particle, theta) -> {
          if (particle.minus()) {
            redraw(particle, theta, 1000);
          }
        },
        MEAN,
        SAMPLES,
        REPLAY);
    runAt(
        0,
        "centre of the perturbations shifted by σ/10",
        (particle, theta) -> {
          for (int p = 0; p < theta.length; p++) {
            theta[p] += 0.1f * (float) particle.episode().setup.sigma();
          }
        },
        ORDER);
    plant(
            15,
            "halves independent of each other",
            Algorithm.ES,
            8,
            () ->
                Wiring.of(Algorithm.ES)
                    .setup(setup -> setup.withParticles(2 * setup.particles()))
                    .rollout(
                        (particle, real, theta, sequence, from, to, state, stateAt, loss) -> {
                          double result = real.run(theta, sequence, from, to, state, stateAt, loss);
                          return particle.minus() && !particle.mean() ? 0 : result;
                        })
                    .window(
                        (episode, real, theta, sequence, from, to, gradient) -> {
                          double loss = real.estimate(theta, sequence, from, to, gradient);
                          scale(gradient, 2);
                          return loss;
                        }),
            VARIANCE)
        .unseenBy(MEAN);
    plant(
        16,
        "halves see other data",
        Algorithm.ES,
        8,
        () ->
            Wiring.of(Algorithm.ES)
                .rollout(
                    (particle, real, theta, sequence, from, to, state, stateAt, loss) ->
                        real.run(
                            theta,
                            particle.minus() ? reversed(sequence) : sequence,
                            from,
                            to,
                            state,
                            stateAt,
                            loss)),
        MEAN);
    plant(
        17,
        "σ too small for float",
        Algorithm.ES,
        8,
        () -> Wiring.of(Algorithm.ES).setup(setup -> setup.withSigma(1e-8)),
        MEAN,
        ORDER);
  }

  private interface ThetaChange {
    void apply(Wiring.Particle particle, float[] theta);
  }

  private void runAt(int number, String name, ThetaChange change, Trial.Tier... killers) {
    runAt(Algorithm.ES, 8, number, name, change, killers);
    runAt(Algorithm.PES, 3, number, name + " (PES)", change, exact(killers));
  }

  private Bug runAt(
      Algorithm algorithm,
      int steps,
      int number,
      String name,
      ThetaChange change,
      Trial.Tier... killers) {
    return plant(
        number,
        name,
        algorithm,
        steps,
        () ->
            Wiring.of(algorithm)
                .rollout(
                    (particle, real, theta, sequence, from, to, state, stateAt, loss) -> {
                      if (!particle.mean()) {
                        change.apply(particle, theta);
                      }
                      return real.run(theta, sequence, from, to, state, stateAt, loss);
                    }),
        killers);
  }

  /** θ ± σ v with the v of a later unroll. */
  private static void redraw(Wiring.Particle particle, float[] theta, int later) {
    Wiring.Episode episode = particle.episode();
    float[] gradientNoise = episode.drawn[particle.pair()].clone();
    int at = episode.drawnAt;
    float[] v = new float[theta.length];
    episode.noise.fill(episode.keys[particle.pair()], at + later, particle.pair(), v, 0, v.length);
    episode.drawnAt = at;
    System.arraycopy(gradientNoise, 0, episode.drawn[particle.pair()], 0, v.length);
    float step = (float) (particle.minus() ? -episode.setup.sigma() : episode.setup.sigma());
    for (int p = 0; p < v.length; p++) {
      theta[p] = episode.theta[p] + step * v[p];
    }
  }

  private static Sequence reversed(Sequence sequence) {
    float[] targets = sequence.targets().clone();
    for (int i = 0, j = targets.length - 1; i < j; i++, j--) {
      float first = targets[i];
      targets[i] = targets[j];
      targets[j] = first;
    }
    return new Sequence(
        sequence.length(),
        sequence.batch(),
        sequence.inputSize(),
        sequence.targetSize(),
        sequence.inputs(),
        targets);
  }

  // Noise that is not what it should be. Signs of an exact design stay what they are in most of
  // these.

  private void laws() {
    draws(10, "noise clipped at 2σ", v -> Math.max(-2, Math.min(2, v)), NOISE, VARIANCE)
        .unseenBy(MEAN);
    draws(11, "noise of mean 0.1", v -> v + 0.1f, NOISE);
    draws(12, "signs where normal draws are declared", v -> Math.signum(v), NOISE, VARIANCE)
        .unseenBy(MEAN, SAMPLES);
    draws(13, "noise of deviation 0.97", v -> 0.97f * v, NOISE, VARIANCE);
    draws(0, "two values of deviation one, lopsided", v -> v > 0 ? 2f : -0.5f, NOISE);
    source(
            14,
            "one stream for all particles",
            Algorithm.ES,
            8,
            real ->
                (key, unroll, particle, out, at, count) ->
                    real.fill(key, unroll, 0, out, at, count),
            NOISE,
            VARIANCE)
        .unseenBy(MEAN, SAMPLES, REPLAY);
    source(
        0,
        "one stream for all unrolls",
        Algorithm.PES,
        3,
        real ->
            (key, unroll, particle, out, at, count) -> real.fill(key, 0, particle, out, at, count),
        NOISE,
        MEAN);
    source(
        0,
        "streams overlap: particle i starts i draws later",
        Algorithm.ES,
        8,
        real ->
            (key, unroll, particle, out, at, count) -> {
              float[] row = new float[count + particle];
              real.fill(key, unroll, 0, row, 0, row.length);
              System.arraycopy(row, particle, out, at, count);
            },
        NOISE);
    source(
            0,
            "unroll and particle added into one counter",
            Algorithm.PES,
            3,
            real ->
                (key, unroll, particle, out, at, count) ->
                    real.fill(key, unroll + particle, 0, out, at, count),
            NOISE)
        .unseenBy(MEAN);
    source(
        0,
        "one lane of 16 repeats its neighbour",
        Algorithm.ES,
        8,
        real ->
            (key, unroll, particle, out, at, count) -> {
              real.fill(key, unroll, particle, out, at, count);
              for (int i = 15; i < count; i += 16) {
                out[at + i] = out[at + i - 1];
              }
            },
        NOISE);
    source(
        0,
        "first draw of a block of eight repeats the last of the block before",
        Algorithm.ES,
        8,
        real ->
            (key, unroll, particle, out, at, count) -> {
              real.fill(key, unroll, particle, out, at, count);
              for (int i = 8; i < count; i += 8) {
                out[at + i] = out[at + i - 1];
              }
            },
        MEAN,
        SAMPLES,
        NOISE);
    source(
            0,
            "seed ignored",
            Algorithm.ES,
            8,
            real ->
                (key, unroll, particle, out, at, count) ->
                    real.fill(new RandomKey(1), unroll, particle, out, at, count),
            NOISE,
            SAMPLES)
        .unseenBy(MEAN);
    plant(
        0,
        "draws depend on how many there were before",
        Algorithm.ES,
        8,
        () -> {
          int[] calls = {0};
          return Wiring.of(Algorithm.ES)
              .noise(
                  real ->
                      (key, unroll, particle, out, at, count) ->
                          real.fill(key, unroll + calls[0]++ % 7, particle, out, at, count));
        },
        NOISE,
        STATE,
        SAMPLES);
  }

  private interface Draw {
    float of(float v);
  }

  private Bug draws(int number, String name, Draw change, Trial.Tier... killers) {
    return source(
        number,
        name,
        Algorithm.ES,
        8,
        real ->
            (key, unroll, particle, out, at, count) -> {
              real.fill(key, unroll, particle, out, at, count);
              for (int i = at; i < at + count; i++) {
                out[i] = change.of(out[i]);
              }
            },
        killers);
  }

  private Bug source(
      int number,
      String name,
      Algorithm algorithm,
      int window,
      UnaryOperator<NoiseSource> change,
      Trial.Tier... killers) {
    return plant(
        number, name, algorithm, window, () -> Wiring.of(algorithm).noise(change), killers);
  }

  // Persistent evolution strategies.

  private void persistence() {
    credit(21, "ξ reset in every unroll", false, (xi, v) -> v, MEAN, SAMPLES, REPLAY);
    credit(22, "ξ summed after use", false, (xi, v) -> xi, MEAN, SAMPLES, REPLAY);
    credit(
        0,
        "newest perturbation summed twice",
        false,
        (xi, v) -> plus(plus(xi, v), v),
        MEAN,
        SAMPLES,
        REPLAY);
    credit(
        27,
        "ξ one window behind",
        false,
        (xi, v) -> Arrays.stream(xi).anyMatch(x -> x != 0) ? xi : v,
        MEAN,
        SAMPLES);
    credit(
            20,
            "ξ not reset at the end of an episode",
            true,
            PlantedBugs::plus,
            STATE,
            VARIANCE,
            SAMPLES)
        .unseenBy(REPLAY);
    plant(
            23,
            "state reset in every unroll",
            Algorithm.PES,
            3,
            () -> Wiring.of(Algorithm.PES).rollout(fromZero()),
            MEAN,
            SAMPLES)
        .unseenBy(REPLAY);
    plant(
        24,
        "state not reset at the end of an episode",
        Algorithm.PES,
        3,
        PlantedBugs::carriedState,
        STATE,
        SAMPLES);
    window(25, "last window dropped", (episode, g) -> {}, true, MEAN, SAMPLES);
    window(
        26,
        "divided by the number of windows",
        (episode, g) -> scale(g, 1.0 / 3),
        false,
        MEAN,
        SAMPLES);
    plant(28, "halves share one state", Algorithm.PES, 3, PlantedBugs::sharedState, MEAN, SAMPLES);
    plant(
        0,
        "gradient of the window before added again",
        Algorithm.PES,
        3,
        PlantedBugs::addedAgain,
        MEAN,
        SAMPLES);
  }

  private Bug credit(
      int number, String name, boolean keep, BinaryOperator<double[]> rule, Trial.Tier... killers) {
    return plant(number, name, Algorithm.PES, 3, () -> credited(keep, rule), killers);
  }

  /**
   * PES whose rows are summed by a rule (ξ before, v) → coefficients instead of its own; ξ + v is
   * its own.
   */
  static Wiring credited(boolean keep, BinaryOperator<double[]> rule) {
    List<double[]> xi = new ArrayList<>();
    return Wiring.of(Algorithm.PES)
        .window(
            (episode, real, theta, sequence, from, to, gradient) -> {
              double loss = real.estimate(theta, sequence, from, to, gradient);
              int pairs = episode.drawn.length;
              if (episode.unroll == 0 && !keep || xi.isEmpty()) {
                xi.clear();
                for (int i = 0; i < pairs; i++) {
                  xi.add(new double[theta.length]);
                }
              }
              double[] sum = new double[theta.length];
              for (int i = 0; i < pairs; i++) {
                double[] v = new double[theta.length];
                for (int p = 0; p < v.length; p++) {
                  v[p] = episode.drawn[i][p];
                }
                double weight =
                    (episode.plus[i] - episode.minus[i])
                        / (2 * pairs * (float) episode.setup.sigma());
                double[] coefficients = rule.apply(xi.get(i), v);
                for (int p = 0; p < sum.length; p++) {
                  sum[p] += weight * coefficients[p];
                }
                xi.set(i, plus(xi.get(i), v));
              }
              for (int p = 0; p < sum.length; p++) {
                gradient[p] = (float) sum[p];
              }
              return loss;
            });
  }

  static double[] plus(double[] x, double[] y) {
    double[] sum = new double[x.length];
    Arrays.setAll(sum, p -> x[p] + y[p]);
    return sum;
  }

  private void window(
      int number, String name, EstimateChange change, boolean dropLast, Trial.Tier... killers) {
    plant(
        number,
        name,
        Algorithm.PES,
        3,
        () ->
            Wiring.of(Algorithm.PES)
                .window(
                    (episode, real, theta, sequence, from, to, gradient) -> {
                      double loss = real.estimate(theta, sequence, from, to, gradient);
                      if (dropLast && to == sequence.length()) {
                        Arrays.fill(gradient, 0f);
                      }
                      change.apply(episode, gradient);
                      return loss;
                    }),
        killers);
  }

  private static Wiring carriedState() {
    float[][] last = new float[1][];
    return Wiring.of(Algorithm.PES)
        .rollout(
            (particle, real, theta, sequence, from, to, state, stateAt, loss) -> {
              if (last[0] == null) {
                last[0] = new float[state.length];
              }
              int width = width(particle.episode().setup);
              if (from == 0) {
                System.arraycopy(last[0], stateAt, state, stateAt, width);
              }
              double result = real.run(theta, sequence, from, to, state, stateAt, loss);
              System.arraycopy(state, stateAt, last[0], stateAt, width);
              return result;
            });
  }

  private static Wiring addedAgain() {
    float[][] before = new float[1][];
    return Wiring.of(Algorithm.PES)
        .window(
            (episode, real, theta, sequence, from, to, gradient) -> {
              double loss = real.estimate(theta, sequence, from, to, gradient);
              float[] own = gradient.clone();
              for (int p = 0; p < own.length && from > 0; p++) {
                gradient[p] += before[0][p];
              }
              before[0] = own;
              return loss;
            });
  }

  private static Wiring sharedState() {
    float[][] start = new float[1][];
    return Wiring.of(Algorithm.PES)
        .rollout(
            (particle, real, theta, sequence, from, to, state, stateAt, loss) -> {
              int width = width(particle.episode().setup);
              if (particle.minus()) {
                System.arraycopy(start[0], 0, state, stateAt, width);
              } else {
                start[0] = Arrays.copyOfRange(state, stateAt, stateAt + width);
              }
              return real.run(theta, sequence, from, to, state, stateAt, loss);
            });
  }

  // Backpropagation.

  private void backpropagation() {
    for (Algorithm algorithm : List.of(Algorithm.BPTT, Algorithm.BPTT_CHECKPOINTED)) {
      String of = " (" + algorithm + ")";
      plant(
          37,
          "W not transposed on the way back" + of,
          algorithm,
          8,
          () ->
              backward(algorithm)
                  .kernel(
                      "pack",
                      (arguments, real, proceed) -> {
                        if ((int) arguments[1] == 0 && (int) arguments[2] == 1) {
                          arguments[2] = arguments[5];
                          arguments[3] = 1;
                        }
                        return proceed.with(arguments);
                      }),
          GRADIENT);
      plant(
          36,
          "1 − α missing on the way back" + of,
          algorithm,
          8,
          () ->
              backward(algorithm)
                  .kernel(
                      "leakyBackward",
                      (arguments, real, proceed) -> {
                        proceed.with(arguments);
                        int at = (int) arguments[6];
                        Arrays.fill((float[]) arguments[5], at, at + (int) arguments[9], 0f);
                        return null;
                      }),
          GRADIENT);
      plant(
          39,
          "slope of the step before" + of,
          algorithm,
          8,
          () ->
              backward(algorithm)
                  .kernel(
                      "leakyBackward",
                      (arguments, real, proceed) -> {
                        arguments[4] = Math.max(0, (int) arguments[4] - (int) arguments[9]);
                        return proceed.with(arguments);
                      }),
          GRADIENT);
      plant(
          40,
          "state after the step in the gradient of W" + of,
          algorithm,
          8,
          () ->
              backward(algorithm)
                  .kernel(
                      "gemmTransposedAdd",
                      (arguments, real, proceed) -> {
                        if (arguments[0].equals(arguments[1])) {
                          // Rows run backwards from the last row of the step; a step is three rows.
                          arguments[4] = (int) arguments[4] + 3 * (int) arguments[0];
                        }
                        return proceed.with(arguments);
                      }),
          GRADIENT);
      plant(
          0,
          "a row of the batch left out of the biases" + of,
          algorithm,
          8,
          () ->
              backward(algorithm)
                  .kernel(
                      "columnSumsAdd",
                      (arguments, real, proceed) -> {
                        arguments[3] = (int) arguments[3] - 1;
                        return proceed.with(arguments);
                      }),
          GRADIENT);
    }
    plant(
        0,
        "adjoint not carried between segments",
        Algorithm.BPTT_CHECKPOINTED,
        8,
        () ->
            taped(
                Algorithm.BPTT_CHECKPOINTED,
                tape ->
                    tape.backward(
                        (theta, sequence, adjoint, gradient) -> {
                          Arrays.fill(adjoint, 0f);
                          tape.real.backward(theta, sequence, adjoint, gradient);
                        })),
        GRADIENT);
    plant(
        0,
        "segments replayed from the zero state",
        Algorithm.BPTT_CHECKPOINTED,
        8,
        () ->
            taped(
                Algorithm.BPTT_CHECKPOINTED,
                tape ->
                    tape.forward(
                        (theta, sequence, from, to, state) -> {
                          Arrays.fill(state, 0f);
                          return tape.real.forward(theta, sequence, from, to, state);
                        })),
        GRADIENT);
    plant(
            0,
            "truncated in the middle of a whole sequence",
            Algorithm.BPTT,
            8,
            () -> Wiring.of(Algorithm.BPTT).window(PlantedBugs::inTwo),
            GRADIENT)
        .unseenBy(STATE);
    plant(
        0,
        "gradient added to instead of overwritten",
        Algorithm.BPTT,
        8,
        () ->
            Wiring.of(Algorithm.BPTT)
                .window(
                    (episode, real, theta, sequence, from, to, gradient) -> {
                      float[] before = gradient.clone();
                      double loss = real.estimate(theta, sequence, from, to, gradient);
                      for (int p = 0; p < before.length; p++) {
                        gradient[p] += before[p];
                      }
                      return loss;
                    }),
        GRADIENT);
    for (Algorithm algorithm : List.of(Algorithm.BPTT, Algorithm.RTRL)) {
      plant(
              24,
              "nothing reset at the end of an episode (" + algorithm + ")",
              algorithm,
              8,
              () -> Wiring.of(algorithm).reset((real, seed) -> {}),
              STATE)
          .unseenBy(GRADIENT);
    }
  }

  /**
   * Twice the least memory: segments of several steps, or there would be no step before in a
   * segment.
   */
  private static Wiring backward(Algorithm algorithm) {
    return Wiring.of(algorithm)
        .setup(
            setup ->
                setup.withTapeBudget(
                    2 * Algorithm.BPTT_CHECKPOINTED.plan(setup.withTapeBudget(0)).bytes()));
  }

  // Real-time recurrent learning. Inside a window it backpropagates, so what is wrong with J or M̄
  // shows on windows.

  private void influence() {
    tape(
        36,
        "1 − α missing in J",
        tape ->
            tape.jacobian(
                (theta, step, row, out, outAt) -> {
                  tape.real.jacobianTransposed(theta, step, row, out, outAt);
                  for (int i = 0; i < UNITS; i++) {
                    out[outAt + i * UNITS + i] -= 1 - ALPHA;
                  }
                }));
    tape(
        37,
        "W transposed in J",
        tape ->
            tape.jacobian(
                (theta, step, row, out, outAt) -> {
                  float[] turned = theta.clone();
                  for (int i = 0; i < UNITS; i++) {
                    for (int j = 0; j < UNITS; j++) {
                      turned[i * UNITS + j] = theta[j * UNITS + i];
                    }
                  }
                  tape.real.jacobianTransposed(turned, step, row, out, outAt);
                }));
    tape(38, "M not zero at the start", PlantedBugs::initialInfluence);
    tape(
        39,
        "slope of the step before",
        tape ->
            tape.gains(
                    (step, row, out, outAt) ->
                        tape.real.gains(Math.max(0, step - 1), row, out, outAt))
                .jacobian(
                    (theta, step, row, out, outAt) ->
                        tape.real.jacobianTransposed(
                            theta, Math.max(0, step - 1), row, out, outAt)));
    tape(40, "state after the step in the immediate term", PlantedBugs::laterSources);
    tape(
        0,
        "influence forgotten between windows",
        tape ->
            tape.backward(
                (theta, sequence, adjoint, gradient) -> {
                  tape.real.backward(theta, sequence, adjoint, gradient);
                  Arrays.fill(adjoint, 0f);
                }));
  }

  /** M = c rᵀ with every element 0.1 at the start of an episode: c follows J, r is one. */
  private static Taped initialInfluence(Taped tape) {
    List<float[]> c = new ArrayList<>();
    int[] steps = {0};
    return tape.forward(
            (theta, sequence, from, to, state) -> {
              if (from == 0) {
                c.clear();
                for (int row = 0; row < sequence.batch(); row++) {
                  float[] one = new float[UNITS];
                  Arrays.fill(one, 0.1f);
                  c.add(one);
                }
              }
              steps[0] = to - from;
              return tape.real.forward(theta, sequence, from, to, state);
            })
        .backward(
            (theta, sequence, adjoint, gradient) -> {
              tape.real.backward(theta, sequence, adjoint, gradient);
              for (int row = 0; row < c.size(); row++) {
                float credit = 0;
                for (int i = 0; i < UNITS; i++) {
                  credit += adjoint[row * UNITS + i] * c.get(row)[i];
                }
                for (int p = 0; p < UNITS * SOURCES; p++) {
                  gradient[p] += credit;
                }
                for (int step = 0; step < steps[0]; step++) {
                  c.set(row, advanced(tape.real, theta, step, row, c.get(row)));
                }
              }
            });
  }

  /** J c. */
  private static float[] advanced(RowLocalTape tape, float[] theta, int step, int row, float[] c) {
    float[] jacobian = new float[UNITS * UNITS];
    tape.jacobianTransposed(theta, step, row, jacobian, 0);
    float[] next = new float[UNITS];
    for (int i = 0; i < UNITS; i++) {
      for (int j = 0; j < UNITS; j++) {
        next[i] += jacobian[j * UNITS + i] * c[j];
      }
    }
    return next;
  }

  private static Taped laterSources(Taped tape) {
    float[][] last = new float[1][];
    int[] steps = {0};
    return tape.forward(
            (theta, sequence, from, to, state) -> {
              steps[0] = to - from;
              double loss = tape.real.forward(theta, sequence, from, to, state);
              last[0] = state.clone();
              return loss;
            })
        .sources(
            (sequence, step, row, out, outAt) -> {
              tape.real.sources(sequence, step, row, out, outAt);
              if (step + 1 < steps[0]) {
                float[] after = new float[SOURCES];
                tape.real.sources(sequence, step + 1, row, after, 0);
                System.arraycopy(after, 0, out, outAt, UNITS);
              } else {
                System.arraycopy(last[0], row * UNITS, out, outAt, UNITS);
              }
            });
  }

  // Of the problem that deterministic estimators are tried on.
  private static final float ALPHA = 0.6f;
  private static final int UNITS = 5;
  private static final int SOURCES = UNITS + 3 + 1;

  private void tape(int number, String name, UnaryOperator<Taped> change) {
    plant(
            number,
            name + " (RTRL)",
            Algorithm.RTRL,
            3,
            () -> taped(Algorithm.RTRL, change),
            GRADIENT)
        .unseenBy(STATE);
  }

  private static Wiring taped(Algorithm algorithm, UnaryOperator<Taped> change) {
    return Wiring.of(algorithm).tape((setup, real) -> change.apply(new Taped(real)));
  }

  /** A tape whose methods can each be exchanged; those that are not are the real ones. */
  private static final class Taped implements RowLocalTape {
    private interface Forward {
      double run(float[] theta, Sequence sequence, int from, int to, float[] state);
    }

    private interface Backward {
      void run(float[] theta, Sequence sequence, float[] adjoint, float[] gradient);
    }

    private interface Gains {
      void fill(int step, int row, float[] out, int outAt);
    }

    private interface Sources {
      void fill(Sequence sequence, int step, int row, float[] out, int outAt);
    }

    private interface Jacobian {
      void fill(float[] theta, int step, int row, float[] out, int outAt);
    }

    private final RowLocalTape real;
    private Forward forward;
    private Backward backward;
    private Gains gains;
    private Sources sources;
    private Jacobian jacobian;

    Taped(RowLocalTape real) {
      this.real = real;
      forward = real::forward;
      backward = real::backward;
      gains = real::gains;
      sources = real::sources;
      jacobian = real::jacobianTransposed;
    }

    Taped forward(Forward value) {
      forward = value;
      return this;
    }

    Taped backward(Backward value) {
      backward = value;
      return this;
    }

    Taped gains(Gains value) {
      gains = value;
      return this;
    }

    Taped sources(Sources value) {
      sources = value;
      return this;
    }

    Taped jacobian(Jacobian value) {
      jacobian = value;
      return this;
    }

    @Override
    public double forward(float[] theta, Sequence sequence, int from, int to, float[] state) {
      return forward.run(theta, sequence, from, to, state);
    }

    @Override
    public void backward(float[] theta, Sequence sequence, float[] adjoint, float[] gradient) {
      backward.run(theta, sequence, adjoint, gradient);
    }

    @Override
    public void gains(int step, int row, float[] out, int outAt) {
      gains.fill(step, row, out, outAt);
    }

    @Override
    public void sources(Sequence sequence, int step, int row, float[] out, int outAt) {
      sources.fill(sequence, step, row, out, outAt);
    }

    @Override
    public void jacobianTransposed(float[] theta, int step, int row, float[] out, int outAt) {
      jacobian.fill(theta, step, row, out, outAt);
    }

    @Override
    public double jvp(float[] theta, Sequence sequence, float[] direction, float[] stateTangent) {
      return real.jvp(theta, sequence, direction, stateTangent);
    }

    @Override
    public void state(int step, int row, float[] out, int outAt) {
      real.state(step, row, out, outAt);
    }

    @Override
    public void jvpState(
        float[] theta, int step, int row, float[] tangent, int tangentAt, float[] out, int outAt) {
      real.jvpState(theta, step, row, tangent, tangentAt, out, outAt);
    }

    @Override
    public void vjpState(
        float[] theta, int step, int row, float[] nu, int nuAt, float[] out, int outAt) {
      real.vjpState(theta, step, row, nu, nuAt, out, outAt);
    }

    @Override
    public void vjpParametersAdd(
        float[] theta,
        Sequence sequence,
        int step,
        int row,
        float[] nu,
        int nuAt,
        float[] gradient,
        int gradientAt) {
      real.vjpParametersAdd(theta, sequence, step, row, nu, nuAt, gradient, gradientAt);
    }

    @Override
    public void stateGradient(float[] theta, Sequence sequence, int step, float[] out, int outAt) {
      real.stateGradient(theta, sequence, step, out, outAt);
    }

    @Override
    public void lossParametersAdd(float[] theta, Sequence sequence, float[] gradient) {
      real.lossParametersAdd(theta, sequence, gradient);
    }

    @Override
    public void local(int step, int row, float[] out, int outAt) {
      real.local(step, row, out, outAt);
    }
  }

  // Kernels and the random source.

  private void kernels() {
    kernel(
        "last column of a product dropped",
        Algorithm.ES,
        "gemmPackedAdd",
        arguments -> arguments[1] = Math.max(0, (int) arguments[1] - 1),
        BITS,
        MEAN);
    kernel(
        "last column of a product dropped (BPTT)",
        Algorithm.BPTT,
        "gemmPackedAdd",
        arguments -> arguments[1] = Math.max(0, (int) arguments[1] - 1),
        BITS,
        GRADIENT);
    kernel(
        "tail of axpy dropped",
        Algorithm.ES,
        "axpy",
        arguments -> arguments[5] = (int) arguments[5] / 16 * 16,
        BITS);
    kernel(
        "tail of perturb dropped",
        Algorithm.ES,
        "perturb",
        arguments -> arguments[9] = (int) arguments[9] / 16 * 16,
        BITS);
    kernel(
            "counter of the random source one ahead",
            Algorithm.ES,
            "gaussian",
            arguments -> arguments[3] = (int) arguments[3] + 1,
            BITS)
        .unseenBy(NOISE, MEAN);
    plant(
            0,
            "one lane rounds upwards",
            Algorithm.BPTT,
            8,
            () ->
                Wiring.of(Algorithm.BPTT)
                    .kernel(
                        "leakyStep",
                        (arguments, real, proceed) -> {
                          proceed.with(arguments);
                          int n = (int) arguments[10];
                          if (n > 0) {
                            float[] next = (float[]) arguments[6];
                            int at = (int) arguments[7] + n - 1;
                            next[at] = Math.nextUp(next[at]);
                          }
                          return null;
                        }),
            BITS)
        .unseenBy(GRADIENT);
    plant(
            0,
            "lanes of dot added in another order",
            Algorithm.BPTT,
            8,
            () ->
                Wiring.of(Algorithm.BPTT)
                    .kernel(
                        "dot",
                        (arguments, real, proceed) -> {
                          float sum = 0;
                          for (int i = 0; i < (int) arguments[4]; i++) {
                            sum =
                                Math.fma(
                                    ((float[]) arguments[0])[(int) arguments[1] + i],
                                    ((float[]) arguments[2])[(int) arguments[3] + i],
                                    sum);
                          }
                          return sum;
                        }),
            BITS)
        .unseenBy(GRADIENT);
    plant(
        0,
        "slope of the sigmoid where tanh is meant",
        Algorithm.BPTT,
        8,
        () ->
            Wiring.of(Algorithm.BPTT)
                .kernel(
                    "leakyStep",
                    (arguments, real, proceed) -> {
                      int n = (int) arguments[10];
                      float[] slope = (float[]) arguments[8];
                      proceed.with(arguments);
                      for (int i = (int) arguments[9]; i < (int) arguments[9] + n; i++) {
                        // With s = α (1 − f²): f² = 1 − s/α, and the wrong slope is α (f − f²) with
                        // |f|.
                        float square = 1 - slope[i] / ALPHA;
                        slope[i] = ALPHA * ((float) Math.sqrt(Math.max(0, square)) - square);
                      }
                      return null;
                    }),
        BITS,
        GRADIENT);
    plant(
        0,
        "draws of the random source biased",
        Algorithm.ES,
        8,
        () ->
            Wiring.of(Algorithm.ES)
                .kernel(
                    "gaussian",
                    (arguments, real, proceed) -> {
                      proceed.with(arguments);
                      float[] out = (float[]) arguments[4];
                      int at = (int) arguments[5];
                      for (int i = at; i < at + (int) arguments[6]; i++) {
                        out[i] += 0.05f;
                      }
                      return null;
                    }),
        BITS,
        NOISE);
  }

  private Bug kernel(
      String name,
      Algorithm algorithm,
      String kernel,
      Consumer<Object[]> change,
      Trial.Tier... killers) {
    return plant(
        0,
        name,
        algorithm,
        8,
        () ->
            Wiring.of(algorithm)
                .kernel(
                    kernel,
                    (arguments, real, proceed) -> {
                      change.accept(arguments);
                      return proceed.with(arguments);
                    }),
        killers);
  }
}
