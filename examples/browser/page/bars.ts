const digits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/** Ten probabilities as bars, the greatest marked. */
export class Bars {
  private readonly rows: readonly { row: HTMLElement; fill: HTMLElement; value: HTMLElement }[];

  constructor(parent: HTMLElement) {
    this.rows = digits.map((digit) => {
      const row = document.createElement('div');
      row.className = 'bar';
      row.setAttribute('role', 'meter');
      row.setAttribute('aria-label', String(digit));
      row.setAttribute('aria-valuemin', '0');
      row.setAttribute('aria-valuemax', '1');
      const part = (className: string): HTMLElement => {
        const element = row.appendChild(document.createElement('span'));
        element.className = className;
        return element;
      };
      part('digit').textContent = String(digit);
      const fill = part('track').appendChild(document.createElement('i'));
      return { row, fill, value: part('value') };
    });
    parent.append(...this.rows.map(({ row }) => row));
    this.show(null);
  }

  show(probabilities: Float32Array | null): void {
    const most = probabilities ? Math.max(...probabilities) : Number.NaN;
    this.rows.forEach(({ row, fill, value }, digit) => {
      const probability = probabilities?.[digit] ?? 0;
      row.setAttribute('aria-valuenow', String(probability));
      row.classList.toggle('best', probability === most);
      fill.style.width = `${(probability * 100).toFixed(1)}%`;
      value.textContent = probabilities ? `${(probability * 100).toFixed(1)} %` : '';
    });
  }
}
