// Numbers as people read them. Pure.

/** Three significant digits at least, thousands apart: `1,234`, `56.7`, `0.123`. */
export function readable(value: number): string {
  if (Number.isNaN(value)) return '–';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3);
}

/** A ratio: two digits behind the point, fewer where nobody looks at them. */
export function times(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 20 ? value.toFixed(1) : value.toFixed(2);
}
