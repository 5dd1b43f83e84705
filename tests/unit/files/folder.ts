// A temporary folder with files that are not young: most tests are about what is settled.
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import type { FileEntry } from '../../../src/files/file-entry.ts';
import type { Found } from '../../../src/files/file-root.ts';
import { FileStore } from '../../../src/files/file-store.ts';
import type { FileRoot } from '../../../src/files/file-root.ts';
import type { Miss, MissReason } from '../../../src/files/miss.ts';
import { isMiss } from '../../../src/files/miss.ts';

/** 2024-01-01, seconds. */
export const THEN = 1_704_067_200;

export class Folder {
  readonly path: string;

  constructor(t: TestContext) {
    this.path = mkdtempSync(join(tmpdir(), 'licorne-files-'));
    t.after(() => rmSync(this.path, { recursive: true, force: true }));
  }

  at(name: string): string {
    return join(this.path, name);
  }

  /** @param mtime seconds since 1970; null: now. */
  write(name: string, contents: string | Buffer, mtime: number | null = THEN): string {
    const path = this.at(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, contents);
    if (mtime !== null) utimesSync(path, mtime, mtime);
    return path;
  }

  folder(name: string): string {
    mkdirSync(this.at(name), { recursive: true });
    return this.at(name);
  }
}

/** A store whose clock the test moves. */
export class ClockedStore {
  readonly store: FileStore;
  time = 0;

  constructor(t: TestContext, options: { memory?: number; file?: number; entries?: number } = {}) {
    this.store = new FileStore({
      memoryBytesMax: options.memory ?? 16_000_000,
      fileBytesMax: options.file ?? 4_000_000,
      entriesMax: options.entries ?? 1000,
      now: () => this.time,
    });
    t.after(() => this.store.close());
  }

  root(dir: string, symlinks: 'inside' | 'follow' | 'refuse' = 'inside'): FileRoot {
    return this.store.root({ dir, symlinks, dotfiles: false });
  }

  found(root: FileRoot, name: string, maxAgeMs?: number): Promise<Found> {
    return new Promise((done) => this.store.find(root, name, done, maxAgeMs));
  }

  async entry(root: FileRoot, name: string, maxAgeMs?: number): Promise<FileEntry> {
    const found = await this.found(root, name, maxAgeMs);
    if (isMiss(found)) throw new Error(`${name}: ${found.miss} ${found.detail}`);
    return found;
  }

  async miss(root: FileRoot, name: string): Promise<MissReason | 'found'> {
    const found = await this.found(root, name);
    return isMiss(found) ? found.miss : 'found';
  }

  exact(path: string, identity: { dev: number; ino: number } | null = null): Promise<Found> {
    return new Promise((done) => this.store.exact(path, identity, done));
  }
}

export function missOf(found: Found): Miss {
  if (isMiss(found)) return found;
  throw new Error('it was found');
}

/** Waits for what happens in the background, without a clock. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turns = 0; !condition(); turns++) {
    if (turns > 100_000) throw new Error('it never came true');
    await new Promise((done) => setImmediate(done));
  }
}
