/** A pattern as Python's `Path.glob` has it (`**` for any folders, `*`, `?`), as an expression for a whole relative path. */
export function globExpression(glob: string): RegExp {
  let source = '';
  for (const token of glob.match(/\*\*\/|\*\*|\*|\?|[^*?]+/g) ?? [])
    source += TOKENS[token] ?? literal(token);
  return new RegExp(`^${source}$`, 's');
}

const TOKENS: Readonly<Record<string, string>> = {
  '**/': '(?:.*/)?',
  '**': '.*',
  '*': '[^/]*',
  '?': '[^/]',
};

function literal(text: string): string {
  return text.replaceAll(/[\\^$.+()[\]{}|]/g, String.raw`\$&`);
}
