import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `sun_path` holds 108 bytes on Linux and 104 on macOS, with the NUL. */
const SOCKET_PATH_BYTES_MAX = 103;
const LONGEST_NAME = '/w99-999-999999.sock';

/** The private folder of one running server: the workers' sockets and spooled bodies, nothing else, nowhere else. */
export class RunDir {
  readonly path: string;
  readonly spool: string;
  /** Ours alone: made for this run and removed after it. */
  readonly temporary: boolean;

  private constructor(path: string, temporary: boolean) {
    this.path = path;
    this.temporary = temporary;
    this.spool = join(path, 'spool');
    if (Buffer.byteLength(path) + LONGEST_NAME.length > SOCKET_PATH_BYTES_MAX) {
      throw new Error(
        `the run directory ${path} has too long a path for Unix sockets; choose a shorter one with --run-dir`,
      );
    }
    mkdirSync(this.spool, { recursive: true, mode: 0o700 });
  }

  /** @param path the operator's choice; empty: a new folder among the system's temporary ones. */
  static create(path: string): RunDir {
    if (path === '') return new RunDir(mkdtempSync(join(tmpdir(), 'licorne-')), true);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    chmodSync(path, 0o700);
    return new RunDir(path, false);
  }

  workerSocket(app: number, worker: number, serial: number): string {
    return join(this.path, `w${app}-${worker}-${serial}.sock`);
  }

  remove(): void {
    rmSync(this.temporary ? this.path : this.spool, { recursive: true, force: true });
  }
}
