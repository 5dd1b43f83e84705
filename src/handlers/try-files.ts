/** One thing to look for: a name below the roots, or how to end. */
export type TryStep =
  /** A file: the request's name between these two; without `uri`, `before` alone. */
  | { readonly kind: 'file'; readonly before: string; readonly uri: boolean; readonly after: string }
  /** The folder of the request's name: its index file, or its listing. */
  | { readonly kind: 'folder' }
  | { readonly kind: 'app' }
  | { readonly kind: 'status'; readonly status: number };

const URI = '$uri';

/** Compiles `try_files`. What comes after the last one is a 404. */
export function compileTryFiles(words: readonly string[]): readonly TryStep[] {
  return words.map((word) => {
    if (word === '@app') return { kind: 'app' };
    if (word === '$uri/') return { kind: 'folder' };
    if (word.startsWith('=')) return { kind: 'status', status: Number(word.slice(1)) };
    const at = word.indexOf(URI);
    const name = withoutSlash(word);
    if (at === -1) return { kind: 'file', before: name, uri: false, after: '' };
    return {
      kind: 'file',
      before: withoutSlash(word.slice(0, at)),
      uri: true,
      after: word.slice(at + URI.length),
    };
  });
}

function withoutSlash(name: string): string {
  return name.replace(/^\/+/, '');
}
