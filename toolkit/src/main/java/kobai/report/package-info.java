/**
 * Run folders, result files and reports.
 *
 * <p>A run writes into one {@link kobai.report.RunFolder}: {@code manifest.json} first and again at
 * the end, a journal {@code results.jsonl} line by line, and at the end the result tables and one
 * document in two forms, {@code report.html} (one file that opens offline) and {@code report.md}. A
 * {@link kobai.report.Document} is data only; {@link kobai.report.HtmlWriter} and {@link
 * kobai.report.MarkdownWriter} decide what it looks like, so that both say the same.
 *
 * <p>The charts are drawn by Vega 6.4.0, Vega-Lite 6.4.3 and vega-embed 7.3.0, kept unchanged as
 * resources (their licences are in {@code LICENSES.txt} beside them) and copied into each page. 832
 * kB a page buys a report that needs no network, no server and no installed program. A smaller
 * drawing library that can do log axes, tooltips and SVG would change our mind.
 */
package kobai.report;
