/**
 * The comparison: {@link kobai.compare.CompareOptions} says what is asked, {@link
 * kobai.compare.ComparePlan} what will be measured and what is refused, {@link
 * kobai.compare.CompareRun} carries it out into a run folder, and the report is made from {@link
 * kobai.compare.Results} alone, so that it can be written at any moment.
 *
 * <p>Decision: one run of JMH for each cell instead of one for all. It costs about a third of a
 * second a cell, and buys a journal that is never more than one cell behind, a budget that can
 * react to a slow machine, and cells that are measured again when they were not warm. Groups of
 * cells that form a product could share a run; a plan of hundreds of cheap cells would change our
 * mind.
 */
package kobai.compare;
