package kobai.verify;

import org.apache.commons.statistics.distribution.NormalDistribution;

/**
 * The normal-mixture boundary of Robbins for sums S_K of K steps of variance at most one.
 *
 * <pre>
 * E_K = √(ρ/(K + ρ)) exp(S_K² / (2 (K + ρ))),   P(some K: E_K ≥ 1/δ) ≤ δ                      (1)
 * |S_K| ≥ B_δ(K) = √((K + ρ)(ln((K + ρ)/ρ) + 2 ln(1/δ)))  is the same event                   (2)
 * ρ = K* / (2 ln(1/δ) + ln(1 + 2 ln(1/δ)))  makes (2) tightest near K*                        (3)
 * </pre>
 *
 * <p>One-sided, the mixture is over positive slopes only, a half-normal, and gains the factor Φ:
 *
 * <pre>
 * E_K = 2 Φ(S_K/√(K + ρ)) √(ρ/(K + ρ)) exp(S_K² / (2 (K + ρ)))                                (4)
 * </pre>
 *
 * <p>Source: Robbins (1970), Annals of Mathematical Statistics 41(5); Howard et al. (2021), Annals
 * of Statistics 49(2).
 *
 * @param level δ
 * @param planned K*
 */
record Boundary(double level, double planned) {
  private static final NormalDistribution NORMAL = NormalDistribution.of(0, 1);

  /** (3). */
  double rho() {
    double log = 2 * Math.log(1 / level);
    return planned / (log + Math.log(1 + log));
  }

  /** (2), B_δ(K). */
  double at(double blocks) {
    double rho = rho();
    return Math.sqrt((blocks + rho) * (Math.log((blocks + rho) / rho) + 2 * Math.log(1 / level)));
  }

  /** ln E_K of (1). */
  double logEvidence(double sum, double blocks) {
    double rho = rho();
    return (Math.log(rho / (blocks + rho)) + sum * sum / (blocks + rho)) / 2;
  }

  /** ln E_K of (4). */
  double logEvidenceAbove(double sum, double blocks) {
    return logEvidence(sum, blocks)
        + Math.log(2 * NORMAL.cumulativeProbability(sum / Math.sqrt(blocks + rho())));
  }

  /** C_δ = B_δ(K*)/√K*: what a fixed-sample test would call the quantile. */
  double factor() {
    return at(planned) / Math.sqrt(planned);
  }
}
