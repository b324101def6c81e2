import os from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import { DomainError } from '../errors/errors';

/**
 * argon2id (the library's default; a test looks at the string) with OWASP's parameters: 19 MiB, 2 passes, 1
 * lane.
 */
export const PASSWORD_HASHING = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** A core stays for the other requests, and one of the four threads that files and names need too. */
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
  const slots = createSlots(PASSWORDS_AT_ONCE, MAX_WAITING);
  let nobody: Promise<string> | undefined; // a hash whose password is not known

  return {
    hash: (password) => slots(async () => hash(password, PASSWORD_HASHING)),
    matches: (password, stored) =>
      slots(async () => {
        nobody ??= hash(`${Math.random()} ${process.hrtime.bigint()}`, PASSWORD_HASHING);
        const matched = await verify(stored ?? (await nobody), password.slice(0, MAX_LENGTH));
        return stored !== undefined && matched && password.length <= MAX_LENGTH;
      }),
  };
}

function createSlots(maxRunning: number, maxWaiting: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= maxRunning) {
      if (waiting.length >= maxWaiting)
        throw new DomainError('SERVICE_UNAVAILABLE', { detail: 'too many sign-ins at once', retryAfterS: 5 });
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
      }); // the one before hands its slot over
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
