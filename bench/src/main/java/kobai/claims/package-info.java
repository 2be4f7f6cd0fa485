/**
 * Claims and their proof on the command line: {@link kobai.claims.ClaimRun} holds the registry to
 * its claims, tier by tier, into a run folder; {@link kobai.claims.ExternalFolder} and {@link
 * kobai.claims.ExternalCheck} do the same for the files of another program; {@link
 * kobai.claims.ForeignProblem} is a network made from such files. All statistics are
 * kobai.verify's; here are inputs, order of work and reports.
 */
package kobai.claims;
