package kobai.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

class WorkspaceTest {
  @Test
  void theLedgerHoldsEveryArrayUnderItsName() {
    Workspace workspace = Workspace.allocating();
    assertEquals(10, workspace.floats("a", 10).length);
    assertEquals(3, workspace.child("inner").doubles("a", 3).length);
    assertEquals(Map.of("a", 40L, "inner/a", 24L), workspace.ledger());
    assertEquals(64, workspace.bytes());
    assertEquals(40, workspace.largest());
  }

  @Test
  void arraysOfOneNameAreCountedAtEveryDepth() {
    Workspace workspace = Workspace.planning();
    workspace.floats("scratch", 1);
    workspace.child("tape").doubles("scratch", 2);
    workspace.child("tape").child("layer 1").floats("scratch", 4);
    workspace.floats("more scratch", 100);
    assertEquals(4 + 16 + 16, workspace.bytesOf("scratch"));
    assertEquals(0, workspace.bytesOf("states"));
  }

  @Test
  void planningCountsWithoutAllocatingEvenWhatNoArrayCanHold() {
    Workspace workspace = Workspace.planning();
    assertEquals(0, workspace.floats("influence", 1L << 40).length);
    assertEquals(4L << 40, workspace.bytes());
    int[] places = {3, 1};
    assertEquals(places, workspace.indices("places", places));
    assertEquals((4L << 40) + 8, workspace.bytes());
  }

  @Test
  void anArrayThatCannotBeIsRefusedWithItsNumber() {
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class,
            () -> Workspace.allocating().child("tape").floats("states", 1L << 31));
    assertTrue(
        refusal
            .getMessage()
            .startsWith("tape/states = 2147483648 elements: must be in [0, 2147483639]"));
  }

  @Test
  void aNameIsTakenOnce() {
    Workspace workspace = Workspace.allocating();
    workspace.floats("a", 1);
    assertThrows(IllegalArgumentException.class, () -> workspace.floats("a", 1));
  }
}
