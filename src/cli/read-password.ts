/** Longer ones are no passwords. */
const PASSWORD_BYTES_MAX = 1000;

/** A terminal, or a pipe. */
export interface PasswordInput {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
  on(event: 'data', listener: (chunk: Buffer | string) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  removeAllListeners(event: 'data' | 'end'): unknown;
  resume(): unknown;
  pause(): unknown;
}

type Password = { readonly text: string } | { readonly fault: string };

/** Reads one line: twice from a terminal, which does not show it, once from a pipe. */
export async function readPassword(input: PasswordInput, say: (text: string) => void): Promise<Password> {
  if (input.isTTY !== true) return checked(await readLine(input));
  input.setRawMode?.(true);
  try {
    say('Password: ');
    const first = await readLine(input, say);
    if (first === null) return { fault: 'nothing was typed' };
    say('Again: ');
    const second = await readLine(input, say);
    if (first !== second) return { fault: 'the two are not the same' };
    return checked(first);
  } finally {
    input.setRawMode?.(false);
  }
}

function checked(text: string | null): Password {
  if (text === null || text === '') return { fault: 'there is no password' };
  if (Buffer.byteLength(text) > PASSWORD_BYTES_MAX)
    return { fault: `the password is longer than ${PASSWORD_BYTES_MAX} bytes` };
  if (/[\x00-\x1f\x7f]/.test(text)) return { fault: 'there is a control character in the password' };
  return { text };
}

const ENTER = /[\r\n]/;
const INTERRUPT = '\u0003';
const END = '\u0004';
const ERASE = new Set(['\u007f', '\b']);
const ERASE_LINE = '\u0015';

/** Null: it ended before its end, or somebody does not want to go on. With `say` it comes from a terminal, key by key. */
function readLine(input: PasswordInput, say?: (text: string) => void): Promise<string | null> {
  return new Promise((resolve) => {
    const typed: string[] = [];
    const bytes: Buffer[] = [];
    const finish = (text: string | null): void => {
      input.removeAllListeners('data');
      input.removeAllListeners('end');
      input.pause();
      say?.('\n');
      resolve(text);
    };
    const pipe = (chunk: Buffer): void => {
      bytes.push(chunk);
      const text = Buffer.concat(bytes).toString('utf8');
      if (ENTER.test(text) || text.length > 2 * PASSWORD_BYTES_MAX) finish(text.split(ENTER, 1)[0] ?? '');
    };
    const keys = (chunk: Buffer): void => {
      for (const key of chunk.toString('utf8')) {
        if (ENTER.test(key)) return finish(typed.join(''));
        if (key === INTERRUPT || key === END) return finish(null);
        if (ERASE.has(key)) typed.pop();
        else if (key === ERASE_LINE) typed.length = 0;
        else typed.push(key);
      }
    };
    input.on('data', (chunk) => {
      const data = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      if (say === undefined) pipe(data);
      else keys(data);
    });
    input.on('end', () => finish(bytes.length === 0 ? null : Buffer.concat(bytes).toString('utf8')));
    input.resume();
  });
}
