import mime from 'mime';

/**
 * Content-Type by the name's extension. Text and JavaScript say that they are UTF-8, because without it browsers guess.
 * JSON is UTF-8 by definition (RFC 8259 8.1). XML and SVG say it themselves, and what the header says would overrule
 * them (RFC 7303 3.2).
 */
export function contentTypeOf(name: string): string {
  const base = name.slice(name.lastIndexOf('/') + 1);
  const dot = base.lastIndexOf('.');
  if (dot === -1) return NAMES.get(base) ?? UNKNOWN;
  const extension = base.slice(dot + 1).toLowerCase();
  let type = types.get(extension);
  if (type === undefined) {
    type = withCharset(CORRECTED.get(extension) ?? mime.getType(extension) ?? UNKNOWN);
    if (types.size < TYPES_MAX) types.set(extension, type);
  }
  return type;
}

const UNKNOWN = 'application/octet-stream';
/** Extensions come from names that exist on the disk; still, strangers may have uploaded them. */
const TYPES_MAX = 2048;
const types = new Map<string, string>();

// Where browsers want something else than the registry, or the registry knows nothing.
const CORRECTED: ReadonlyMap<string, string> = new Map([
  ['cjs', 'text/javascript'],
  ['cur', 'image/x-icon'],
  ['flac', 'audio/flac'],
  ['ico', 'image/x-icon'],
  ['map', 'application/json'],
  ['po', 'text/x-gettext-translation'],
  ['py', 'text/x-python'],
  ['rst', 'text/x-rst'],
  ['topojson', 'application/json'],
]);

// Names without an extension that clients want as a certain type.
const NAMES: ReadonlyMap<string, string> = new Map([['apple-app-site-association', 'application/json']]);

function withCharset(type: string): string {
  return type.startsWith('text/') && type !== 'text/xml' ? `${type}; charset=utf-8` : type;
}
