package kobai.verify;

/** A dual number a + b·ε, ε² = 0: carries the value and the derivative in one chosen direction. */
record Dual(double value, double tangent) {
  static Dual constant(double value) {
    return new Dual(value, 0);
  }

  Dual plus(Dual other) {
    return new Dual(value + other.value, tangent + other.tangent);
  }

  Dual minus(Dual other) {
    return new Dual(value - other.value, tangent - other.tangent);
  }

  Dual times(Dual other) {
    return new Dual(value * other.value, tangent * other.value + value * other.tangent);
  }

  Dual times(double factor) {
    return new Dual(value * factor, tangent * factor);
  }

  Dual exp() {
    double e = Math.exp(value);
    return new Dual(e, e * tangent);
  }

  Dual log() {
    return new Dual(Math.log(value), tangent / value);
  }

  Dual tanh() {
    double t = Math.tanh(value);
    double c = Math.cosh(value);
    return new Dual(t, tangent / (c * c));
  }

  Dual sigmoid() {
    double e = Math.exp(-value);
    double s = 1 / (1 + e);
    return new Dual(s, tangent * e / ((1 + e) * (1 + e)));
  }

  Dual positivePart() {
    return value > 0 ? this : constant(0);
  }
}
