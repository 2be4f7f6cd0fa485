/**
 * Training runs: examples and their split, the loop over epochs, early stopping, checkpoints, and
 * the reports of one run or of many.
 *
 * <p>A run is a pure function of its settings and its data: which examples an iteration sees, which
 * masks it drops and which perturbations it draws follow from the seed and the number of the
 * iteration. A checkpoint therefore holds θ, the optimiser's state and what early stopping
 * remembers, and no state of a random generator; a run that goes on from it ends with the bits of
 * one that was never interrupted.
 */
package kobai.training;
