package kobai.verify;

import kobai.data.Sequence;
import kobai.models.RecurrentModel;

/**
 * A model that brings its own double-precision derivatives, so that estimators on it can be
 * verified.
 */
public interface OracleModel extends RecurrentModel {
  /** The loss and derivatives of this model on that sequence. */
  Oracle oracle(Sequence sequence);
}
