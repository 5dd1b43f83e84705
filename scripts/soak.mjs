// npm run soak [-- gunicorn|uvicorn] [-- --share 0.1] [-- --without broken]: reloads, kills, scalings, upgrades and broken releases under constant load;
// counts what clients have lost. What was measured is put into .build/soak.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { foreground, program, root } from './setup.mjs';
import { ensureBuild, ensureNodePackages } from './setup-node.mjs';
import { ensureVenv, requirePython } from './setup-python.mjs';

/** The servers it is compared with, in an environment of their own. */
const PEERS = ['gunicorn==23.0.0', 'uvicorn[standard]==0.38.0'];

await program(async (args) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { share: { type: 'string', default: '1' }, without: { type: 'string', default: '' } },
  });
  const [server = 'licorne'] = positionals;
  await ensureNodePackages();
  await ensureBuild();
  const python = await requirePython();
  await ensureVenv(join(root, '.venv'), python, {
    label: 'test applications in .venv',
    file: join(root, 'tests', 'requirements.txt'),
  });
  let bin = join(root, '.venv', 'bin');
  if (server !== 'licorne') {
    const peers = await ensureVenv(join(root, '.build', 'soak-peers'), python, {
      label: 'gunicorn and uvicorn in .build/soak-peers',
      packages: PEERS,
    });
    bin = join(peers, '..');
  }
  return foreground(process.execPath, [
    '--import',
    'tsx',
    join(root, 'tests', 'soak', 'main.ts'),
    server,
    values.share,
    values.without,
    bin,
  ]);
});
