const BIND = 'use -b HOST:PORT, as in -b 127.0.0.1:8000, or -b :8000 for every address of this machine';

const DAEMON =
  'left out by design: in the background nobody sees it fail nor starts it again. Use `licorne systemd`, a container, or nohup licorne ... &';

/** Options that other servers taught people to type, and what to type here. */
export const INSTEAD: ReadonlyMap<string, string> = new Map([
  ['--port', BIND],
  ['--host', BIND],
  ['--http', BIND],
  ['-p', BIND],
  ['-H', BIND],
  ['--check', 'use licorne check'],
  ['--check-config', 'use licorne check'],
  ['-v', '--version shows the version; --log-level debug shows more messages'],
  ['--verbose', '--log-level debug shows more messages'],
  ['--debug', '--log-level debug shows more messages'],
  ['--factory', "write the brackets: 'module:factory()'"],
  ['--daemon', DAEMON],
  ['-D', DAEMON],
  ['--processes', 'use -w N'],
]);

/** The same for variables, without `LICORNE_`. */
export const VARIABLE_INSTEAD: ReadonlyMap<string, string> = new Map([
  ['PORT', 'use LICORNE_BIND=HOST:PORT, or PORT'],
  ['HOST', 'use LICORNE_BIND=HOST:PORT'],
  ['DEBUG', 'LICORNE_LOG_LEVEL=debug shows more messages'],
  ['APP', 'use LICORNE_TARGET'],
]);
