/** Numbers and tables as text. */

/**
 * A number with three significant digits or all those before the point, with separators: `0.0123`, `4.56`, `1,230`.
 * @param {number} value
 * @returns {string}
 */
export function formatNumber(value) {
  if (!Number.isFinite(value)) return String(value);
  const digits = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  const fractionDigits = Math.min(20, Math.max(0, 2 - digits));
  return value.toLocaleString('en-US', {
    minimumFractionDigits: fractionDigits,
    maximumFractionDigits: fractionDigits,
  });
}

/**
 * The range of a summary: `4.1..4.4`.
 * @param {import('./stats.mjs').Summary} summary
 * @returns {string}
 */
export function formatSpread(summary) {
  return `${formatNumber(summary.min)}..${formatNumber(summary.max)}`;
}

/**
 * Columns as wide as their widest cell.
 * @param {readonly { title: string, align?: 'left' | 'right' }[]} columns
 * @param {readonly (readonly string[])[]} rows one text for each column
 * @returns {string} lines without trailing spaces
 */
export function renderTable(columns, rows) {
  const titles = columns.map((column) => column.title);
  const widths = titles.map((title, i) => Math.max(width(title), ...rows.map((row) => width(row[i]))));
  const line = (/** @type {readonly string[]} */ cells) =>
    cells
      .map((cell, i) => {
        const padding = ' '.repeat(widths[i] - width(cell));
        return columns[i].align === 'right' ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd();
  const rule = widths.map((columnWidth) => '─'.repeat(columnWidth)).join('  ');
  return [line(titles), rule, ...rows.map(line)].join('\n');
}

/**
 * Characters, not UTF-16 units.
 * @param {string} text
 */
function width(text) {
  return [...text].length;
}
