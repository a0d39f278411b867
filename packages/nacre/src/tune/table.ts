/** Wide characters (Chinese, for one) take two columns of a terminal. */
const widthOf = (text: string): number =>
  [...text].reduce(
    (width, character) =>
      width +
      (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u.test(
        character,
      )
        ? 2
        : 1),
    0,
  );

const isNumeric = (text: string): boolean => text === '' || Number.isFinite(Number(text));

/** Columns of equal width under a first row of titles; columns of numbers end at their right edge. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const columns = rows[0].map((_, column) => ({
    width: Math.max(...rows.map((row) => widthOf(row[column]))),
    isRight: rows.slice(1).every((row) => isNumeric(row[column])),
  }));
  const cell = (text: string, column: number): string => {
    const { width, isRight } = columns[column];
    const space = ' '.repeat(width - widthOf(text));
    return isRight ? space + text : text + space;
  };
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}
