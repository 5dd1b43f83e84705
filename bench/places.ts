// Where things are.
import { join } from 'node:path';
import { root } from '../tests/helpers/paths.ts';

export { root };
export const BENCH = join(root, 'bench');
export const APPS = join(BENCH, 'apps');
export const DJANGO = join(root, 'examples', 'django');

/** A program of the environment that `npm run bench` makes for the servers. */
export const bin = (name: string): string => join(root, '.build', 'bench', 'bin', name);
