// open-loop.ts PORT SECONDS: two clients ask for /slow without a break. Beside them a request for /fast is due every 15 ms, in turn on eight keep-alive connections, whether
// the ones before were answered or not. Prints how late the answers were, in milliseconds, counted from when the request was due.
import { connect, type Socket } from 'node:net';

const [port = 0, seconds = 0] = process.argv.slice(2).map(Number);

const EVERY_MS = 15;
const CONNECTIONS = 8;
const SLOW_CLIENTS = 2;
/** Before anything counts. */
const WARM_MS = 1_200;
/** How long answers that are owed are waited for at the end. */
const GRACE_MS = 5_000;

/** A keep-alive connection that sends one request at a time; others wait, and grow late. A server that closes it is connected to again. */
class Client {
  readonly #waiting: ((late: number) => void)[] = [];
  readonly #due: number[] = [];
  #socket: Socket | undefined;
  #text = '';
  #busy = false;

  /** Asks as soon as it can; `done` hears the milliseconds since `due`. */
  ask(path: string, due: number, done: (late: number) => void): void {
    this.#due.push(due);
    this.#waiting.push(done);
    this.#path = path;
    this.#next();
  }

  #path = '/';

  #next(): void {
    if (this.#busy || this.#due.length === 0) return;
    this.#busy = true;
    this.#text = '';
    this.#socket ??= this.#open();
    this.#socket.write(`GET ${this.#path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  }

  #open(): Socket {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#text += text;
      const end = this.#text.indexOf('\r\n\r\n');
      if (end === -1) return;
      const length = Number(/content-length: *(\d+)/i.exec(this.#text)?.[1] ?? 0);
      if (this.#text.length < end + 4 + length) return;
      if (/connection: *close/i.test(this.#text)) {
        this.#socket = undefined;
        socket.destroy();
      }
      this.#answered();
    });
    const lost = (): void => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#busy = false;
      setTimeout(() => this.#next(), 1); // the request is still due
    };
    socket.on('error', lost).on('close', lost);
    return socket;
  }

  #answered(): void {
    this.#busy = false;
    const due = this.#due.shift() ?? 0;
    this.#waiting.shift()?.(performance.now() - due);
    this.#next();
  }
}

for (let number = 0; number < SLOW_CLIENTS; number++) {
  const client = new Client();
  const again = (): void => client.ask('/slow', performance.now(), again);
  again();
}

const clients = Array.from({ length: CONNECTIONS }, () => new Client());
const late: number[] = [];
const owed = { count: 0 };
const begin = performance.now();
let due = begin;
for (let number = 0; due < begin + WARM_MS + seconds * 1000; number++, due = begin + number * EVERY_MS) {
  const wait = due - performance.now();
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  const counts = due > begin + WARM_MS;
  owed.count += 1;
  clients[number % CONNECTIONS]?.ask('/fast', due, (ms) => {
    owed.count -= 1;
    if (counts) late.push(ms);
  });
}
const deadline = performance.now() + GRACE_MS;
while (owed.count > 0 && performance.now() < deadline)
  await new Promise((resolve) => setTimeout(resolve, 20));
for (let missing = 0; missing < owed.count; missing++) late.push(GRACE_MS); // never answered: at least that late
process.stdout.write(JSON.stringify(late));
process.exit(0);
