import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the checkout. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The folder of the test applications. */
export const apps = join(root, 'tests', 'apps');

/** The program under test. */
export const licorne = join(root, 'bin', 'licorne');
