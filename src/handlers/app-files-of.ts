import type { FileStore } from '../files/file-store.ts';
import type { Log } from '../telemetry/log.ts';
import type { GatewayLocation } from '../wire/site-spec.ts';
import type { AppFiles } from './app-files.ts';
import type { ErrorPages } from './error-pages.ts';
import { answerFile } from './file-answer.ts';
import { type MappedLocation, SendfileAnswer } from './sendfile-answer.ts';
import { mountRoots } from './mounted-root.ts';

/** Puts together how the files are sent that apps give or name. */
export function appFilesOf(options: {
  readonly files: FileStore;
  readonly log: Log;
  readonly errorPages: ErrorPages;
  readonly locations: readonly GatewayLocation[];
  readonly sendfileRoots: readonly string[];
}): AppFiles {
  const { files, log } = options;
  const locations = options.locations
    .map((location) => mapped(files, location))
    .filter((location) => location !== null)
    .toSorted((a, b) => b.folder.length - a.folder.length);
  const named = new SendfileAnswer({
    files,
    log,
    errorPages: options.errorPages,
    locations,
    roots: options.sendfileRoots,
  });
  return {
    answerFile: (exchange, sink, head, file, done) =>
      answerFile({ files, log }, exchange, sink, { head, file, done }),
    sendfileKinds: named.kinds,
    sendfile:
      named.kinds.length === 0
        ? null
        : (exchange, sink, head, kind, value) => named.answer(exchange, sink, head, { kind, value }),
  };
}

/** Names lead to folders, so patterns and exact paths are none of them. */
function mapped(files: FileStore, { match, path, static: spec }: GatewayLocation): MappedLocation | null {
  if (spec === null || match === 'regex' || match === 'exact') return null;
  return {
    folder: path.endsWith('/') ? path : `${path}/`,
    roots: mountRoots(files, spec),
    compress: spec.compress,
  };
}
