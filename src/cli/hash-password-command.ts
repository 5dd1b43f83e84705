import { hashPassword } from './hash-password.ts';
import { readPassword, type PasswordInput } from './read-password.ts';
import type { Terminal } from './terminal.ts';

/** `licorne hash-password [NAME]`: reads a password and prints what a file of users has for it. */
export async function runHashPassword(
  argv: readonly string[],
  terminal: Terminal,
  input: PasswordInput = process.stdin,
): Promise<number> {
  const [name, ...more] = argv;
  if (more.length > 0 || name?.startsWith('-') === true || (name !== undefined && /[:\s]/.test(name))) {
    terminal.err('licorne hash-password: at most a NAME without colons and spaces is taken.\n');
    terminal.err(
      'The password is asked for, or read from standard input; never write it into the command.\n',
    );
    return 2;
  }
  const password = await readPassword(input, (text) => terminal.err(text));
  if ('fault' in password) {
    terminal.err(`licorne hash-password: ${password.fault}\n`);
    return 1;
  }
  const hash = await hashPassword(password.text);
  terminal.out(name === undefined ? `${hash}\n` : `${name}:${hash}\n`);
  return 0;
}
