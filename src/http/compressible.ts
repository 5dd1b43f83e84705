/**
 * Whether a body of this media type becomes much smaller when it is compressed (RFC 9110 8.4.1). `contentType` is the
 * value of Content-Type, with or without parameters. Pictures, sound, film, archives and woff fonts are compressed
 * already. `text/event-stream` is text, but never compressible: events must reach the client one by one.
 */
export function isCompressible(contentType: string): boolean {
  const known = answers.get(contentType);
  if (known !== undefined) return known;
  const answer = decide(contentType);
  // Applications put what they like into Content-Type; what they say often is said early.
  if (answers.size < ANSWERS_MAX && contentType.length <= REMEMBERED_CHARS_MAX) {
    answers.set(contentType, answer);
  }
  return answer;
}

const ANSWERS_MAX = 256;
const REMEMBERED_CHARS_MAX = 128;
const answers = new Map<string, boolean>();

// Beside text/*, +json, +xml, +text and +yaml.
const COMPRESSIBLE = new Set([
  'application/dart',
  'application/ecmascript',
  'application/graphql',
  'application/javascript',
  'application/json',
  'application/jsonl',
  'application/manifest',
  'application/ndjson',
  'application/rtf',
  'application/sql',
  'application/toml',
  'application/vnd.ms-fontobject',
  'application/wasm',
  'application/x-font-ttf',
  'application/x-httpd-php',
  'application/x-javascript',
  'application/x-ndjson',
  'application/x-sh',
  'application/x-web-app-manifest',
  'application/x-yaml',
  'application/xml',
  'application/xml-dtd',
  'application/yaml',
  'font/collection',
  'font/otf',
  'font/sfnt',
  'font/ttf',
  'image/bmp',
  'image/vnd.microsoft.icon',
  'image/x-icon',
  'image/x-ms-bmp',
  'model/obj',
  'model/stl',
]);

function decide(contentType: string): boolean {
  const semicolon = contentType.indexOf(';');
  const type = (semicolon === -1 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase();
  if (type === 'text/event-stream') return false;
  if (type.startsWith('text/')) return true;
  if (COMPRESSIBLE.has(type)) return true;
  const plus = type.lastIndexOf('+');
  if (plus === -1) return false;
  const suffix = type.slice(plus + 1);
  return suffix === 'json' || suffix === 'xml' || suffix === 'text' || suffix === 'yaml';
}
