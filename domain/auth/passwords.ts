import { randomUUID } from 'node:crypto';
import os from 'node:os';
import { createHashingThreads } from '../../platform/hashing-threads';
import { DomainError } from '../errors/errors';

/**
 * argon2id (the library's default; a test looks at the string) with OWASP's parameters: 19 MiB, 2 passes, 1
 * lane.
 */
export const PASSWORD_HASHING = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** A core stays for the other requests, and hashes take 57 MiB of memory at most. */
export const PASSWORDS_AT_ONCE = Math.min(3, Math.max(1, os.availableParallelism() - 1));
const MAX_WAITING = 20;
const MAX_LENGTH = 1_000;

export interface Passwords {
  /** A PHC string to store. */
  hash(password: string): Promise<string>;
  /**
   * Whether the password fits the stored hash. Without a stored hash it is false after the same time, so that
   * an unknown account looks like a wrong password. Throws DomainError SERVICE_UNAVAILABLE when too many
   * wait: a flood of logins must not take the memory.
   */
  matches(password: string, stored: string | undefined): Promise<boolean>;
}

/** One for a process: all that it hashes stands in one line. */
export function createPasswords(): Passwords {
  const threads = createHashingThreads(PASSWORDS_AT_ONCE);
  let inLine = 0;
  let nobody: Promise<string> | undefined; // a hash whose password is not known

  async function counted<T>(work: () => Promise<T>): Promise<T> {
    if (inLine >= PASSWORDS_AT_ONCE + MAX_WAITING)
      throw new DomainError('SERVICE_UNAVAILABLE', { detail: 'too many sign-ins at once', retryAfterS: 5 });
    inLine += 1;
    try {
      return await work();
    } finally {
      inLine -= 1;
    }
  }

  const hash = (password: string): Promise<string> => threads.hash(password, PASSWORD_HASHING);
  const hashOfNobody = (): Promise<string> =>
    (nobody ??= hash(randomUUID()).catch((error: unknown) => {
      nobody = undefined;
      throw error;
    }));

  return {
    hash: (password) => counted(() => hash(password)),
    matches: (password, stored) =>
      counted(async () => {
        const matched = await threads.verify(stored ?? (await hashOfNobody()), password.slice(0, MAX_LENGTH));
        return stored !== undefined && matched && password.length <= MAX_LENGTH;
      }),
  };
}
