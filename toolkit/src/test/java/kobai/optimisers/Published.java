package kobai.optimisers;

import java.util.Arrays;

/**
 * The published formulas of the optimisers, written down a second time in double and without any
 * thought of speed; θ carries a bound for the float program.
 */
abstract class Published {
  final Rounded[] theta;
  final Rounded[] m;
  final Rounded[] v;
  int t;

  Published(double... theta) {
    this.theta = Arrays.stream(theta).mapToObj(Rounded::exactly).toArray(Rounded[]::new);
    m = zeros(theta.length);
    v = zeros(theta.length);
  }

  /** One step with gradient g; {@link #t} counts from 1. */
  final void step(double... gradient) {
    t++;
    Rounded[] g = Arrays.stream(gradient).mapToObj(Rounded::exactly).toArray(Rounded[]::new);
    step(g);
  }

  abstract void step(Rounded[] g);

  final double value(int i) {
    return theta[i].value();
  }

  private static Rounded[] zeros(int count) {
    Rounded[] zeros = new Rounded[count];
    Arrays.fill(zeros, Rounded.exactly(0));
    return zeros;
  }

  /** The norm; a sum of n terms of one sign in any order errs by less than n roundings of it. */
  static Rounded norm(Rounded[] g) {
    double squares = Arrays.stream(g).mapToDouble(x -> x.value() * x.value()).sum();
    double error = Arrays.stream(g).mapToDouble(x -> 2 * Math.abs(x.value()) * x.error()).sum();
    return new Rounded(squares, error + g.length * 0x1p-24 * squares * 1.001).root();
  }

  static Published normalised(double eta, double... theta) {
    return new Published(theta) {
      @Override
      void step(Rounded[] g) {
        Rounded norm = norm(g);
        for (int i = 0; i < theta.length && norm.value() > 0; i++) {
          this.theta[i] = this.theta[i].minus(g[i].times(eta).over(norm));
        }
      }
    };
  }

  static Published sgd(double eta, double... theta) {
    return new Published(theta) {
      @Override
      void step(Rounded[] g) {
        for (int i = 0; i < theta.length; i++) {
          this.theta[i] = this.theta[i].minus(g[i].times(eta));
        }
      }
    };
  }

  static Published momentum(double eta, double mu, double... theta) {
    return new Published(theta) {
      @Override
      void step(Rounded[] g) {
        for (int i = 0; i < theta.length; i++) {
          m[i] = m[i].times(mu).plus(g[i].times(eta));
          this.theta[i] = this.theta[i].minus(m[i]);
        }
      }
    };
  }

  static Published nesterov(double eta, double mu, double... theta) {
    return new Published(theta) {
      @Override
      void step(Rounded[] g) {
        for (int i = 0; i < theta.length; i++) {
          m[i] = m[i].times(mu).plus(g[i].times(eta));
          this.theta[i] = this.theta[i].minus(m[i].times(mu).plus(g[i].times(eta)));
        }
      }
    };
  }

  static Published adagrad(double eta, double epsilon, double... theta) {
    return new Published(theta) {
      @Override
      void step(Rounded[] g) {
        for (int i = 0; i < theta.length; i++) {
          v[i] = v[i].plus(g[i].times(g[i]));
          this.theta[i] = this.theta[i].minus(g[i].times(eta).over(v[i].plus(epsilon).root()));
        }
      }
    };
  }

  static Published rmsprop(double eta, double beta2, double epsilon, double... theta) {
    return new Published(theta) {
      @Override
      void step(Rounded[] g) {
        for (int i = 0; i < theta.length; i++) {
          v[i] = v[i].times(beta2).plus(g[i].times(g[i]).times(1 - beta2));
          this.theta[i] = this.theta[i].minus(g[i].times(eta).over(v[i].root().plus(epsilon)));
        }
      }
    };
  }

  static Published adam(
      boolean inside, double eta, double beta1, double beta2, double epsilon, double... theta) {
    return new Published(theta) {
      @Override
      void step(Rounded[] g) {
        for (int i = 0; i < theta.length; i++) {
          m[i] = m[i].times(beta1).plus(g[i].times(1 - beta1));
          v[i] = v[i].times(beta2).plus(g[i].times(g[i]).times(1 - beta2));
          Rounded mean = m[i].over(1 - Math.pow(beta1, t));
          Rounded square = v[i].over(1 - Math.pow(beta2, t));
          Rounded divisor = inside ? square.plus(epsilon).root() : square.root().plus(epsilon);
          this.theta[i] = this.theta[i].minus(mean.times(eta).over(divisor));
        }
      }
    };
  }

  static Published adabound(
      double eta,
      double beta1,
      double beta2,
      double epsilon,
      double finalRate,
      double gamma,
      double... theta) {
    return new Published(theta) {
      @Override
      void step(Rounded[] g) {
        double step = eta * Math.sqrt(1 - Math.pow(beta2, t)) / (1 - Math.pow(beta1, t));
        double low = finalRate * (1 - 1 / (gamma * t + 1));
        double high = finalRate * (1 + 1 / (gamma * t));
        for (int i = 0; i < theta.length; i++) {
          m[i] = m[i].times(beta1).plus(g[i].times(1 - beta1));
          v[i] = v[i].times(beta2).plus(g[i].times(g[i]).times(1 - beta2));
          Rounded size = Rounded.exactly(step).over(v[i].root().plus(epsilon));
          this.theta[i] = this.theta[i].minus(size.within(low, high).times(m[i]));
        }
      }
    };
  }

  /** θ ← (1 − ηλ) θ before each step of a rule. */
  static Published decoupled(double eta, double lambda, Published rule) {
    return new Published() {
      @Override
      void step(Rounded[] g) {
        for (int i = 0; i < rule.theta.length; i++) {
          rule.theta[i] = rule.theta[i].times(1 - eta * lambda);
        }
        rule.t++;
        rule.step(g);
      }
    };
  }

  /** g + λθ for the rule. */
  static Published coupled(double lambda, Published rule) {
    return new Published() {
      @Override
      void step(Rounded[] g) {
        Rounded[] decayed = new Rounded[g.length];
        for (int i = 0; i < g.length; i++) {
          decayed[i] = g[i].plus(rule.theta[i].times(lambda));
        }
        rule.t++;
        rule.step(decayed);
      }
    };
  }

  /** g min(1, c/‖g‖) for the rule. */
  static Published clippedByNorm(double most, Published rule) {
    return new Published() {
      @Override
      void step(Rounded[] g) {
        Rounded norm = norm(g);
        Rounded[] clipped = g.clone();
        for (int i = 0; i < g.length && norm.value() > most; i++) {
          clipped[i] = g[i].times(Rounded.exactly(most).over(norm));
        }
        rule.t++;
        rule.step(clipped);
      }
    };
  }

  /** min(max(g, −c), c) for the rule. */
  static Published clippedByValue(double most, Published rule) {
    return new Published() {
      @Override
      void step(Rounded[] g) {
        Rounded[] clipped = g.clone();
        for (int i = 0; i < g.length; i++) {
          clipped[i] = g[i].within(-most, most);
        }
        rule.t++;
        rule.step(clipped);
      }
    };
  }
}
