package kobai.training;

/**
 * Where a run stood after an epoch.
 *
 * @param epoch from 1; 0 is the state before training
 * @param updates of θ so far
 * @param examples rows seen so far
 * @param seconds of training so far, evaluation not counted; never the same twice
 * @param trainingLoss mean over the epoch's mini-batches, each at the θ of its time, per scored
 *     step; NaN at epoch 0
 * @param validation of θ after the epoch
 * @param gradientNorm the largest norm of an estimate in the epoch
 */
public record EpochPoint(
    int epoch,
    long updates,
    long examples,
    double seconds,
    double trainingLoss,
    Score validation,
    double gradientNorm) {}
