/** Where a value came from. Lines and columns count from 1. */
export type Origin =
  | { readonly kind: 'default' }
  | { readonly kind: 'file'; readonly path: string; readonly line: number; readonly column: number }
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'flag'; readonly flag: string }
  /** An argument of another server's command line: tool `gunicorn`, what `--bind`. */
  | { readonly kind: 'tool'; readonly tool: string; readonly what: string }
  /** Said of the main application, whose value another one shares. */
  | { readonly kind: 'inherited'; readonly from: Origin }
  /** Not said by anybody, but found in the project. */
  | { readonly kind: 'found'; readonly path: string; readonly line: number | null };

/** The origin as people write it: `licorne.toml:3:1`, `PORT (environment)`, `gunicorn --bind`. */
export function describeOrigin(origin: Origin): string {
  switch (origin.kind) {
    case 'default':
      return 'default';
    case 'file':
      return `${origin.path}:${origin.line}:${origin.column}`;
    case 'env':
      return `${origin.name} (environment)`;
    case 'flag':
      return origin.flag;
    case 'tool':
      return `${origin.tool} ${origin.what}`;
    case 'inherited':
      return `as [app]: ${describeOrigin(origin.from)}`;
    case 'found':
      return `found in ${origin.path}${origin.line === null ? '' : `:${origin.line}`}`;
  }
}
