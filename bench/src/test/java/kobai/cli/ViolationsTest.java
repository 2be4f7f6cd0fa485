package kobai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class ViolationsTest {
  @Test
  void allAreRaisedAtOnceInOrder() {
    var violations = new Violations();
    violations.require(false, "first");
    violations.require(true, "not this");
    violations.collect(() -> Integer.parseInt("7"));
    violations.collect(
        () -> {
          throw new IllegalArgumentException("second");
        });
    assertFalse(violations.isEmpty());
    var raised = assertThrows(IllegalArgumentException.class, violations::raise);
    assertEquals("first\nsecond", raised.getMessage());
  }

  @Test
  void nothingIsRaisedWhenAllIsWell() {
    var violations = new Violations();
    violations.require(true, "not this");
    violations.raise();
    assertTrue(violations.isEmpty());
  }

  @Test
  void otherExceptionsAreNotSwallowed() {
    var violations = new Violations();
    assertThrows(
        IllegalStateException.class,
        () ->
            violations.collect(
                () -> {
                  throw new IllegalStateException("a fault");
                }));
  }
}
