package kobai.estimators;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.BiFunction;
import kobai.memory.Workspace;
import kobai.models.LayeredModel;
import kobai.models.RecurrentModel;
import kobai.models.SparseRowLocalModel;

/**
 * The registry of gradient estimators. One file and one line here give an estimator its contract
 * tests, its benchmark and memory rows and its name on the command line.
 */
public enum Algorithm {
  /** Backpropagation through time; truncated when the window is shorter than the sequence. */
  BPTT(
      Claim.EXACT,
      Claim.BIASED,
      Target.LOSS_GRADIENT,
      Target.TRUNCATED_GRADIENT,
      "O(C)",
      "O(K n + P)",
      "Williams and Peng (1990), Neural Computation 2(4)",
      Bptt::new),
  /** Backpropagation through time that keeps checkpoints and computes the rest again. */
  BPTT_CHECKPOINTED(
      Claim.EXACT,
      Claim.BIASED,
      Target.LOSS_GRADIENT,
      Target.TRUNCATED_GRADIENT,
      "O(C), the forward pass twice",
      "O(√K n + P)",
      "Chen et al. (2016), arXiv 1604.06174",
      CheckpointedBptt::new),
  /** Real-time recurrent learning, in the exact block form on windows of more than one step. */
  RTRL(
      Claim.EXACT,
      Claim.EXACT,
      Target.LOSS_GRADIENT,
      Target.LOSS_GRADIENT,
      "O(n² P / K + n P)",
      "O(n P)",
      "Williams and Zipser (1989), Neural Computation 1(2); blocks: Schmidhuber (1992), Neural"
          + " Computation 4(2)",
      Rtrl::of),
  /** Unbiased online recurrent optimisation: a random rank-one influence. */
  UORO(
      Claim.UNBIASED,
      Claim.UNBIASED,
      Target.LOSS_GRADIENT,
      Target.LOSS_GRADIENT,
      Randomness.SIGNS,
      VarianceLaw.NONE,
      "O(C)",
      "O(P)",
      "Tallec and Ollivier (2018), ICLR, algorithm 1",
      Uoro::new),
  /**
   * Exact real-time recurrent learning of cells whose units do not interact. The claim is for one
   * layer; of stacks it leaves out what a layer does through the recurrence of those above.
   */
  RTRL_DIAGONAL(
      Claim.EXACT,
      Claim.EXACT,
      Target.LOSS_GRADIENT,
      Target.LOSS_GRADIENT,
      "O(P)",
      "O(P) a row",
      "Elelimy, White, Bowling and White (2024), NeurIPS; Zucchet et al. (2023), NeurIPS",
      LayerwiseInfluence::diagonal),
  /** RTRL in which a parameter acts on its own unit alone. */
  SNAP_1(
      Claim.BIASED,
      Claim.BIASED,
      Target.APPROXIMATION,
      Target.APPROXIMATION,
      "O(P), sparse too",
      "O(P)",
      "Menick et al. (2021), ICLR",
      (setup, workspace) -> Snap.of("SNAP_1", setup, workspace, 1)),
  /**
   * RTRL that keeps what is reached in two steps. The claim is for dense recurrences, where that is
   * all there is; on sparse weights it is biased unless no unit is further than one step away.
   */
  SNAP_2(
      Claim.EXACT,
      Claim.EXACT,
      Target.LOSS_GRADIENT,
      Target.LOSS_GRADIENT,
      "O(n² P), at density d of n² weights O(d² n² P)",
      "O(n P), sparse O(d n P)",
      "Menick et al. (2021), ICLR",
      (setup, workspace) -> Snap.of("SNAP_2", setup, workspace, 2)),
  /**
   * RTRL that keeps what is reached in three steps. The claim is for dense recurrences; on sparse
   * weights it is biased unless no unit is further than two steps away.
   */
  SNAP_3(
      Claim.EXACT,
      Claim.EXACT,
      Target.LOSS_GRADIENT,
      Target.LOSS_GRADIENT,
      "O(n² P), less on sparse weights",
      "O(n P), less on sparse weights",
      "Menick et al. (2021), ICLR",
      (setup, workspace) -> Snap.of("SNAP_3", setup, workspace, 3)),
  /** RTRL in which only the leak carries influence. */
  RFLO(
      Claim.BIASED,
      Claim.BIASED,
      Target.APPROXIMATION,
      Target.APPROXIMATION,
      "O(P)",
      "O(P)",
      "Murray (2019), eLife 8:e43299",
      Rflo::new),
  /** Eligibility traces inside a unit times a learning signal. */
  E_PROP(
      Claim.BIASED,
      Claim.BIASED,
      Target.APPROXIMATION,
      Target.APPROXIMATION,
      "O(P)",
      "O(P)",
      "Bellec et al. (2020), Nature Communications 11:3625",
      EProp::new),
  /** RTRL with a learned kernel in place of the Jacobians. */
  KERNL(
      Claim.BIASED,
      Claim.BIASED,
      Target.APPROXIMATION,
      Target.APPROXIMATION,
      Randomness.PERTURBATION,
      VarianceLaw.NONE,
      "O(P)",
      "O(P)",
      "Roth, Kanitscheider and Fiete (2019), ICLR",
      Kernl::new),
  /** A learned prediction of the credit that later losses will give. */
  DNI(
      Claim.BIASED,
      Claim.BIASED,
      Target.APPROXIMATION,
      Target.APPROXIMATION,
      "O(P)",
      "O(P)",
      "Jaderberg et al. (2017), ICML",
      Dni::new),
  /** Kronecker-factored RTRL: a random Kronecker product, sources by state. */
  KF_RTRL(
      Claim.UNBIASED,
      Claim.UNBIASED,
      Target.LOSS_GRADIENT,
      Target.LOSS_GRADIENT,
      Randomness.SIGNS,
      VarianceLaw.NONE,
      "O(n³)",
      "O(n²)",
      "Mujika, Meier and Steger (2018), NeurIPS",
      KfRtrl::new),
  /** Reverse Kronecker-factored RTRL: a random Kronecker product, units by state. */
  R_KF_RTRL(
      Claim.UNBIASED,
      Claim.UNBIASED,
      Target.LOSS_GRADIENT,
      Target.LOSS_GRADIENT,
      Randomness.SIGNS,
      VarianceLaw.NONE,
      "O(n³)",
      "O(n²)",
      "Marschall, Cho and Savin (2020), Journal of Machine Learning Research 21(135)",
      ReverseKfRtrl::new),
  /** A random sum of r Kronecker products, of the least variance that each step allows. */
  OPTIMAL_KRONECKER(
      Claim.UNBIASED,
      Claim.UNBIASED,
      Target.LOSS_GRADIENT,
      Target.LOSS_GRADIENT,
      Randomness.SIGNS,
      VarianceLaw.NONE,
      "O(r n³)",
      "O(r n²)",
      "Benzing, Gauy, Mujika, Martinsson and Steger (2019), ICML",
      OptimalKronecker::new),
  /** RTRL with a low-rank influence between units and a running bound on its error. */
  LOW_RANK_RTRL(
      Claim.BIASED,
      Claim.BIASED,
      Target.APPROXIMATION,
      Target.APPROXIMATION,
      "O(r P + n³)",
      "O(r P)",
      "Yi and Wang (2026), Certified low-rank real-time recurrent learning, under review",
      LowRankRtrl::new),
  /** Antithetic evolution strategies; truncated (restart from the mean-θ state) on windows. */
  ES(
      Claim.UNBIASED_FOR_SMOOTHED,
      Claim.BIASED,
      Target.GAUSSIAN_SMOOTHED,
      Target.TRUNCATED_SMOOTHED,
      Randomness.PERTURBATION,
      VarianceLaw.PAIRS,
      "O(N C)",
      "O(N (n + P / 2))",
      "Salimans et al. (2017), arXiv 1703.03864; truncated: Vicol, Metz and Sohl-Dickstein (2021),"
          + " ICML",
      Es::new),
  /** Persistent evolution strategies. */
  PES(
      Claim.UNBIASED_FOR_SMOOTHED,
      Claim.UNBIASED_FOR_SMOOTHED,
      Target.PER_UNROLL_SMOOTHED,
      Target.PER_UNROLL_SMOOTHED,
      Randomness.PERTURBATION,
      VarianceLaw.PAIRS,
      "O(N C)",
      "O(N (n + P / 2))",
      "Vicol, Metz and Sohl-Dickstein (2021), ICML, algorithm 2",
      Pes::new),
  /** Truncated evolution strategies, every particle keeping its own state. */
  ES_KEEP_STATE(
      Claim.UNBIASED_FOR_SMOOTHED,
      Claim.BIASED,
      Target.GAUSSIAN_SMOOTHED,
      Target.CARRIED_SMOOTHED,
      Randomness.PERTURBATION,
      VarianceLaw.PAIRS,
      "O(N C)",
      "O(N (n + P / 2))",
      "Vicol, Metz and Sohl-Dickstein (2021), ICML, section 4",
      EsKeepState::new),
  /** Truncated evolution strategies, pairs going on from the positive particle's state. */
  ES_POSITIVE_STATE(
      Claim.UNBIASED_FOR_SMOOTHED,
      Claim.BIASED,
      Target.GAUSSIAN_SMOOTHED,
      Target.POSITIVE_SMOOTHED,
      Randomness.PERTURBATION,
      VarianceLaw.PAIRS,
      "O(N C)",
      "O(N (n + P / 2))",
      "Metz et al. (2022), arXiv 2203.11860 (learned_optimization, truncated_es)",
      EsPositiveState::new),
  /** Persistent evolution strategies of an objective that is the total so far. */
  PES_TELESCOPING(
      Claim.UNBIASED_FOR_SMOOTHED,
      Claim.UNBIASED_FOR_SMOOTHED,
      Target.PER_UNROLL_SMOOTHED,
      Target.PER_UNROLL_SMOOTHED,
      Randomness.PERTURBATION,
      VarianceLaw.PAIRS_OF_TOTALS,
      "O(N C)",
      "O(N (n + P / 2))",
      "Vicol, Metz and Sohl-Dickstein (2021), ICML, appendix",
      PesTelescoping::new),
  /** Persistent evolution strategies with the newest window's share by backpropagation. */
  PES_ANALYTIC(
      Claim.EXACT,
      Claim.UNBIASED_FOR_SMOOTHED,
      Target.LOSS_GRADIENT,
      Target.ANALYTIC_SMOOTHED,
      Randomness.PERTURBATION,
      VarianceLaw.PAIRS_OF_EARLIER,
      "O(N C)",
      "O(N (n + P / 2) + K n)",
      "Vicol, Metz and Sohl-Dickstein (2021), ICML, appendix",
      PesAnalytic::new),
  /** Generalised persistent evolution strategies: new noise once a noise period. */
  GPES(
      Claim.UNBIASED_FOR_SMOOTHED,
      Claim.UNBIASED_FOR_SMOOTHED,
      Target.GAUSSIAN_SMOOTHED,
      Target.PER_PERIOD_SMOOTHED,
      Randomness.PERTURBATION,
      VarianceLaw.PAIRS,
      "O(N C)",
      "O(N (n + P / 2))",
      "Li, Harrison, Sohl-Dickstein, Smith and Metz (2023), NeurIPS",
      Gpes::new),
  /** Noise-reuse evolution strategies: one perturbation an episode. */
  NRES(
      Claim.UNBIASED_FOR_SMOOTHED,
      Claim.UNBIASED_FOR_SMOOTHED,
      Target.GAUSSIAN_SMOOTHED,
      Target.GAUSSIAN_SMOOTHED,
      Randomness.PERTURBATION,
      VarianceLaw.PAIRS,
      "O(N C)",
      "O(N (n + P / 2))",
      "Li, Harrison, Sohl-Dickstein, Smith and Metz (2023), NeurIPS",
      Nres::new),
  /** Evolution strategies with low-rank perturbations; truncated on windows as ES. */
  LOW_RANK_ES(
      Claim.UNBIASED_FOR_SMOOTHED,
      Claim.BIASED,
      Target.LOW_RANK_SMOOTHED,
      Target.LOW_RANK_TRUNCATED,
      Randomness.LOW_RANK,
      VarianceLaw.NONE,
      "O(N C + N r P / K), one product over all particles",
      "O(N r n + P)",
      "Sarkar et al. (2025), EGGROLL",
      LowRankEs::new),
  /** Persistent evolution strategies with low-rank perturbations. */
  LOW_RANK_PES(
      Claim.UNBIASED_FOR_SMOOTHED,
      Claim.UNBIASED_FOR_SMOOTHED,
      Target.LOW_RANK_SMOOTHED,
      Target.LOW_RANK_SMOOTHED,
      Randomness.LOW_RANK,
      VarianceLaw.NONE,
      "O(N C + N r P / K), one product over all particles",
      "O(N (n + P / 2))",
      "this project, from Vicol, Metz and Sohl-Dickstein (2021), ICML and Sarkar et al. (2025),"
          + " EGGROLL",
      LowRankPes::new),
  /** Noise-reuse evolution strategies with low-rank perturbations. */
  LOW_RANK_NRES(
      Claim.UNBIASED_FOR_SMOOTHED,
      Claim.UNBIASED_FOR_SMOOTHED,
      Target.LOW_RANK_SMOOTHED,
      Target.LOW_RANK_SMOOTHED,
      Randomness.LOW_RANK,
      VarianceLaw.NONE,
      "O(N C + N r P / K), one product over all particles",
      "O(N r n + P)",
      "this project, from Li et al. (2023), NeurIPS and Sarkar et al. (2025), EGGROLL",
      LowRankNres::new),
  /** Loss differences between θ + σv and θ; fresh perturbations a window. */
  WEIGHT_PERTURBATION(
      Claim.UNBIASED_FOR_SMOOTHED,
      Claim.BIASED,
      Target.GAUSSIAN_SMOOTHED,
      Target.TRUNCATED_SMOOTHED,
      Randomness.PERTURBATION,
      VarianceLaw.PARTICLES,
      "O(N C)",
      "O(P + n)",
      "Jabri and Flower (1992), IEEE Transactions on Neural Networks 3(1)",
      WeightPerturbation::oneSided),
  /** Central differences along random directions (SPSA, MeZO); fresh perturbations a window. */
  WEIGHT_PERTURBATION_CENTRAL(
      Claim.UNBIASED_FOR_SMOOTHED,
      Claim.BIASED,
      Target.GAUSSIAN_SMOOTHED,
      Target.TRUNCATED_SMOOTHED,
      Randomness.PERTURBATION,
      VarianceLaw.PAIRS,
      "O(N C)",
      "O(P + n)",
      "Spall (1992), IEEE Transactions on Automatic Control 37(3); Malladi et al. (2023), arXiv"
          + " 2305.17333",
      WeightPerturbation::central),
  /** Exact derivatives along random directions; fresh directions a window. */
  FORWARD_GRADIENT(
      Claim.UNBIASED,
      Claim.BIASED,
      Target.LOSS_GRADIENT,
      Target.TRUNCATED_GRADIENT,
      Randomness.TANGENT,
      VarianceLaw.TANGENTS,
      "O(k C)",
      "O(k (n + P))",
      "Baydin et al. (2022), arXiv 2202.08587",
      ForwardGradient::fresh),
  /** Exact derivatives along directions that an episode keeps, their tangents carried. */
  DODGE(
      Claim.UNBIASED,
      Claim.UNBIASED,
      Target.LOSS_GRADIENT,
      Target.LOSS_GRADIENT,
      Randomness.TANGENT,
      VarianceLaw.TANGENTS,
      "O(k C)",
      "O(k (n + P))",
      "Silver et al. (2022), Learning by directional gradient descent, ICLR",
      ForwardGradient::carried),
  /** The gradient projected on random directions, exact with as many as parameters. */
  FORWARD_GRADIENT_ORTHOGONAL(
      Claim.UNBIASED,
      Claim.BIASED,
      Target.LOSS_GRADIENT,
      Target.TRUNCATED_GRADIENT,
      Randomness.TANGENT,
      VarianceLaw.NONE,
      "O(k C + k² P / K)",
      "O(k (n + P))",
      "Flügel et al. (2024), arXiv 2410.17764",
      ForwardGradientOrthogonal::new),
  /** Exact derivatives along every parameter, their tangents carried. */
  FORWARD_MODE(
      Claim.EXACT,
      Claim.EXACT,
      Target.LOSS_GRADIENT,
      Target.LOSS_GRADIENT,
      "O(P C)",
      "O(n P)",
      "Griewank and Walther (2008), Evaluating Derivatives, chapter 3",
      ForwardMode::new),
  /** Exact derivatives along random directions in the pre-activations; fresh ones a window. */
  FORWARD_GRADIENT_ACTIVITY(
      Claim.UNBIASED,
      Claim.BIASED,
      Target.LOSS_GRADIENT,
      Target.TRUNCATED_GRADIENT,
      Randomness.TANGENT,
      VarianceLaw.NONE,
      "O(k C)",
      "O(K n + P)",
      "Ren, Kornblith, Liao and Hinton (2023), Scaling forward gradient with local losses, ICLR",
      ForwardGradientActivity::of),
  /** Loss differences under noise on the pre-activations, times the clean activity; to O(σ²). */
  NODE_PERTURBATION(
      Claim.UNBIASED,
      Claim.BIASED,
      Target.LOSS_GRADIENT,
      Target.TRUNCATED_GRADIENT,
      Randomness.PERTURBATION,
      VarianceLaw.NONE,
      "O(N C)",
      "O(K n + P)",
      "Werfel, Xie and Seung (2005), Neural Computation 17(12); Fiete and Seung (2006), Physical"
          + " Review Letters 97",
      NodePerturbation::clean),
  /** The same, times the perturbed activity. */
  NODE_PERTURBATION_PERTURBED(
      Claim.UNBIASED_FOR_SMOOTHED,
      Claim.BIASED,
      Target.ACTIVITY_SMOOTHED,
      Target.TRUNCATED_GRADIENT,
      Randomness.PERTURBATION,
      VarianceLaw.NONE,
      "O(N C)",
      "O(K n + P)",
      "Williams (1992), Machine Learning 8, episodic REINFORCE with Gaussian units",
      NodePerturbation::perturbed),
  /** Differences of activities in place of the noise, normalised. */
  NODE_PERTURBATION_ACTIVITY(
      Claim.BIASED,
      Claim.BIASED,
      Target.APPROXIMATION,
      Target.APPROXIMATION,
      Randomness.PERTURBATION,
      VarianceLaw.NONE,
      "O(N C)",
      "O(K n + P)",
      "Dalm, van Gerven and Ahmad (2023), arXiv 2310.00965",
      NodePerturbation::activity),
  /** Node perturbation with sources that a learned matrix decorrelates. */
  NODE_PERTURBATION_DECORRELATED(
      Claim.BIASED,
      Claim.BIASED,
      Target.APPROXIMATION,
      Target.APPROXIMATION,
      Randomness.PERTURBATION,
      VarianceLaw.NONE,
      "O(N C + n² + n³ / K)",
      "O(K n + n²)",
      "Dalm, van Gerven and Ahmad (2023), arXiv 2310.00965",
      NodePerturbationDecorrelated::new);

  private final Claim whole;
  private final Claim windows;
  private final Target wholeTarget;
  private final Target windowsTarget;
  private final Randomness randomness;
  private final VarianceLaw varianceLaw;
  private final String time;
  private final String memory;
  private final String source;
  private final BiFunction<Setup, Workspace, GradientEstimator> factory;

  /** A deterministic one. */
  Algorithm(
      Claim whole,
      Claim windows,
      Target wholeTarget,
      Target windowsTarget,
      String time,
      String memory,
      String source,
      BiFunction<Setup, Workspace, GradientEstimator> factory) {
    this(
        whole,
        windows,
        wholeTarget,
        windowsTarget,
        Randomness.NONE,
        VarianceLaw.NONE,
        time,
        memory,
        source,
        factory);
  }

  Algorithm(
      Claim whole,
      Claim windows,
      Target wholeTarget,
      Target windowsTarget,
      Randomness randomness,
      VarianceLaw varianceLaw,
      String time,
      String memory,
      String source,
      BiFunction<Setup, Workspace, GradientEstimator> factory) {
    this.whole = whole;
    this.windows = windows;
    this.wholeTarget = wholeTarget;
    this.windowsTarget = windowsTarget;
    this.randomness = randomness;
    this.varianceLaw = varianceLaw;
    this.time = time;
    this.memory = memory;
    this.source = source;
    this.factory = factory;
  }

  /** The name on the command line: lower case, hyphens. */
  public String commandName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The claim when one window covers the whole sequence. */
  public Claim whole() {
    return whole;
  }

  /** The claim when a sequence is cut into windows, at fixed θ. */
  public Claim windows() {
    return windows;
  }

  /**
   * Whether it is exact on that network, on whole sequences or on windows. The claims of the
   * registry are those on one layer with full weights: on sparse ones SnAp of order 2 and 3 leaves
   * paths out, on stacks RTRL of diagonal cells.
   */
  public boolean exactOn(RecurrentModel model, boolean wholeSequence) {
    return claimOn(model, wholeSequence) == Claim.EXACT;
  }

  /** The claim on that network, on whole sequences or on windows; see {@link #exactOn}. */
  public Claim claimOn(RecurrentModel model, boolean wholeSequence) {
    return leavesOut(model) ? Claim.BIASED : wholeSequence ? whole : windows;
  }

  /** The target on that network, on whole sequences or on windows. */
  public Target targetOn(RecurrentModel model, boolean wholeSequence) {
    if (leavesOut(model)) {
      return this == RTRL_DIAGONAL ? Target.LAYERWISE : Target.APPROXIMATION;
    }
    return wholeSequence ? wholeTarget : windowsTarget;
  }

  private boolean leavesOut(RecurrentModel model) {
    return switch (this) {
      case SNAP_2, SNAP_3 -> model instanceof SparseRowLocalModel;
      case RTRL_DIAGONAL -> model instanceof LayeredModel layered && layered.deep();
      default -> false;
    };
  }

  /** What the expectation equals, in words. */
  public String target() {
    return wholeTarget == windowsTarget
        ? wholeTarget.words()
        : wholeTarget.words() + "; on windows, " + windowsTarget.words();
  }

  /** What the expectation equals when one window covers the whole sequence. */
  public Target wholeTarget() {
    return wholeTarget;
  }

  /** What the expectation of the sum over windows equals, at fixed θ. */
  public Target windowsTarget() {
    return windowsTarget;
  }

  /** How chance enters. */
  public Randomness randomness() {
    return randomness;
  }

  /** The closed form that the variance follows. */
  public VarianceLaw varianceLaw() {
    return varianceLaw;
  }

  /** Time per step: C is the cost of one forward step, K the window. */
  public String time() {
    return time;
  }

  /** Memory. */
  public String memory() {
    return memory;
  }

  /** The publication. */
  public String source() {
    return source;
  }

  /** Whether repeated estimates differ with the seed. */
  public boolean stochastic() {
    return randomness != Randomness.NONE;
  }

  /** Makes the estimator and takes all of its memory. */
  public GradientEstimator create(Setup setup) {
    return create(setup, Workspace.allocating());
  }

  /** The same in a part of another's workspace. */
  public GradientEstimator create(Setup setup, Workspace workspace) {
    return make(setup, workspace);
  }

  /** The exact memory that {@link #create} would take, without taking it. */
  public Workspace plan(Setup setup) {
    Workspace workspace = Workspace.planning();
    make(setup, workspace);
    return workspace;
  }

  private GradientEstimator make(Setup setup, Workspace workspace) {
    try {
      return factory.apply(setup, workspace);
    } catch (Unsupported refusal) {
      throw refusal.naming(
          Arrays.stream(values())
              .filter(other -> other != this)
              .filter(other -> refusal.instead(other.claimOn(setup.model(), true)))
              .filter(other -> other.supports(setup))
              .map(Algorithm::name)
              .toList());
    }
  }

  /** Whether an estimator can be made: asked of the constructor, which is where it is known. */
  private boolean supports(Setup setup) {
    try {
      factory.apply(setup, Workspace.planning());
      return true;
    } catch (IllegalArgumentException refusal) {
      return false;
    }
  }
}
