import type { HeaderBlock } from './header-block.ts';

/** The headers that say that a request has a body, and how it comes. */
const BODY = new Set([
  'content-length',
  'transfer-encoding',
  'expect',
  'content-type',
  'content-encoding',
  'trailer',
]);
/** And those of what a connection may become. */
const CONNECTION = new Set(['connection', 'upgrade', 'keep-alive', 'te', 'http2-settings']);

/**
 * A block without some headers, `dropped` in lower case, and with others, flat name and value, at its end. Connection does not name what is
 * dropped any more: whoever passes the block on would leave out what is added in the place of it.
 */
export function changedBlock(
  block: HeaderBlock,
  dropped: ReadonlySet<string>,
  added: readonly string[],
): HeaderBlock {
  const fields: string[] = [];
  const lower: string[] = [];
  for (let i = 0; i < block.lower.length; i++) {
    const name = block.lower[i] ?? '';
    if (dropped.has(name)) continue;
    const value = block.fields[2 * i + 1] ?? '';
    const kept = name === 'connection' ? without(value, dropped) : value;
    if (kept === '' && value !== '') continue;
    fields.push(block.fields[2 * i] ?? '', kept);
    lower.push(name);
  }
  for (let i = 0; i + 1 < added.length; i += 2) {
    fields.push(added[i] ?? '', added[i + 1] ?? '');
    lower.push((added[i] ?? '').toLowerCase());
  }
  let text = '';
  for (let i = 0; i < fields.length; i += 2) text += `${i === 0 ? '' : '\r\n'}${fields[i]}: ${fields[i + 1]}`;
  return { ...block, text, fields, lower, memo: null };
}

/** The same of a request without a body, whose connection stays what it is. */
export function bodylessBlock(
  block: HeaderBlock,
  dropped: ReadonlySet<string>,
  added: readonly string[],
): HeaderBlock {
  const names = new Set([...dropped, ...BODY, ...CONNECTION]);
  for (const name of block.lower) if (name.startsWith('sec-websocket-')) names.add(name);
  return {
    ...changedBlock(block, names, added),
    contentLength: -1,
    chunked: false,
    expectContinue: false,
    upgrade: '',
  };
}

/** A list of names without some. */
function without(list: string, dropped: ReadonlySet<string>): string {
  const options = list.split(',').map((option) => option.trim());
  return options.filter((option) => !dropped.has(option.toLowerCase())).join(', ');
}
