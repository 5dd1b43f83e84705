import type { Diagnostic } from '../config/diagnostic.ts';
import { GUNICORN_ROWS } from './gunicorn-rows.ts';
import { shellWords } from './shell-words.ts';
import type { Argument, Surroundings, Tool, Use } from './translate.ts';

const CONFIG_FILE = './gunicorn.conf.py';

/** `gunicorn [OPTIONS] [APP]`. Precedence, low to high: PORT and WEB_CONCURRENCY, GUNICORN_CMD_ARGS, the command line. */
export const gunicorn: Tool = {
  name: 'gunicorn',
  rows: GUNICORN_ROWS,
  ignoredEnv: [],
  arguments: fromVariable,
  finish(use, positionals, around) {
    configFile(use, around);
    use.standard('forwarded_allow_ips', ['127.0.0.1', '::1']);
    const [app, ...rest] = positionals;
    if (app !== undefined) use.set('target', app, 'APP');
    else if (use.request !== 'help' && use.request !== 'version') use.usage.push(MISSING_APP);
    if (rest.length > 0)
      use.warn(
        `gunicorn passes more words to the application; here they are left out: ${rest.join(' ')}`,
        null,
      );
  },
};

function fromVariable(around: Surroundings, use: Use): readonly Argument[] {
  const text = around.env['GUNICORN_CMD_ARGS'];
  if (text === undefined) return [];
  const words = shellWords(text);
  if (words !== null) return [{ words, source: 'GUNICORN_CMD_ARGS' }];
  use.error('GUNICORN_CMD_ARGS holds a quote that is not closed', 'GUNICORN_CMD_ARGS');
  return [];
}

/** A file that gunicorn would read and we do not must never be passed over in silence. */
function configFile(use: Use, around: Surroundings): void {
  const named = use.kept('--config') ?? use.kept('-c');
  if (named?.value === '/dev/null') return;
  if (named !== null) {
    use.error(
      `the configuration file ${named.value} is not read yet`,
      `${named.what} ${named.value}`,
      INSTEAD,
    );
  } else if (around.exists(CONFIG_FILE)) {
    use.error(
      `gunicorn would read ${CONFIG_FILE}, which is not read yet`,
      CONFIG_FILE,
      `${INSTEAD}; -c /dev/null starts without it`,
    );
  }
}

const INSTEAD = 'give its settings as flags';

const MISSING_APP: Diagnostic = {
  severity: 'error',
  message: 'no application module specified',
  where: null,
  allowed: 'gunicorn [OPTIONS] APP',
  hint: 'licorne gunicorn PROJECT.wsgi',
};
