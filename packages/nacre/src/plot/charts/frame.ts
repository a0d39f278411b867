import { displayWidth } from '../terminal/width.ts';

/** Below the picture; wide enough symbols to tell dashes, and no larger points than the lines have. */
export const legendLook = {
  bottom: 8,
  left: 'center',
  itemWidth: 36,
  itemHeight: 9,
  itemGap: 20,
} as const;

/** Columns of the usual legend text in pixels, its symbol and the gaps beside it. */
const legendColumn = 6.6;
const legendSymbol = legendLook.itemWidth + 5 + legendLook.itemGap;
export const legendRow = 24;

const legendWidth = (name: string): number => displayWidth(name) * legendColumn + legendSymbol;

/** Rows that a legend below the picture takes; echarts begins a new one where an entry does not fit. */
export function legendRows(names: readonly string[], width: number): number {
  let rows = names.length > 0 ? 1 : 0;
  let used = 0;
  for (const name of names) {
    const needed = legendWidth(name);
    if (used > 0 && used + needed - legendLook.itemGap > width * 0.96) {
      rows++;
      used = 0;
    }
    used += needed;
  }
  return rows;
}

export const titleStyle = { fontSize: 16 } as const;

/** Room above the axes, with a title and without one. */
export const topWith = (title: string): number => (title === '' ? 24 : 56);
