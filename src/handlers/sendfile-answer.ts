import type { FileEntry } from '../files/file-entry.ts';
import type { FileRoot } from '../files/file-root.ts';
import type { Miss } from '../files/miss.ts';
import type { FileStore } from '../files/file-store.ts';
import type { Exchange, ResponseHead, ResponseSink } from '../http/exchange.ts';
import { percentDecode } from '../http/percent.ts';
import { type Log, oneLine } from '../telemetry/log.ts';
import type { SendfileKind } from './app-files.ts';
import { type ErrorPages, respondUnavailable } from './error-pages.ts';
import { sendUnder } from './file-answer.ts';
import { chooseForm, type FileForm } from './file-form.ts';
import type { MountedRoot } from './mounted-root.ts';

export interface SendfileOptions {
  readonly files: FileStore;
  readonly log: Log;
  readonly errorPages: ErrorPages;
  /** Those of X-Accel-Redirect, the longest path first. */
  readonly locations: readonly MappedLocation[];
  /** Folders, absolute, that X-Sendfile may name files of. */
  readonly roots: readonly string[];
}

/** A location with files, as X-Accel-Redirect names it. */
export interface MappedLocation {
  /** Its URL prefix, with its slash. */
  readonly folder: string;
  readonly roots: readonly MountedRoot[];
  readonly compress: boolean;
}

interface Candidate {
  readonly root: FileRoot;
  /** Below the root. */
  readonly name: string;
  /** For the log. */
  readonly path: string;
  /** Whether a compressed form may be sent. */
  readonly compress: boolean;
}

/** Sends the file that an app named in a header of its response, in the place of that response's body. */
export class SendfileAnswer {
  readonly #options: SendfileOptions;
  readonly #roots: readonly { readonly dir: string; readonly root: FileRoot }[];

  constructor(options: SendfileOptions) {
    this.#options = options;
    this.#roots = options.roots.map((dir) => ({
      dir: bytesOf(dir.endsWith('/') ? dir : `${dir}/`),
      root: options.files.root({
        dir,
        symlinks: 'inside',
        dotfiles: true,
        precompressed: false,
        alsoAllowed: [],
      }),
    }));
  }

  /** The headers that mean something here; the other is the client's, or that of a server in front. */
  get kinds(): readonly SendfileKind[] {
    const accel: readonly SendfileKind[] = this.#options.locations.length > 0 ? ['accel'] : [];
    return this.#roots.length > 0 ? [...accel, 'sendfile'] : accel;
  }

  /** `value` as the app gave it: percent-encoded, as nginx wants it, or raw. */
  answer(
    exchange: Exchange,
    sink: ResponseSink,
    head: ResponseHead,
    file: { kind: SendfileKind; value: string },
  ): void {
    const candidates = file.kind === 'accel' ? this.#accel(file.value) : this.#sendfile(file.value);
    let gone = false;
    exchange.onGone = () => {
      gone = true;
    };
    const next = (number: number): void => {
      if (gone) return;
      const candidate = candidates[number];
      if (candidate === undefined) {
        exchange.onGone = null;
        this.#missing(exchange, sink, file, candidates);
        return;
      }
      this.#options.files.find(candidate.root, candidate.name, (found) => {
        if (gone) return;
        if ('miss' in found && found.miss === 'failed') this.#failed(exchange, sink, found);
        else if ('miss' in found) next(number + 1);
        else this.#found(exchange, sink, head, { entry: found, compress: candidate.compress });
      });
    };
    next(0);
  }

  #found(
    exchange: Exchange,
    sink: ResponseSink,
    head: ResponseHead,
    { entry, compress }: { readonly entry: FileEntry; readonly compress: boolean },
  ): void {
    exchange.onGone = null;
    const fields = withoutBodyFields(head.fields);
    const send = (form: FileForm): void => {
      const whole = { ...head, fields: [...fields, ...form.fields], memo: null };
      const rest = { head: whole, entry: form.entry, offset: 0, length: form.entry.size };
      sendUnder(this.#options, exchange, sink, rest);
    };
    if (compress) chooseForm(this.#options.files, exchange, { head, entry }, send);
    else send({ entry, fields: [] });
  }

  #failed(exchange: Exchange, sink: ResponseSink, miss: Miss): void {
    exchange.onGone = null;
    this.#options.log.error(oneLine(`${miss.path} could not be opened: ${miss.detail}`), {
      request_id: exchange.id,
    });
    respondUnavailable(this.#options.errorPages, exchange, sink);
  }

  #missing(
    exchange: Exchange,
    sink: ResponseSink,
    { kind, value }: { kind: SendfileKind; value: string },
    tried: readonly Candidate[],
  ): void {
    const header = kind === 'accel' ? 'X-Accel-Redirect' : 'X-Sendfile';
    const outcome =
      tried.length > 0
        ? `looked for ${tried.map(({ path }) => path).join(' and ')}`
        : kind === 'accel'
          ? `no location with static files begins so (${this.#options.locations.map(({ folder }) => folder).join(', ')})`
          : `it lies in none of the allowed folders (${this.#options.roots.join(', ')})`;
    this.#options.log.error(
      oneLine(
        `The application answered ${exchange.head.target.raw} with ${header}: ${value}, which leads to no file: ${outcome}`,
      ),
      { request_id: exchange.id },
    );
    this.#options.errorPages.respond(sink, 404, 'There is no such file.', { requestId: exchange.id });
  }

  #accel(value: string): readonly Candidate[] {
    const path = value.split('?', 1)[0] ?? '';
    return meanings(path).flatMap((meaning) => {
      const location = this.#options.locations.find(({ folder }) => meaning.startsWith(folder));
      if (location === undefined) return [];
      const name = meaning.slice(location.folder.length);
      return location.roots
        .filter(({ prefix }) => name.startsWith(prefix))
        .map(({ root, dir, prefix }) =>
          candidateIn(root, dir, { name: name.slice(prefix.length), compress: location.compress }),
        );
    });
  }

  #sendfile(value: string): readonly Candidate[] {
    return meanings(value, false).flatMap((meaning) =>
      this.#roots
        .filter(({ dir }) => meaning.startsWith(dir))
        .map(({ dir, root }) => candidateIn(root, dir, { name: meaning.slice(dir.length), compress: false })),
    );
  }
}

/** Header values and names of files are bytes; a configured path is text. */
function bytesOf(path: string): string {
  return Buffer.from(path, 'utf8').toString('latin1');
}

function candidateIn(
  root: FileRoot,
  dir: string,
  { name, compress }: { readonly name: string; readonly compress: boolean },
): Candidate {
  return { root, name, compress, path: `${dir.replace(/\/$/, '')}/${name}` };
}

/** Apps quote, or they don't; a raw name with a percent sign in it is the rarer thing. For a path of the machine it is the other way round. */
function meanings(value: string, quotedFirst = true): readonly string[] {
  const decoded = percentDecode(value);
  if (decoded === null || decoded === value) return [value];
  return quotedFirst ? [decoded, value] : [value, decoded];
}

/** What the app said about the body that is dropped, and to us. Its ETag is that of an empty body. */
function withoutBodyFields(fields: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const lower = fields[i]?.toLowerCase() ?? '';
    if (!BODY_FIELDS.has(lower) && !lower.startsWith('x-accel-'))
      kept.push(fields[i] ?? '', fields[i + 1] ?? '');
  }
  return kept;
}

const BODY_FIELDS = new Set(['content-length', 'content-encoding', 'etag', 'last-modified', 'x-sendfile']);
