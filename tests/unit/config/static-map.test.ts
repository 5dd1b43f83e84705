import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diagnosticText } from '../../../src/cli/report.ts';
import { parseFlags } from '../../../src/config/flags.ts';
import { resolveSettings, type Resolution } from '../../../src/config/resolve.ts';

function resolve(argv: readonly string[], text = '', env: Readonly<Record<string, string>> = {}): Resolution {
  return resolveSettings({ flags: parseFlags(argv), env, file: { path: 'etc/licorne.toml', text } });
}

const served = (resolution: Resolution): string[] => {
  assert.deepEqual(resolution.diagnostics, []);
  return resolution.locations.map(({ path, files }) => `${path} ${files?.dirs.join(' ')}`);
};
const fault = (item: string): string =>
  resolve(['--static', item])
    .diagnostics.map((one) => diagnosticText(one).trimEnd().replaceAll(/\n +/g, ' | '))
    .join();

test('--static makes a location, and folders of one URL are looked through in their order', () => {
  const flags = ['--static', '/static=a', '--static=/media/=b=c', '--static-map', '/static/=d'];
  assert.deepEqual(served(resolve(flags)), ['/static a d', '/media/ b=c']);
  assert.deepEqual(served(resolve([], '', { LICORNE_STATIC_MAP: '/s=x, /t=y' })), ['/s x', '/t y']);
});

test('folders of the file are relative to it, those of the command line are not', () => {
  assert.deepEqual(served(resolve([], '[static]\nstatic_map = ["/a=x", "/b=/y", "/c=../z"]\n')), [
    '/a etc/x',
    '/b /y',
    '/c z',
  ]);
  assert.deepEqual(served(resolve(['--static', '/a=x'])), ['/a x']);
});

test('a flag overrules the location of the file with the same path', () => {
  const file = '[[site]]\n[[site.location]]\npath = "/static/"\nstatic = "x"\nlisting = true\n';
  const { locations, diagnostics } = resolve(['--static', '/static=y'], file);
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(
    locations.map(({ files, fromSetting }) => [files?.dirs, files?.listing, fromSetting]),
    [[['y'], false, true]],
  );
});

test('what is no URL=DIR is told with what would be', () => {
  const told = (message: string, hint: string): string =>
    `licorne: error: \`static_map\`: ${message} | from     --static | allowed  URL=DIR, such as /static=assets${hint === '' ? '' : ` | hint     ${hint}`}`;
  assert.equal(fault('assets'), told('`assets` has no =', 'write /static=assets'));
  assert.equal(fault('/static'), told('`/static` has no =', 'write /static=DIR'));
  assert.equal(fault('/static:assets'), told('`/static:assets` has no =', 'write /static=assets'));
  assert.equal(
    fault('static=a'),
    told('`static=a`: the URL `static` does not begin with /', 'write /static=a'),
  );
  assert.equal(fault('=a'), told('`=a` names no URL', 'write /static=a'));
  assert.equal(fault('/static='), told('`/static=` names no folder', ''));
  assert.match(fault('/static/*=a'), /a location is a prefix: \/static\/ already means everything below/);
  assert.match(fault('/a%20b=a'), /write the characters themselves/);
});

test('the key people try first is answered', () => {
  const { diagnostics } = resolve([], '[static]\nstatic = "x"\n');
  assert.equal(diagnostics[0]?.hint, 'did you mean `static_map` in [static]?');
});
