// The server under test as a child process, and requests as raw bytes.
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';
import { root } from '../../scripts/setup.mjs';

/** The command that starts the server; a target and options follow. */
export const command = [process.execPath, '--', join(root, 'bin', 'licorne')];

const startMs = 30_000;
const stopMs = 20_000;

/**
 * Starts `licorne TARGET -b 127.0.0.1:0 ARGS`, runs `use(port, log)` and stops it, whatever happens. `log()` is what the server printed so far.
 */
export async function withServer(target, args, env, use) {
  const [program, ...first] = command;
  const child = spawn(program, [...first, target, '-b', '127.0.0.1:0', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  const closed = new Promise((resolve) => child.once('close', resolve));
  const port = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${target} did not start:\n${printed}`)), startMs);
    const look = (chunk) => {
      printed += chunk;
      const match = /Listening on https?:\/\/[\d.]+:(\d+)/.exec(printed);
      if (match) {
        clearTimeout(timer);
        resolve(Number(match[1]));
      }
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    void closed.then(() => {
      clearTimeout(timer);
      reject(new Error(`${target} ended:\n${printed}`));
    });
  });
  try {
    return await use(await port, () => printed);
  } finally {
    child.kill('SIGQUIT');
    const killer = setTimeout(() => child.kill('SIGKILL'), stopMs);
    await closed;
    clearTimeout(killer);
  }
}

/**
 * Sends bytes (latin-1 text) and resolves to the bytes that came back: when `enough(text)` says so, when the server closes, or after `quietMs`
 * without a byte, then with our side of the connection ended to see whether that brings more.
 */
export function exchange(port, text, enough, quietMs = 1500) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    let closed = false;
    let ended = false;
    let timer;
    const finish = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ text: received, closed });
    };
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        if (ended) return finish();
        ended = true;
        socket.end();
        wait();
      }, quietMs);
    };
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (enough(received)) finish();
      else wait();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      closed = true;
      finish();
    });
    socket.write(text, 'latin1');
    wait();
  });
}

/** Splits responses with a Content-Length: `[{ status, body }]`. What is incomplete at the end is left out. */
export function readResponses(text) {
  const responses = [];
  let rest = text;
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) return responses;
    const head = rest.slice(0, end);
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    const body = rest.slice(end + 4, end + 4 + length);
    if (body.length < length) return responses;
    if (status >= 200 || status === 0) responses.push({ status, body });
    rest = rest.slice(end + 4 + length);
  }
}
