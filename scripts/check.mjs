// npm run check: format, lint, types, derived files and unit tests, all at the same time; a line for each.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { capture, program, root } from './setup.mjs';
import { ensureNodePackages, nodeTool } from './setup-node.mjs';
import { testFiles, testRunnerArguments } from './setup-tests.mjs';

await program(async () => {
  await ensureNodePackages();
  const results = await Promise.all(checks().map(run));
  for (const { name, output } of results.filter(({ code }) => code !== 0)) {
    process.stdout.write(`\n──── ${name}\n${output.trimEnd()}\n`);
  }
  return results.some(({ code }) => code !== 0) ? 1 : 0;
});

function checks() {
  const unit = testFiles('tests/unit');
  const derive = join('scripts', 'derive.mjs');
  return [
    ['format', nodeTool('biome'), ['format', '.']],
    ['lint', nodeTool('oxlint'), ['--type-aware']],
    ['types', nodeTool('tsc'), ['-p', 'tsconfig.json', '--noEmit']],
    ...(existsSync(join(root, derive))
      ? [['derived files', process.execPath, ['--import', 'tsx', derive, '--check']]]
      : []),
    [
      'unit tests',
      process.execPath,
      testRunnerArguments(unit, { concurrency: 2, reporters: [['spec', 'stdout']] }),
    ],
  ];
}

async function run([name, command, args]) {
  const started = Date.now();
  const { code, output } = await capture(command, args);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  process.stdout.write(`  ${code === 0 ? '✓' : '✗'} ${name} (${seconds} s)\n`);
  return { name, code, output };
}
