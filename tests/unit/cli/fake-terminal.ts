import type { PythonSettings } from '../../../src/compat/python-settings.ts';
import type { Terminal } from '../../../src/cli/terminal.ts';

export interface FakeTerminal extends Terminal {
  /** What was written to stdout and stderr. */
  stdout: string;
  stderr: string;
  /** Presses Ctrl-C. */
  interrupt: () => void;
}

/** A terminal in a folder that holds these files (path to text) and nothing else; `denied`: who keeps from reading an absolute path. */
export function fakeTerminal(
  files: Readonly<Record<string, string>> = {},
  env: Readonly<Record<string, string>> = {},
  denied: Readonly<Record<string, string>> = {},
): FakeTerminal {
  const plain = (path: string): string => path.replace(/^(\.\/)+/, '').replace(/\/+$/, '');
  const paths = Object.keys(files);
  const below = (folder: string): string => (folder === '.' || folder === '' ? '' : `${plain(folder)}/`);
  return {
    env,
    cwd: '/project',
    color: false,
    rewrites: false,
    cpus: () => Promise.resolve(4),
    // A file of the same name with `.json` behind it stands for what Python would say.
    pythonSettings: (location) =>
      Promise.resolve(
        JSON.parse(
          files[`${plain(location)}.json`] ?? '{"error":{"title":"There is no file.","where":""}}',
        ) as PythonSettings,
      ),
    interrupt: () => undefined,
    onInterrupt(last) {
      this.interrupt = last;
      return () => {
        this.interrupt = () => undefined;
      };
    },
    stdout: '',
    stderr: '',
    files: {
      read: (path) => files[plain(path)] ?? null,
      exists: (path) => paths.some((one) => one === plain(path) || one.startsWith(`${plain(path)}/`)),
      kind: (path) => {
        if (paths.includes(plain(path))) return 'file';
        return paths.some((one) => one.startsWith(`${plain(path)}/`)) ? 'folder' : 'missing';
      },
      whoDenies: (path) => Promise.resolve(denied[path] ?? null),
      folders: (path) => {
        const inside = paths
          .filter((one) => one.startsWith(below(path)))
          .map((one) => one.slice(below(path).length));
        const names = inside.filter((one) => one.includes('/')).map((one) => one.split('/')[0] ?? '');
        return Promise.resolve([...new Set(names)].toSorted());
      },
    },
    out(text) {
      this.stdout += text;
    },
    err(text) {
      this.stderr += text;
    },
  };
}
