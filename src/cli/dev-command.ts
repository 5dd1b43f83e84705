import type { Entry } from '../config/entry.ts';
import { parseFlags } from '../config/flags.ts';
import type { SettingName } from '../config/options.ts';
import { hasErrors } from '../config/diagnostic.ts';
import type { Resolution } from '../config/resolve.ts';
import { withOwnCertificate } from './dev-https.ts';
import { loadNative } from './load.ts';
import { answerCommandFlags, printConfig, serveResolution } from './serve-command.ts';
import type { Terminal } from './terminal.ts';

/**
 * What `licorne dev` says by itself. It counts more than the file and the variables, which are about the server in production, and less than what is
 * typed: one process, whose memory is the whole of the app's, and no waiting for streams that never end.
 */
const SAID: Partial<Record<SettingName, string>> = {
  reload: 'true',
  workers: '1',
  workers_max: '0',
  gateways: '1',
  cheap: 'false',
  idle_timeout: '0',
  preload: 'false',
  max_requests: '0',
  graceful_timeout: '2s',
  user: '',
  group: '',
  pid_file: '',
};
/** Where nobody says anything else: as many threads as runserver would have use for, and the requests on the terminal. */
const STANDARD: Partial<Record<SettingName, string>> = { threads: '8', access_log: '-' };

/** `licorne dev [TARGET] [OPTIONS]`. */
export async function runDev(argv: readonly string[], terminal: Terminal): Promise<number> {
  const line = parseFlags(argv);
  const early = await answerCommandFlags('dev', line, terminal);
  if (early !== null) return early;
  const said = { ...line, entries: [...entriesOf(SAID), ...line.entries] };
  const load = async (): Promise<Resolution> =>
    (await loadNative(said, terminal, { base: entriesOf(STANDARD), project: 'settings' })).resolution;
  const plain = await load();
  if (line.commands.has('print-config')) return printConfig(plain, [], terminal);
  const secure = (resolution: Resolution): Promise<Resolution> => withOwnCertificate(resolution, terminal);
  const resolution = hasErrors(plain.diagnostics) ? plain : await secure(plain);
  return serveResolution(resolution, async () => secure(await load()), terminal, { hosts: false });
}

function entriesOf(values: Partial<Record<SettingName, string>>): readonly Entry[] {
  return Object.entries(values).map(([name, raw]) => ({
    name: name as SettingName,
    raw,
    origin: { kind: 'tool', tool: 'dev', what: 'default' },
  }));
}
