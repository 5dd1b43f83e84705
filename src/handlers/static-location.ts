import type { FileEntry } from '../files/file-entry.ts';
import { brokenManifest } from '../files/manifest-fault.ts';
import type { FileRoot } from '../files/file-root.ts';
import { Listings } from '../files/listings.ts';
import { acceptedCodings, acceptEncoding, type Coding } from '../http/accept-encoding.ts';
import { evaluatePreconditions } from '../http/conditional.ts';
import type { Exchange, ResponseSink } from '../http/exchange.ts';
import { oneLine } from '../telemetry/log.ts';
import { pathReference } from './location-header.ts';
import { type MountedRoot, mountRoots } from './mounted-root.ts';
import { answer, type Representation } from './representation.ts';
import { responseHead } from './respond.ts';
import { StaticFields } from './static-fields.ts';
import { Complaints } from './static-complaints.ts';
import type { StaticOptions } from './static-options.ts';
import { compileTryFiles, type TryStep } from './try-files.ts';

const ALLOW = ['Allow', 'GET, HEAD, OPTIONS'];
/** In the order of our liking: what is smallest comes first. */
const CODINGS: readonly Coding[] = ['br', 'zstd', 'gzip'];

/** What was prepared for an entry; it dies with the entry. */
interface Prepared extends Representation {
  readonly owner: StaticLocation;
  /** Of the fields. */
  readonly version: number;
}

/** The compiled form of one location. */
export class StaticLocation {
  readonly options: StaticOptions;
  readonly steps: readonly TryStep[];
  readonly roots: readonly MountedRoot[];
  readonly complaints: Complaints;
  readonly listings = new Listings();
  readonly #fields: StaticFields;
  /** Bytes of the path that are not the file's name. */
  readonly prefixLength: number;
  /** The URL prefix, with its slash. */
  readonly folder: string;
  /** When every request begins with looking for its own name in the only root, the cache can be asked right away. */
  readonly direct: FileRoot | null;

  constructor(options: StaticOptions) {
    const { spec, files, log, path } = options;
    this.options = options;
    this.steps = compileTryFiles(spec.tryFiles);
    this.roots = mountRoots(files, spec);
    this.complaints = new Complaints(log);
    this.#fields = new StaticFields(spec, (fault) =>
      log.warning(oneLine(brokenManifest(spec.manifest, fault))),
    );
    this.folder = path.endsWith('/') ? path : `${path}/`;
    this.prefixLength = this.folder.length;
    const [first, second] = this.roots;
    const [step] = this.steps;
    const plain = step?.kind === 'file' && step.uri && step.before === '' && step.after === '';
    this.direct = plain && second === undefined && first?.prefix === '' ? first.root : null;
  }

  /** Answers with a file that was found, in the coding that suits the client best. */
  send(exchange: Exchange, sink: ResponseSink, entry: FileEntry, name: string): void {
    const { lower, fields } = exchange.head.block;
    const accepted = acceptEncoding(lower, fields);
    if (accepted === '') return this.#answer(exchange, sink, entry, { name, coding: null });
    const { codings } = acceptedCodings(accepted, CODINGS);
    if (lower.includes('range')) return this.#sendPart(exchange, sink, entry, { name, codings });
    for (const coding of codings) {
      const variant = entry.variant(coding);
      if (variant !== null) return this.#answer(exchange, sink, variant, { name, coding });
    }
    const [wanted] = codings;
    if (wanted === undefined || !this.options.spec.compress || !entry.compressible)
      return this.#answer(exchange, sink, entry, { name, coding: null });
    let gone = false;
    exchange.onGone = () => {
      gone = true;
    };
    this.options.files.compressed(entry, wanted, (variant) => {
      if (gone) return;
      exchange.onGone = null;
      this.#answer(exchange, sink, variant ?? entry, { name, coding: variant === null ? null : wanted });
    });
  }

  /**
   * A part of a compressed form helps nobody who wants a part of the file. But who has the compressed form already is told so: If-None-Match is
   * judged before Range (RFC 9110 13.2.2).
   */
  #sendPart(
    exchange: Exchange,
    sink: ResponseSink,
    entry: FileEntry,
    { name, codings }: { readonly name: string; readonly codings: readonly Coding[] },
  ): void {
    const { method, block } = exchange.head;
    for (const coding of block.lower.includes('if-none-match') ? codings : []) {
      const variant = entry.variant(coding);
      if (variant === null) continue;
      const validators = { etag: variant.etag, lastModified: variant.lastModifiedSeconds };
      if (evaluatePreconditions(method, block, validators) === 'not_modified')
        return this.#answer(exchange, sink, variant, { name, coding });
    }
    this.#answer(exchange, sink, entry, { name, coding: null });
  }

  /** To the same path with a slash at its end. */
  redirect(exchange: Exchange, sink: ResponseSink): void {
    const { path, query } = exchange.head.target;
    sink.start(responseHead(301, ['Location', pathReference(`${path}/`, query), 'Content-Length', '0']), 0);
    sink.end(null);
  }

  #answer(
    exchange: Exchange,
    sink: ResponseSink,
    entry: FileEntry,
    as: { readonly name: string; readonly coding: Coding | null },
  ): void {
    let prepared = entry.memo as Prepared | null;
    if (prepared === null || prepared.owner !== this || prepared.version !== this.#fields.version) {
      prepared = this.#prepare(entry, as.name, as.coding);
      entry.memo = prepared;
    }
    answer(exchange, sink, prepared, (reason) => this.complaints.broken(entry.path, reason));
  }

  #prepare(entry: FileEntry, name: string, coding: Coding | null): Prepared {
    return {
      owner: this,
      version: this.#fields.version,
      file: entry,
      offset: 0,
      size: entry.size,
      validators: { etag: entry.etag, lastModified: entry.lastModifiedSeconds },
      contentType: entry.contentType,
      fields: this.#fields.of(name, entry, coding),
      whole: null,
      notModified: null,
    };
  }

  /** Anything but GET and HEAD. */
  otherMethod(exchange: Exchange, sink: ResponseSink): void {
    if (this.steps.at(-1)?.kind === 'app') return this.options.app(exchange, sink);
    const status = exchange.head.method === 'OPTIONS' ? 204 : 405;
    if (status === 204) {
      sink.start(responseHead(204, ALLOW), 0);
      sink.end(null);
      return;
    }
    this.options.errorPages.respond(sink, 405, 'This is a file: it can be read, and nothing else.', {
      requestId: exchange.id,
      fields: ALLOW,
    });
  }
}
