// What the figures were measured on.
import { spawnSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bin, root } from './places.ts';

/** Distributions whose versions stand in the results. */
const PACKAGES = [
  'gunicorn',
  'uvicorn',
  'httptools',
  'uvloop',
  'granian',
  'pyuwsgi',
  'Hypercorn',
  'daphne',
  'waitress',
  'whitenoise',
  'Django',
];

/** Names and values: processor, system, versions. */
export function machineFacts(): [name: string, value: string][] {
  const [first] = cpus();
  const gigabytes = (totalmem() / 2 ** 30).toFixed(0);
  return [
    ['date', new Date().toISOString().slice(0, 16).replace('T', ' ') + ' UTC'],
    [
      'machine',
      `${first?.model.trim() ?? 'unknown'}, ${cpus().length} processors, ${gigabytes} GB, Linux ${release()}`,
    ],
    ['load before the run', `${loadavg()[0]?.toFixed(2)} (a quiet machine has less than 0.2)`],
    ['licorne', `${licorneVersion()}, Node ${process.versions.node}`],
    ['Python', output(bin('python'), ['--version']).replace('Python ', '')],
    ['packages', packageVersions()],
    ['nginx', /nginx\/([\d.]+)/.exec(output('nginx', ['-v']))?.[1] ?? 'none'],
    ['wrk', /wrk (\S+)/.exec(output('wrk', ['-v']))?.[1] ?? 'none'],
  ];
}

function licorneVersion(): string {
  const { version }: { version: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const commit = output('git', ['-C', root, 'rev-parse', '--short', 'HEAD']).trim();
  return /^[0-9a-f]+$/.test(commit) ? `${version} (${commit})` : version;
}

function packageVersions(): string {
  const frozen = output(bin('python'), [
    '-m',
    'pip',
    'list',
    '--format=freeze',
    '--disable-pip-version-check',
  ]);
  const versions = new Map(
    frozen.split('\n').map((line) => {
      const [name = '', version = ''] = line.split('==');
      return [name.toLowerCase(), version.trim()] as const;
    }),
  );
  return PACKAGES.flatMap((name) => {
    const version = versions.get(name.toLowerCase());
    return version === undefined ? [] : [`${name} ${version}`];
  }).join(', ');
}

function output(command: string, args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return `${stdout ?? ''}${stderr ?? ''}`;
}
