import { type ChildProcess, spawn } from 'node:child_process';
import { fstatSync, readdirSync, writeSync } from 'node:fs';
import type { Log } from '../telemetry/log.ts';

/** Messages wait for the socket, or for a reader that is slow, this many at most. */
const WAITING_MAX = 64;
const AGAIN_MS = 50;
const DESCRIPTORS = '/proc/self/fd';

/**
 * A connected Unix datagram socket, which Node cannot make. A service manager looks at who sends (systemd's `NotifyAccess=main`), so a helper
 * that sends in our place would need a looser unit. Instead a Python of a moment opens and connects the socket and hands the descriptor over, on the
 * `ipc` channel of its standard streams: the runtime receives descriptors there, cannot say what this one is, and keeps it open
 * as long as the channel lives. What is written to it is a datagram of this very process. The helper hands over its own end of the channel as well, so
 * that its leaving does not close the channel.
 */
export class NotifySocket {
  readonly #log: Log;
  readonly #waiting: string[] = [];
  #fd = -1;
  #broken = false;
  #timer: NodeJS.Timeout | null = null;

  /**
   * @param address a path, or `@name` for one of Linux's abstract names.
   * @param python an interpreter of 3.9 or later.
   */
  constructor(address: string, python: string, log: Log) {
    this.#log = log;
    if (!/^[/@]/.test(address)) {
      this.#fail(`${address} is neither a path nor an abstract name`);
      return;
    }
    const helper = spawn(python, ['-I', '-S', '-c', OPEN, address], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#await(helper);
  }

  /** One datagram. What can't be sent yet is sent in its turn. */
  send(text: string): void {
    if (this.#broken || this.#waiting.length >= WAITING_MAX) return;
    this.#waiting.push(text);
    this.#flush();
  }

  #await(helper: ChildProcess): void {
    let said = '';
    helper.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    helper.on('message', (message: { inode: string }) => this.#take(message.inode));
    helper.on('error', (error) => this.#fail(error.message));
    helper.on('close', () => {
      if (this.#fd < 0) this.#fail(said.trim().split('\n').at(-1) ?? '');
    });
    // Nothing of this keeps the server from ending.
    helper.unref();
    helper.channel?.unref();
  }

  #take(inode: string): void {
    this.#fd = descriptorOf(inode);
    if (this.#fd < 0) this.#fail('the descriptor did not arrive');
    else this.#flush();
  }

  #flush(): void {
    if (this.#fd < 0 || this.#timer !== null) return;
    for (let text = this.#waiting[0]; text !== undefined; text = this.#waiting[0]) {
      try {
        writeSync(this.#fd, text);
      } catch (error) {
        const { code = '' } = error as NodeJS.ErrnoException;
        if (code === 'EAGAIN' || code === 'ENOBUFS') {
          this.#timer = setTimeout(() => this.#again(), AGAIN_MS).unref();
          return;
        }
        this.#log.debug(`The service manager was not told: ${code}`);
      }
      this.#waiting.shift();
    }
  }

  #again(): void {
    this.#timer = null;
    this.#flush();
  }

  #fail(why: string): void {
    if (this.#broken) return;
    this.#broken = true;
    this.#waiting.length = 0;
    this.#log.warning(`NOTIFY_SOCKET: the service manager can't be told how the server is: ${why}`);
  }
}

/** The descriptor of this process that is the socket with this inode; -1: none. */
function descriptorOf(inode: string): number {
  for (const name of readdirSync(DESCRIPTORS)) {
    try {
      if (fstatSync(Number(name), { bigint: true }).ino === BigInt(inode)) return Number(name);
    } catch {
      // The descriptor of the listing itself is gone again.
    }
  }
  return -1;
}

/** NODE_CHANNEL_FD is how Node names the channel to a child that is not Node; it speaks lines of JSON. */
const OPEN = `
import json, os, socket, sys
address = sys.argv[1]
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.setblocking(False)
notify.connect('\\0' + address[1:] if address[0] == '@' else address)
channel = socket.socket(fileno=int(os.environ['NODE_CHANNEL_FD']))
channel.setblocking(True)
line = json.dumps({'inode': str(os.fstat(notify.fileno()).st_ino)}) + '\\n'
socket.send_fds(channel, [line.encode()], [notify.fileno(), channel.fileno()])
`;
