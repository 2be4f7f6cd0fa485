package kobai.props;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.models.DifferentiableModel;
import kobai.models.EmbeddingModel;
import kobai.models.LeakyRnn;
import kobai.models.Loss;
import kobai.models.Models;
import kobai.models.StackedModel;
import kobai.random.RandomKey;
import kobai.tasks.Task;
import kobai.tasks.TaskOptions;
import kobai.tasks.Tasks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The bits of every algorithm on real text, at every vector width and on every machine. A change
 * here is a numerical change: its commit says {@code numerics:} and why.
 */
class GoldenContract {
  @ParameterizedTest
  @CsvSource({
    "BPTT, 40, -154763190",
    "BPTT, 7, -1887494419",
    "BPTT_CHECKPOINTED, 40, -154763190",
    "RTRL, 1, 236523982",
    "RTRL, 7, -1975829431",
    "RFLO, 1, -15973429",
    "RFLO, 7, 100173472",
    "E_PROP, 7, 100173472",
    "SNAP_1, 7, -1693171071",
    "SNAP_2, 7, -543484007",
    "KERNL, 7, -1884173855",
    "DNI, 7, 824085650",
    "ES, 40, 178531932",
    "ES, 7, 1093836237",
    "ES_KEEP_STATE, 7, 1114426048",
    "ES_POSITIVE_STATE, 7, 2141057200",
    "PES_TELESCOPING, 7, 1546809062",
    "PES_ANALYTIC, 7, 751427727",
    "GPES, 7, -1904253833",
    "NRES, 7, -1006544623",
    "LOW_RANK_ES, 7, -1033565590",
    "LOW_RANK_PES, 7, 2119708075",
    "LOW_RANK_NRES, 7, 753634586",
    "PES, 7, 1164847009",
    "WEIGHT_PERTURBATION, 40, -2048292033",
    "WEIGHT_PERTURBATION, 7, 2056726064",
    "WEIGHT_PERTURBATION_CENTRAL, 7, 1093836237",
    "FORWARD_GRADIENT, 7, -214850235",
    "DODGE, 7, -1301032970",
    "FORWARD_GRADIENT_ORTHOGONAL, 7, -349747778",
    "FORWARD_GRADIENT_ACTIVITY, 7, 378267095",
    "NODE_PERTURBATION, 7, 1007238535",
    "NODE_PERTURBATION_PERTURBED, 7, -1384842435",
    "NODE_PERTURBATION_ACTIVITY, 7, -737733505",
    "NODE_PERTURBATION_DECORRELATED, 7, -1431466719",
    "UORO, 1, 1786673547",
    "UORO, 7, -341875038",
    "KF_RTRL, 7, -317414387",
    "R_KF_RTRL, 7, 102575635",
    "OPTIMAL_KRONECKER, 7, -918737831",
    "LOW_RANK_RTRL, 7, -1669334464",
    "SNAP_3, 7, -543484007",
    "FORWARD_MODE, 7, 913462045"
  })
  void theBitsOfTheGradientAreTheRecordedOnes(Algorithm algorithm, int window, int expected) {
    Task task = Tasks.CHARACTERS.create(TaskOptions.none());
    LeakyRnn model = LeakyRnn.of(task.inputSize(), 21, task.targetSize(), 0.8f, task.loss());
    float[] theta = new float[model.parameters().count()];
    model.initialise(new RandomKey(1), theta);
    Sequence sequence = task.allocate(40, 2);
    task.fill(new RandomKey(2), sequence);
    GradientEstimator estimator =
        algorithm.create(Setup.of(model, window).withBatch(2).withParticles(6));
    Episodes.Result result =
        Episodes.run(estimator, theta, sequence, 3, Episodes.every(window, sequence.length()));
    assertEquals(
        expected, 31 * Arrays.hashCode(result.gradient()) + Double.hashCode(result.loss()));
  }

  @ParameterizedTest
  @CsvSource({
    "BPTT, LSTM, 40, -957182324",
    "BPTT, LSTM_PEEPHOLE, 40, -1530838707",
    "BPTT, GRU, 40, 279350620",
    "BPTT, GRU_RESET_BEFORE, 40, -1835851303",
    "BPTT, MGU, 40, 954655137",
    "BPTT, LRU, 40, -1949908044",
    "BPTT, RTU, 40, -471479831",
    "BPTT, RTU_TANH, 40, -1194253701",
    "BPTT, MIN_GRU, 40, 1685378858",
    "RTRL, LSTM, 7, -319296028",
    "RTRL, LRU, 7, 687710475",
    "RTRL_DIAGONAL, LRU, 7, -681182936",
    "RTRL_DIAGONAL, RTU, 7, 461943751",
    "RTRL_DIAGONAL, RTU_TANH, 7, -1430278194",
    "RTRL_DIAGONAL, MIN_GRU, 7, 1964709757",
    "UORO, GRU, 7, 1847731367",
    "KF_RTRL, GRU, 7, -30236839",
    "R_KF_RTRL, GRU, 7, -7968769",
    "OPTIMAL_KRONECKER, GRU, 7, -230310270",
    "SNAP_1, LSTM, 7, -1222416457",
    "LOW_RANK_RTRL, GRU, 7, -1093543975",
    "KERNL, GRU, 7, -713056327",
    "NODE_PERTURBATION, GRU, 7, -1064227483",
    "NODE_PERTURBATION_PERTURBED, LSTM, 7, 666310057"
  })
  void theBitsOnOtherCellsAreTheRecordedOnes(
      Algorithm algorithm, Models line, int window, int expected) {
    Task task = Tasks.CHARACTERS.create(TaskOptions.none());
    DifferentiableModel model =
        line.create(task.inputSize(), 21, task.targetSize(), 1f, task.loss());
    float[] theta = new float[model.parameters().count()];
    model.initialise(new RandomKey(1), theta);
    Sequence sequence = task.allocate(40, 2);
    task.fill(new RandomKey(2), sequence);
    GradientEstimator estimator =
        algorithm.create(Setup.of(model, window).withBatch(2).withParticles(6));
    Episodes.Result result =
        Episodes.run(estimator, theta, sequence, 3, Episodes.every(window, sequence.length()));
    assertEquals(
        expected, 31 * Arrays.hashCode(result.gradient()) + Double.hashCode(result.loss()));
  }

  /** An embedding under three kinds of layer, whole and in windows, at two batches. */
  @ParameterizedTest
  @CsvSource({"40, 1, -1586622051", "40, 32, -1057409981", "7, 2, 1347520626"})
  void theBitsOfAStackAreTheRecordedOnes(int window, int batch, int expected) {
    Task task = Tasks.CHARACTERS.create(TaskOptions.none());
    Loss loss = task.loss();
    DifferentiableModel model =
        new EmbeddingModel(
            task.inputSize(),
            new StackedModel(
                List.of(
                    Models.LSTM.create(5, 9, task.targetSize(), 1f, loss),
                    Models.GRU.create(9, 21, task.targetSize(), 1f, loss),
                    Models.LEAKY_RNN.create(21, 17, task.targetSize(), 0.8f, loss))),
            EmbeddingModel.Symbols.ONE_HOT);
    float[] theta = new float[model.parameters().count()];
    model.initialise(new RandomKey(1), theta);
    Sequence sequence = task.allocate(40, batch);
    task.fill(new RandomKey(2), sequence);
    Episodes.Result result =
        Episodes.run(
            Algorithm.BPTT.create(Setup.of(model, window).withBatch(batch)),
            theta,
            sequence,
            3,
            Episodes.every(window, sequence.length()));
    assertEquals(
        expected, 31 * Arrays.hashCode(result.gradient()) + Double.hashCode(result.loss()));
  }

  @Test
  void everyAlgorithmHasItsBitsRecorded() {
    Set<Algorithm> recorded = EnumSet.noneOf(Algorithm.class);
    for (Method method : GoldenContract.class.getDeclaredMethods()) {
      CsvSource rows = method.getAnnotation(CsvSource.class);
      if (rows != null && method.getParameterTypes()[0] == Algorithm.class) {
        for (String row : rows.value()) {
          recorded.add(Algorithm.valueOf(row.split(",")[0]));
        }
      }
    }
    assertEquals(EnumSet.allOf(Algorithm.class), recorded);
  }
}
