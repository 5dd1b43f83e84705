import type { FileEntry } from '../files/file-entry.ts';
import type { Miss } from '../files/miss.ts';
import type { Exchange, ResponseSink } from '../http/exchange.ts';
import { oneLine } from '../telemetry/log.ts';
import { respondUnavailable } from './error-pages.ts';
import type { StaticLocation } from './static-location.ts';
import { respondListing, wantsJson } from './static-listing.ts';
import type { TryStep } from './try-files.ts';

/** Looks for the file of one request: the steps of `try_files` one after another, each in every root. */
export class StaticRequest {
  readonly #location: StaticLocation;
  readonly #exchange: Exchange;
  readonly #sink: ResponseSink;
  /** Below the location's prefix; ends with a slash, or is empty, when a folder is asked for. */
  readonly #name: string;
  #step = -1;
  #gone = false;
  /** The first root in which the name is a folder, when its own step comes. */
  #folder = -1;
  #denied: Miss | null = null;

  constructor(location: StaticLocation, exchange: Exchange, sink: ResponseSink, name: string) {
    this.#location = location;
    this.#exchange = exchange;
    this.#sink = sink;
    this.#name = name;
    exchange.onGone = () => {
      this.#gone = true;
    };
  }

  start(): void {
    this.#nextStep();
  }

  get #wantsFolder(): boolean {
    return this.#name === '' || this.#name.endsWith('/');
  }

  #nextStep(): void {
    this.#step += 1;
    const step = this.#location.steps[this.#step];
    if (step === undefined) this.#missing();
    else if (step.kind === 'file') this.#tryFile(step);
    else if (step.kind === 'folder') this.#tryFolder();
    else if (step.kind === 'app') this.#toApp();
    else this.#refuse(step.status);
  }

  #tryFile(step: TryStep & { kind: 'file' }): void {
    const name = step.uri ? `${step.before}${this.#name}${step.after}` : step.before;
    if (name === '' || name.endsWith('/')) this.#nextStep();
    else this.#find(name, () => this.#nextStep());
  }

  #tryFolder(): void {
    if (this.#wantsFolder) this.#tryIndex(0);
    else if (this.#folder !== -1 && this.#opensFolders) {
      this.#leave();
      this.#location.redirect(this.#exchange, this.#sink);
    } else this.#nextStep();
  }

  get #opensFolders(): boolean {
    const { index, listing } = this.#location.options.spec;
    return index.length > 0 || listing;
  }

  #tryIndex(number: number): void {
    const { spec } = this.#location.options;
    const index = spec.index[number];
    if (index !== undefined) this.#find(`${this.#name}${index}`, () => this.#tryIndex(number + 1));
    else if (spec.listing) {
      respondListing(this.#location, this.#exchange, this.#sink, {
        name: this.#name,
        gone: () => this.#gone,
        otherwise: () => this.#nextStep(),
      });
    } else this.#nextStep();
  }

  /** Looks through the roots; answers with what it finds, else calls `otherwise`. */
  #find(name: string, otherwise: () => void, number = 0): void {
    const mounted = this.#location.roots[number];
    if (mounted === undefined) return otherwise();
    if (!name.startsWith(mounted.prefix)) return this.#find(name, otherwise, number + 1);
    const { files } = this.#location.options;
    files.find(mounted.root, name.slice(mounted.prefix.length), (found) => {
      if (this.#gone) return;
      if (!('miss' in found)) return this.#found(found, name);
      if (found.miss === 'failed') return this.#failed(found);
      this.#missed(found, name, number);
      this.#find(name, otherwise, number + 1);
    });
  }

  #found(entry: FileEntry, name: string): void {
    this.#leave();
    this.#location.send(this.#exchange, this.#sink, entry, name);
  }

  #failed(miss: Miss): void {
    this.#leave();
    this.#location.complaints.refused(miss);
    respondUnavailable(this.#location.options.errorPages, this.#exchange, this.#sink);
  }

  #missed(miss: Miss, name: string, root: number): void {
    if (miss.miss === 'directory' && name === this.#name && this.#folder === -1) this.#folder = root;
    if (miss.miss === 'denied') this.#denied ??= miss;
    if (miss.miss === 'denied' || miss.miss === 'symlink' || miss.miss === 'special')
      this.#location.complaints.refused(miss);
  }

  #toApp(): void {
    this.#leave();
    this.#location.options.app(this.#exchange, this.#sink);
  }

  #missing(): void {
    this.#refuse(this.#denied === null ? 404 : 403);
  }

  #refuse(status: number): void {
    const code = status === 404 && this.#denied !== null ? 403 : status;
    if (code !== 404 || !this.#location.options.spec.debug) return this.#say(code, false);
    const name = this.#name.replace(/\/$/, '');
    if (name === '' || this.#folder !== -1) this.#say(code, true);
    else if (this.#wantsFolder) this.#isFolder(name, (folder) => this.#say(code, folder));
    else this.#say(code, false);
  }

  #say(status: number, folder: boolean): void {
    this.#leave();
    const { errorPages, spec, log } = this.#location.options;
    const places = status === 404 && (spec.debug || log.enabled('debug')) ? this.#places() : [];
    const requestId = this.#exchange.id;
    if (status === 404 && log.enabled('debug')) {
      const looked = places.length === 0 ? 'it names a folder' : `looked for ${places.join(', ')}`;
      log.debug(oneLine(`No file for ${this.#exchange.head.target.raw}: ${looked}`), {
        request_id: requestId,
      });
    }
    errorPages.respond(this.#sink, status, this.#explain(status, folder), {
      requestId,
      json: wantsJson(this.#exchange),
      places: spec.debug ? places : [],
    });
  }

  #explain(status: number, folder: boolean): string {
    if (status === 403) return 'The server may not read this file.';
    if (status !== 404) return 'This file cannot be had.';
    const { spec, path } = this.#location.options;
    if (!spec.debug) return 'There is no such file.';
    const why = '(This is told because DEBUG is on.)';
    const name = readable(this.#name.replace(/\/$/, ''));
    if (folder) return `${name === '' ? 'This' : name} is a folder, and folders are not listed here. ${why}`;
    return `There is no file ${readable(this.#name)} for ${path}. ${why}`;
  }

  /** Every path that `try_files` leads to, in its order. */
  #places(): readonly string[] {
    const { steps, roots } = this.#location;
    const { index } = this.#location.options.spec;
    const names = steps.flatMap((step) => {
      if (step.kind === 'file') return [step.uri ? `${step.before}${this.#name}${step.after}` : step.before];
      return step.kind === 'folder' && this.#wantsFolder ? index.map((one) => `${this.#name}${one}`) : [];
    });
    const files = names.filter((name) => name !== '' && !name.endsWith('/'));
    const places = files.flatMap((name) =>
      roots
        .filter(({ prefix }) => name.startsWith(prefix))
        .map(({ dir, prefix }) => `${dir.replace(/\/$/, '')}/${readable(name.slice(prefix.length))}`),
    );
    return [...new Set(places)].slice(0, PLACES_MAX);
  }

  /** Whether it is one in any of the roots. */
  #isFolder(name: string, done: (folder: boolean) => void, number = 0): void {
    const mounted = this.#location.roots[number];
    if (mounted === undefined) return done(false);
    const next = (): void => this.#isFolder(name, done, number + 1);
    if (!name.startsWith(mounted.prefix)) return next();
    this.#location.options.files.find(mounted.root, name.slice(mounted.prefix.length), (found) => {
      if (this.#gone) return;
      if ('miss' in found && found.miss === 'directory') done(true);
      else next();
    });
  }

  #leave(): void {
    this.#exchange.onGone = null;
  }
}

/** Of many folders, as many as a person reads. */
const PLACES_MAX = 32;

/** A name's bytes as text. */
function readable(name: string): string {
  return Buffer.from(name, 'latin1').toString('utf8');
}
