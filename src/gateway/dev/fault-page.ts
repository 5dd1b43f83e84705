import type { Exchange, ResponseSink } from '../../http/exchange.ts';
import { responseHead } from '../../handlers/respond.ts';
import type { AppFault } from '../../wire/dev.ts';
import { fieldOf } from './field.ts';

/** Tells a browser, or a program, what is wrong with the app. @param script an element that loads the page again; may be empty. */
export function respondFault(exchange: Exchange, sink: ResponseSink, fault: AppFault, script: string): void {
  const asHtml = fieldOf(exchange, 'accept').includes('text/html');
  const page = Buffer.from(asHtml ? faultPage(fault, script) : faultText(fault), 'utf8');
  const type = `text/${asHtml ? 'html' : 'plain'}; charset=utf-8`;
  const fields = ['Content-Type', type, 'Content-Length', String(page.length), 'Cache-Control', 'no-store'];
  sink.start(responseHead(500, fields), page.length);
  sink.write(page, 0, page.length);
  sink.end(null);
}

/** The page, in which nothing of the fault is markup. */
export function faultPage({ title, traceback, hint }: AppFault, script: string): string {
  const trace = traceback === '' ? '' : `<pre>${marked(traceback)}</pre>`;
  const advice = hint === '' ? '' : `<p class="hint">${escapeHtml(hint)}</p>`;
  return (
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">' +
    `<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body><main>` +
    `<p class="what">The application could not be loaded</p><h1>${escapeHtml(title)}</h1>${advice}${trace}` +
    '<p class="wait">This page goes away by itself when a change has mended it.</p>' +
    `</main>${script}</body></html>\n`
  );
}

function faultText({ title, traceback, hint }: AppFault): string {
  const parts = ['The application could not be loaded.', title, traceback.trimEnd(), hint];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** Files and lines are what one looks for. */
function marked(traceback: string): string {
  return escapeHtml(traceback.trimEnd()).replaceAll(
    /File &#34;([^\n]*?)&#34;, line (\d+)/g,
    'File &#34;<b>$1</b>&#34;, line <b>$2</b>',
  );
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#fff;color:#222}main{max-width:60rem;margin:8vh auto;padding:0 1.5rem}' +
  'h1{font-size:1.4rem;margin:.2rem 0 1rem;overflow-wrap:anywhere}.what{color:#b3261e;font-weight:600;margin:0}.hint{border-left:3px solid #c9a227;padding-left:.8rem;white-space:pre-wrap}' +
  'pre{background:#f6f6f4;padding:1rem;overflow:auto;font:14px/1.45 ui-monospace,monospace;border-radius:6px}.wait{color:#777;font-size:.9rem}' +
  '@media(prefers-color-scheme:dark){body{background:#181818;color:#ddd}pre{background:#242424}.what{color:#ff8a80}}';
