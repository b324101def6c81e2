import { setTimeout as pause } from 'node:timers/promises';
import type { Knex } from 'knex';
import { HealthProblem } from '../platform/health';
import { compareKeys, type NamedKeys } from '../platform/key-fingerprints';
import type { Log } from '../platform/logger';

/** Keeps a process from working with keys that are not those of its database. */
export interface KeyCheck {
  /** For /readyz: throws a HealthProblem that names the keys. */
  check(): Promise<void>;
  /** Resolves once the keys are right; never, while they are wrong or the check is closed. */
  admitted(): Promise<void>;
  close(): void;
}

const AGAIN_MS = 1_000;

export function createKeyCheck(deps: { knex: Knex; keys: NamedKeys; log: Log }): KeyCheck {
  const state = { right: false, told: '', closed: false };
  const check = async (): Promise<void> => {
    if (state.right) return;
    const problems = await compareKeys(deps.knex, deps.keys);
    state.right = problems.length === 0;
    if (state.right) return;
    const text = problems.join('; ');
    if (text !== state.told) deps.log.error({ problems }, 'the keys are wrong: this process does not work');
    state.told = text;
    throw new HealthProblem(text);
  };
  return {
    check,
    async admitted() {
      for (;;) {
        const right = await check().then(
          () => true,
          () => false, // the database is away, or a key is wrong: /readyz says which
        );
        if (right && !state.closed) return;
        await pause(AGAIN_MS, undefined, { ref: !state.closed });
      }
    },
    close() {
      state.closed = true;
    },
  };
}
