/**
 * Published experiments, each with its constants, the methods that it compares, and bands that its
 * outcome must lie in.
 */
package kobai.reproduce;
