package kobai.claims;

import java.util.LinkedHashMap;
import java.util.Map;
import kobai.estimators.Algorithm;
import kobai.verify.ReferenceNetwork;

/**
 * An algorithm that does not work on a network.
 *
 * @param reason what it says when it is made
 */
public record Refusal(Algorithm algorithm, ReferenceNetwork model, String reason) {
  /** The refusal in a sentence. */
  public String describe() {
    return "%s on %s: not applicable: %s"
        .formatted(ClaimCell.name(algorithm), ClaimCell.name(model), reason);
  }

  /** The refusal as an object for {@code --json}. */
  public Map<String, Object> json() {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("algorithm", ClaimCell.name(algorithm));
    object.put("model", ClaimCell.name(model));
    object.put("status", "not-applicable");
    object.put("finding", reason);
    return object;
  }
}
