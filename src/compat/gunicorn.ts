import type { Diagnostic } from '../config/diagnostic.ts';
import { applyGunicornFile } from './gunicorn-file.ts';
import { GUNICORN_ROWS } from './gunicorn-rows.ts';
import { shellWords } from './shell-words.ts';
import type { Argument, Surroundings, Tool, Use } from './translate.ts';

const CONFIG_FILE = './gunicorn.conf.py';

/**
 * `gunicorn [OPTIONS] [APP]`. Precedence, low to high: PORT and WEB_CONCURRENCY, the configuration file, GUNICORN_CMD_ARGS, the command
 * line.
 */
export const gunicorn: Tool = {
  name: 'gunicorn',
  rows: GUNICORN_ROWS,
  ignoredEnv: [],
  arguments: fromVariable,
  finish(use, positionals, around) {
    configFile(use, around);
    requestTimeout(use);
    proxyProtocol(use);
    use.standard('forwarded_allow_ips', ['127.0.0.1', '::1']);
    const [app, ...rest] = positionals;
    const inFile = use.kept('wsgi_app');
    if (app !== undefined) use.set('target', app, 'APP');
    else if (inFile !== null) use.set('target', inFile.value, inFile.what);
    else if (use.pythonFile !== null || use.failed) return;
    else if (use.request !== 'help' && use.request !== 'version') use.usage.push(MISSING_APP);
    if (rest.length > 0)
      use.warn(
        `gunicorn passes more words to the application; here they are left out: ${rest.join(' ')}`,
        null,
      );
  },
};

function fromVariable(around: Surroundings, use: Use): readonly Argument[] {
  if (around.pythonSettings !== undefined) applyGunicornFile(around.pythonSettings, GUNICORN_ROWS, use);
  const text = around.env['GUNICORN_CMD_ARGS'];
  if (text === undefined) return [];
  const words = shellWords(text);
  if (words !== null) return [{ words, source: 'GUNICORN_CMD_ARGS' }];
  use.error('GUNICORN_CMD_ARGS holds a quote that is not closed', 'GUNICORN_CMD_ARGS');
  return [];
}

/**
 * A sync worker of gunicorn that has a request for longer than `timeout` is ended. One with threads, and an async one, shows that it lives while
 * its requests take as long as they like.
 */
function requestTimeout(use: Use): void {
  const timeout = use.kept('-t');
  if (timeout === null) return;
  const last = (name: string): unknown => use.entries.findLast((entry) => entry.name === name)?.raw;
  const alone = Number(last('threads') ?? 1) <= 1 && last('interface') !== 'asgi';
  if (alone || timeout.value === '0') use.set('request_timeout', timeout.value, timeout.what);
  else
    use.accepted.push(
      `${timeout.what}: a worker like these is ended by gunicorn only when it hangs as a whole; native: request_timeout`,
    );
}

/** Whoever gunicorn lets send a PROXY header has to send it here. */
function proxyProtocol(use: Use): void {
  const asked = use.kept('--proxy-protocol');
  if (asked === null) return;
  const allowed = use.kept('--proxy-allow-from');
  const standard = ['127.0.0.1', '::1', 'unix'];
  use.set('proxy_protocol', allowed?.value ?? standard, (allowed ?? asked).what);
  use.warn(
    `${asked.what}: a connection from such a proxy that does not begin with the header is closed`,
    null,
  );
}

/** The file that is to be run by Python before the rest can be told: the one that is named, else the one of the folder. */
function configFile(use: Use, around: Surroundings): void {
  if (around.pythonSettings !== undefined || use.request === 'help' || use.request === 'version') return;
  const named = use.kept('--config') ?? use.kept('-c');
  if (named !== null) use.pythonFile = named.value === '/dev/null' ? null : named.value;
  else if (around.exists(CONFIG_FILE)) use.pythonFile = CONFIG_FILE;
}

const MISSING_APP: Diagnostic = {
  severity: 'error',
  message: 'no application module specified',
  where: null,
  allowed: 'gunicorn [OPTIONS] APP',
  hint: 'licorne gunicorn PROJECT.wsgi',
};
