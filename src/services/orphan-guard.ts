import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Ends a process group when this process is gone, however it ended: a shell that waits for the end of its standard input, which only we hold.
 * No system but Linux tells a child of its parent's death, and there only the child itself may ask for it.
 */
export class OrphanGuard {
  readonly #shell: ChildProcess;

  /** @param group id of the process group, which is that of its first process. */
  constructor(group: number, stopMs: number) {
    const seconds = Math.max(1, Math.ceil(stopMs / 1000));
    this.#shell = spawn('/bin/sh', ['-c', SCRIPT, 'sh', String(group), String(seconds)], {
      stdio: ['pipe', 'ignore', 'ignore'],
      // A terminal's Ctrl-C is not meant for it.
      detached: true,
    });
    this.#shell.on('error', () => undefined);
    this.#shell.stdin?.on('error', () => undefined);
    this.#shell.unref();
    (this.#shell.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  }

  /** The group has ended by itself. */
  release(): void {
    this.#shell.kill('SIGKILL');
  }
}

const SCRIPT =
  'read -r _; kill -s TERM -- "-$1" || exit; while [ "$2" -gt 0 ]; do sleep 1; kill -0 -- "-$1" || exit; set -- "$1" $(($2 - 1)); done; kill -s KILL -- "-$1"';
