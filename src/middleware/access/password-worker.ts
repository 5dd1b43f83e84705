// A thread of the gateway that does nothing else: hashing takes tenths of a second, which no request should wait for.
import { parentPort } from 'node:worker_threads';
import type { PasswordQuestion, PasswordReply } from './password-thread.ts';
import { verifyPassword } from './verify-password.ts';

parentPort?.on('message', ({ id, password, hash }: PasswordQuestion) => {
  parentPort?.postMessage({ id, same: answer(password, hash) } satisfies PasswordReply);
});

function answer(password: string, hash: string): boolean {
  try {
    return verifyPassword(password, hash);
  } catch {
    return false;
  }
}
