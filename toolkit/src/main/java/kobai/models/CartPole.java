package kobai.models;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.random.RandomKey;

/**
 * A cart on a track with a pole that hangs from it, and a small network that pushes the cart: the
 * pole is to be swung up and kept upright. There is no friction.
 *
 * <pre>
 * (M + m) ẍ + m l θ̈ cos θ − m l θ̇² sin θ = F                       (1)
 * m l ẍ cos θ + 4/3 m l² θ̈ − m g l sin θ = 0                       (2)
 * M = 1 kg, m = 0.1 kg, l = ½ m (half the pole), g = 9.8 m/s², θ = 0 upright
 * F = 10 N · tanh(c + V tanh(b + W z)), z = (x/2.4 | v/4 | sin θ | cos θ | ω/8)     (3)
 * ℓₜ = 1 − ½ (1 + cos θ) (1 − (x/2.4)²),  2 once |x| > 2.4 m         (4)
 * </pre>
 *
 * <p>A step is 0.04 s by the classical Runge–Kutta method, with F held. A cart that has left its
 * track stays where it is, and costs 2, to the end of the episode: an end that depends on the
 * particle. T − Σ ℓₜ is the return of an episode: T for a pole that is upright throughout, 0 for
 * one that hangs still, −T at worst.
 *
 * <p>An episode begins where the state is zero: at the cart and pole (x, v, θ − π, ω) that stand in
 * the input of that step, so that particles may begin at any step of a sequence. The target is not
 * looked at. A state is x, v, θ, ω, 1 from the first step on, 1 once off the track.
 *
 * <p>Cost per step and row: four evaluations of (1) and (2), and 6 H multiplications for H hidden
 * units.
 *
 * <p>Source: Barto, Sutton and Anderson (1983), IEEE Transactions on Systems, Man, and Cybernetics
 * 13(5), constants; equations without the published slip in the sign of friction: Florian (2007),
 * Correct equations for the dynamics of the cart-pole system.
 *
 * @param hidden units H of the network
 */
public record CartPole(int hidden) implements RecurrentModel {
  /** Seconds of a step. */
  public static final double STEP = 0.04;

  /** The cart may go this far to either side, in metres. */
  public static final double TRACK = 2.4;

  private static final double CART = 1;
  private static final double POLE = 0.1;
  private static final double HALF_LENGTH = 0.5;
  private static final double GRAVITY = 9.8;
  private static final double PUSH = 10;
  private static final double SPEED = 4;
  private static final double TURN = 8;

  /** Cost of a step off the track: twice that of a pole that hangs still. */
  private static final double LOST = 2;

  /** A uniform rod's moment of inertia about its end, over m l². */
  private static final double ROD = 4.0 / 3;

  private static final int SIZE = 6;
  private static final int SEEN = 5;
  private static final int PLACES = 4;
  private static final int BEGUN = 4;
  private static final int GONE = 5;

  public CartPole {
    if (hidden < 1) {
      throw new IllegalArgumentException("hidden = %d: must be at least 1".formatted(hidden));
    }
  }

  @Override
  public String name() {
    return "cart-pole with " + hidden + " hidden units";
  }

  @Override
  public int stateSize() {
    return SIZE;
  }

  @Override
  public int inputSize() {
    return PLACES;
  }

  @Override
  public int targetSize() {
    return 1;
  }

  @Override
  public Parameters parameters() {
    return new Parameters.Builder()
        .add("W", hidden, SEEN)
        .add("b", 1, hidden)
        .add("V", 1, hidden)
        .add("c", 1, 1)
        .build();
  }

  /** Overwrites θ: W of variance 1/5, the rest 0, so that the cart is not pushed at first. */
  @Override
  public void initialise(RandomKey key, float[] theta) {
    Arrays.fill(theta, 0f);
    Kernels kernels = Implementation.SCALAR.kernels();
    kernels.gaussian(key.seed(), 0, 0, 0, theta, 0, hidden * SEEN);
    kernels.scale((float) (1 / Math.sqrt(SEEN)), theta, 0, hidden * SEEN);
  }

  /**
   * Advances place = (x, v, θ, ω) by {@code seconds} under a force held constant; scratch [8].
   *
   * @param force in newtons
   */
  public static void advance(double[] place, double force, double seconds, double[] scratch) {
    double half = seconds / 2;
    slope(place[0], place[1], place[2], place[3], force, scratch, 0);
    System.arraycopy(scratch, 0, scratch, PLACES, PLACES);
    for (int stage = 1; stage < PLACES; stage++) {
      double ahead = stage == PLACES - 1 ? seconds : half;
      slope(
          place[0] + ahead * scratch[0],
          place[1] + ahead * scratch[1],
          place[2] + ahead * scratch[2],
          place[3] + ahead * scratch[3],
          force,
          scratch,
          0);
      for (int i = 0; i < PLACES; i++) {
        scratch[PLACES + i] += (stage == PLACES - 1 ? 1 : 2) * scratch[i];
      }
    }
    for (int i = 0; i < PLACES; i++) {
      place[i] += seconds / 6 * scratch[PLACES + i];
    }
  }

  /**
   * Overwrites out with the derivative of (x, v, θ, ω) in time: (1) and (2) solved for ẍ and θ̈.
   */
  private static void slope(
      double x, double v, double angle, double turn, double force, double[] out, int outAt) {
    double sine = StrictMath.sin(angle);
    double cosine = StrictMath.cos(angle);
    double mass = CART + POLE;
    double push = (force + POLE * HALF_LENGTH * turn * turn * sine) / mass;
    double bend =
        (GRAVITY * sine - cosine * push) / (HALF_LENGTH * (ROD - POLE * cosine * cosine / mass));
    out[outAt] = v;
    out[outAt + 1] = push - POLE * HALF_LENGTH * bend * cosine / mass;
    out[outAt + 2] = turn;
    out[outAt + 3] = bend;
  }

  /** Kinetic and potential energy of place = (x, v, θ, ω) in joules; 0 at rest at right angles. */
  public static double energy(double[] place) {
    double cosine = StrictMath.cos(place[2]);
    double v = place[1];
    double turn = place[3];
    return 0.5 * (CART + POLE) * v * v
        + POLE * HALF_LENGTH * v * turn * cosine
        + 0.5 * ROD * POLE * HALF_LENGTH * HALF_LENGTH * turn * turn
        + POLE * GRAVITY * HALF_LENGTH * cosine;
  }

  /** Momentum along the track of place = (x, v, θ, ω) in kg m/s. */
  public static double momentum(double[] place) {
    return (CART + POLE) * place[1] + POLE * HALF_LENGTH * place[3] * StrictMath.cos(place[2]);
  }

  @Override
  public Rollout rollout(Kernels kernels, Workspace workspace, int window, int batch) {
    return new Cart(this, kernels, workspace, batch);
  }

  /** Runs (3), then (1) and (2), then (4). */
  private static final class Cart implements Rollout {
    private final CartPole model;
    private final Kernels kernels;
    private final int batch;
    private final float[] units;
    private final double[] seen;
    private final double[] place;
    private final double[] scratch;

    Cart(CartPole model, Kernels kernels, Workspace workspace, int batch) {
      this.model = model;
      this.kernels = kernels;
      this.batch = batch;
      units = workspace.floats("units", model.hidden);
      seen = workspace.doubles("seen", SEEN);
      place = workspace.doubles("place", PLACES);
      scratch = workspace.doubles("slopes", 2 * PLACES);
    }

    @Override
    public double run(
        float[] theta,
        Sequence sequence,
        int from,
        int to,
        float[] state,
        int stateAt,
        double loss) {
      DynamicalRollout.check(model, theta, sequence, batch, from, to);
      for (int t = from; t < to; t++) {
        double sum = 0;
        for (int row = 0; row < batch; row++) {
          sum +=
              step(
                  theta,
                  sequence.inputs(),
                  sequence.inputAt(t) + row * PLACES,
                  state,
                  stateAt + row * SIZE);
        }
        loss += sum / batch;
      }
      return loss;
    }

    private double step(float[] theta, float[] inputs, int inputAt, float[] state, int at) {
      if (state[at + BEGUN] == 0) {
        System.arraycopy(inputs, inputAt, state, at, PLACES);
        state[at + 2] += (float) Math.PI;
        state[at + BEGUN] = 1;
      }
      if (state[at + GONE] != 0) {
        return LOST;
      }
      for (int i = 0; i < PLACES; i++) {
        place[i] = state[at + i];
      }
      advance(place, force(theta), STEP, scratch);
      for (int i = 0; i < PLACES; i++) {
        state[at + i] = (float) place[i];
      }
      double off = place[0] / TRACK;
      if (!(Math.abs(off) <= 1)) {
        state[at + GONE] = 1;
        return LOST;
      }
      return 1 - 0.5 * (1 + StrictMath.cos(place[2])) * (1 - off * off);
    }

    private double force(float[] theta) {
      int hidden = model.hidden;
      seen[0] = place[0] / TRACK;
      seen[1] = place[1] / SPEED;
      seen[2] = StrictMath.sin(place[2]);
      seen[3] = StrictMath.cos(place[2]);
      seen[4] = place[3] / TURN;
      int biases = hidden * SEEN;
      for (int unit = 0; unit < hidden; unit++) {
        double sum = theta[biases + unit];
        for (int i = 0; i < SEEN; i++) {
          sum += theta[unit * SEEN + i] * seen[i];
        }
        units[unit] = (float) sum;
      }
      kernels.tanh(units, 0, units, 0, hidden);
      double out = theta[biases + 2 * hidden];
      for (int unit = 0; unit < hidden; unit++) {
        out += (double) theta[biases + hidden + unit] * units[unit];
      }
      units[0] = (float) out;
      kernels.tanh(units, 0, units, 0, 1);
      return PUSH * units[0];
    }
  }
}
