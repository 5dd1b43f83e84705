import type { ResponseHead, ResponseSink } from '../http/exchange.ts';
import { reasonPhrase } from '../http/reason-phrase.ts';

/**
 * A small page of our own: an error, or a plain answer. `detail` is one sentence for the person who reads it; it never
 * holds what a client sent.
 */
export function respondError(
  sink: ResponseSink,
  status: number,
  detail: string,
  options: { requestId?: string; fields?: readonly string[] } = {},
): void {
  const page = Buffer.from(errorPage(status, detail, options.requestId ?? ''), 'utf8');
  const fields = [
    'Content-Type',
    'text/html; charset=utf-8',
    'Content-Length',
    String(page.length),
    'Cache-Control',
    'no-store',
  ];
  sink.start(responseHead(status, [...fields, ...(options.fields ?? [])]), page.length);
  sink.write(page, 0, page.length);
  sink.end(null);
}

export function responseHead(status: number, fields: readonly string[]): ResponseHead {
  return { status, reason: reasonPhrase(status) || 'Unknown', fields, memo: null };
}

export function errorPage(status: number, detail: string, requestId: string): string {
  const title = `${status} ${reasonPhrase(status) || 'Error'}`;
  const reference = requestId === '' ? '' : `<p><small>Request ${escapeHtml(requestId)}</small></p>`;
  return (
    `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>` +
    '<style>body{font:16px/1.5 system-ui,sans-serif;margin:12vh auto;max-width:34rem;padding:0 1rem;color:#222}' +
    'h1{font-size:1.5rem}small{color:#777}@media(prefers-color-scheme:dark){body{background:#181818;color:#ddd}}</style>' +
    `</head><body><h1>${title}</h1><p>${escapeHtml(detail)}</p>${reference}</body></html>\n`
  );
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
