// npm test [-- FILE...]: installs what is missing, then runs every test (or the files named).
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { foreground, program, root, SetupError } from './setup.mjs';
import { ensureBuild, ensureNodePackages } from './setup-node.mjs';
import { ensureTestVenvs, testFiles, testRunnerArguments } from './setup-tests.mjs';

await program(async (args) => {
  const files = args.length > 0 ? args.map(named) : testFiles();
  await ensureNodePackages();
  await ensureBuild();
  await ensureTestVenvs();
  const tap = join(root, '.build', 'test.tap');
  mkdirSync(join(root, '.build'), { recursive: true });
  const code = await foreground(
    process.execPath,
    testRunnerArguments(files, {
      concurrency: 2,
      reporters: [
        ['spec', 'stdout'],
        ['tap', tap],
      ],
    }),
  );
  process.stdout.write(`\n${summary(readFileSync(tap, 'utf8'))}\n`);
  return code;
});

/** The closing lines of the run (`# tests N`, `# pass N` and so on), and the same in one line. */
function summary(tap) {
  const lines = tap.match(/^# (?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) .*$/gm) ?? [];
  const count = (name) => Number(lines.find((line) => line.startsWith(`# ${name} `))?.split(' ')[2] ?? 0);
  const failed = count('fail') + count('cancelled');
  return [...lines, '', `${count('pass')} passed, ${failed} failed, ${count('skipped')} skipped`].join('\n');
}

function named(argument) {
  const path = resolve(process.env.INIT_CWD ?? process.cwd(), argument);
  const file = existsSync(path) ? path : join(root, argument);
  if (!existsSync(file)) throw new SetupError(`No such test file: ${argument}`);
  return relative(root, file);
}
