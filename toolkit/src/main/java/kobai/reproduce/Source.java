package kobai.reproduce;

/**
 * A publication or a public code.
 *
 * @param citation authors, year, title, where
 * @param identifier such as {@code arXiv 2112.13835}, a DOI, or the name of a repository and file
 */
public record Source(String citation, String identifier) {}
