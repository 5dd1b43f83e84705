import type { ResponseHead, ResponseSink } from '../http/exchange.ts';
import { reasonPhrase } from '../http/reason-phrase.ts';

export interface ErrorOptions {
  readonly requestId?: string;
  /** Flat name, value. */
  readonly fields?: readonly string[];
  /** The client is a program that asks for JSON. */
  readonly json?: boolean;
  /** Paths that were looked at; only for who develops the site. */
  readonly places?: readonly string[];
}

/**
 * A small page of our own: an error, or a plain answer. `detail` is one sentence for the person who reads it; it never
 * holds what a client sent, unless the site is being developed.
 */
export function respondError(
  sink: ResponseSink,
  status: number,
  detail: string,
  options: ErrorOptions = {},
): void {
  const { requestId = '', json = false, places = [] } = options;
  const page = json
    ? errorJson(status, detail, requestId, places)
    : errorPage(status, detail, requestId, places);
  const bytes = Buffer.from(page, 'utf8');
  const fields = [
    'Content-Type',
    json ? 'application/json' : 'text/html; charset=utf-8',
    'Content-Length',
    String(bytes.length),
    'Cache-Control',
    'no-store',
  ];
  sink.start(responseHead(status, [...fields, ...(options.fields ?? [])]), bytes.length);
  sink.write(bytes, 0, bytes.length);
  sink.end(null);
}

export function responseHead(status: number, fields: readonly string[]): ResponseHead {
  return { status, reason: reasonPhrase(status) || 'Unknown', fields, memo: null };
}

export function errorPage(
  status: number,
  detail: string,
  requestId: string,
  places: readonly string[] = [],
): string {
  const title = `${status} ${reasonPhrase(status) || 'Error'}`;
  const reference = requestId === '' ? '' : `<p><small>Request ${escapeHtml(requestId)}</small></p>`;
  const items = places.map((place) => `<li><code>${escapeHtml(place)}</code>`).join('');
  const list = places.length === 0 ? '' : `<p>Looked for:</p><ul>${items}</ul>`;
  return (
    `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>` +
    '<style>body{font:16px/1.5 system-ui,sans-serif;margin:12vh auto;max-width:34rem;padding:0 1rem;color:#222}' +
    'h1{font-size:1.5rem}small{color:#777}code{overflow-wrap:anywhere}' +
    '@media(prefers-color-scheme:dark){body{background:#181818;color:#ddd}}</style>' +
    `</head><body><h1>${title}</h1><p>${escapeHtml(detail)}</p>${list}${reference}</body></html>\n`
  );
}

function errorJson(status: number, detail: string, requestId: string, places: readonly string[]): string {
  const error = reasonPhrase(status) || 'Error';
  const said = { status, error, detail, request_id: requestId };
  return `${JSON.stringify(places.length === 0 ? said : { ...said, looked_for: places })}\n`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
