// Writes what is made from the option table and the tables of foreign options. Run as `node --import tsx scripts/derive.mjs`; with --check it writes
// nothing and fails when a file is not what the table says.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

if (!process.execArgv.includes('tsx')) {
  // `npm run derive` starts this file without the loader for TypeScript.
  const again = spawnSync(process.execPath, ['--import', 'tsx', ...process.argv.slice(1)], {
    cwd: root,
    stdio: 'inherit',
  });
  process.exit(again.status ?? 1);
}

const { jsonSchema } = await import('../src/config/schema.ts');
const { toolReference } = await import('../src/compat/reference.ts');
const { TOOLS } = await import('../src/compat/tools.ts');
const { settingsReference } = await import('../src/config/reference.ts');

const derived = {
  'schema/licorne.schema.json': `${JSON.stringify(jsonSchema(), null, 2)}\n`,
  'docs/reference/settings.md': settingsReference(),
  ...Object.fromEntries(TOOLS.map((tool) => [`docs/reference/${tool.name}.md`, toolReference(tool)])),
};
const check = process.argv.includes('--check');
let drifted = 0;
for (const [path, text] of Object.entries(derived)) {
  const file = `${root}/${path}`;
  if (read(file) === text) continue;
  drifted++;
  if (check) {
    process.stderr.write(`${path} is not what the tables say; run: npm run derive\n`);
  } else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    process.stdout.write(`wrote ${path}\n`);
  }
}
process.exitCode = check && drifted > 0 ? 1 : 0;

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
