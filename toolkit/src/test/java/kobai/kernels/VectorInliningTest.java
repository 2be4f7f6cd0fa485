package kobai.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * A loop of many vector operations must be too long to be inlined into whoever calls it: there it
 * may exceed what the compiler inlines of the Vector API, and every vector becomes an object (log
 * 25 times slower, after some seconds, in some callers only: no test that runs a kernel saw it).
 */
class VectorInliningTest {
  /** Bytes of code up to which the virtual machine inlines a method that is called often. */
  private static final int FREQ_INLINE_SIZE = 325;

  /**
   * Calls of the Vector API in a loop. The shortest loops that were seen to allocate where they
   * were inlined had 34 (the radii of Gaussian noise), 37 (log) and 40 (exp at 256 bits).
   */
  private static final int MOST_CALLS = 30;

  /**
   * Fused steps, whose functions written out in full would be the same 25 lines four times, and in
   * a pass of their own cost up to a fifth more for 64 to 256 numbers. Their callers are the tapes,
   * which the contract of the estimators shows to allocate nothing.
   */
  private static final Set<String> FUSED =
      Set.of(
          "VectorFunctions.leakyTanh",
          "VectorFunctions.leakySigmoid",
          "VectorCells.lstmRow",
          "VectorCells.gruRow");

  private static final List<Class<?>> CLASSES =
      List.of(
          VectorKernels.class,
          VectorFunctions.class,
          VectorCells.class,
          VectorNoise.class,
          VectorDots.class,
          VectorRows.class,
          VectorColumns.class,
          VectorProducts.class,
          VectorDiagonals.class,
          VectorTraces.class,
          WideTiles.class,
          NarrowTiles.class,
          DiagonalElements.class);

  /** What the compiler sees of a method. */
  private record Code(int bytes, boolean loop, int vectorCalls, List<String> calls) {}

  @Test
  void loopsOfManyVectorOperationsAreTooLongToBeInlined() throws IOException {
    Map<String, Code> methods = new HashMap<>();
    for (Class<?> type : CLASSES) {
      read(type, methods);
    }
    List<String> inlined = new ArrayList<>();
    int loops = 0;
    for (Map.Entry<String, Code> method : methods.entrySet()) {
      Code code = method.getValue();
      int calls = vectorCalls(method.getKey(), methods, new HashSet<>());
      if (code.loop() && calls > MOST_CALLS) {
        loops++;
        String name = method.getKey().replaceFirst("\\(.*", "").replaceFirst(".*/", "");
        if (code.bytes() <= FREQ_INLINE_SIZE && !FUSED.contains(name)) {
          inlined.add(name + ": " + code.bytes() + " bytes, " + calls + " calls");
        }
      }
    }
    assertTrue(loops > 10, loops + " long loops: the reader finds none");
    assertEquals(List.of(), inlined);
  }

  private static void read(Class<?> type, Map<String, Code> methods) throws IOException {
    ClassModel model;
    try (InputStream stream = type.getResourceAsStream(type.getSimpleName() + ".class")) {
      model = ClassFile.of().parse(stream.readAllBytes());
    }
    for (MethodModel method : model.methods()) {
      method
          .code()
          .ifPresent(
              code -> {
                int bytes = 0;
                boolean loop = false;
                int vectorCalls = 0;
                List<String> calls = new ArrayList<>();
                Set<Label> behind = new HashSet<>();
                for (CodeElement element : code) {
                  if (element instanceof Instruction instruction) {
                    bytes += instruction.sizeInBytes();
                  }
                  switch (element) {
                    case LabelTarget target -> behind.add(target.label());
                    case BranchInstruction branch -> loop |= behind.contains(branch.target());
                    case InvokeInstruction call -> {
                      String owner = call.owner().asInternalName();
                      if (owner.startsWith("jdk/incubator/vector/")) {
                        vectorCalls++;
                      } else {
                        calls.add(owner + "." + call.name() + call.type());
                      }
                    }
                    default -> {}
                  }
                }
                String name =
                    model.thisClass().asInternalName()
                        + "."
                        + method.methodName()
                        + method.methodType();
                methods.put(name, new Code(bytes, loop, vectorCalls, calls));
              });
    }
  }

  /** Those of a method and of what is inlined into it: helpers without a loop of their own. */
  private static int vectorCalls(String name, Map<String, Code> methods, Set<String> path) {
    Code code = methods.get(name);
    if (code == null || !path.add(name)) {
      return 0;
    }
    int sum = code.vectorCalls();
    for (String call : code.calls()) {
      Code callee = methods.get(call);
      if (callee != null && !callee.loop()) {
        sum += vectorCalls(call, methods, path);
      }
    }
    path.remove(name);
    return sum;
  }
}
