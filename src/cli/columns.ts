/** Numbers stand under each other at their right ends, words at their left. */
export function columns(rows: readonly (readonly string[])[], indent: string): readonly string[] {
  const [head = [], ...body] = rows;
  const widths = head.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const right = head.map((_, at) => body.every((row) => /^[0-9]|^$/.test(row[at] ?? '')));
  return rows.map((row) =>
    `${indent}${row
      .map((cell, at) => (right[at] === true ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join('   ')}`.trimEnd(),
  );
}
