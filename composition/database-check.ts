import { setTimeout as pause } from 'node:timers/promises';
import type { Knex } from 'knex';
import { checkIdentity, DATABASE_DIFFERS } from '../domain/restore/identity';
import type { Clock } from '../platform/clock';
import { HealthProblem } from '../platform/health';
import type { Log } from '../platform/logger';

/** Keeps a process from working in a restored database before a person has said what was lost. */
export interface DatabaseCheck {
  /** For /readyz: throws a HealthProblem that names the command. */
  check(): Promise<void>;
  /** Resolves once the database is the one to work in; never, while it is not or the check is closed. */
  admitted(): Promise<void>;
  close(): void;
}

const AGAIN_MS = 1_000;

export function createDatabaseCheck(deps: { knex: Knex; clock: Clock; log: Log }): DatabaseCheck {
  const state = { isTold: false, isClosed: false };
  const check = async (): Promise<void> => {
    if ((await checkIdentity(deps.knex, deps.clock.now())) !== 'differs') return;
    if (!state.isTold) deps.log.error({ problem: DATABASE_DIFFERS }, 'nothing is done in this database');
    state.isTold = true;
    throw new HealthProblem(DATABASE_DIFFERS);
  };
  return {
    check,
    async admitted() {
      for (;;) {
        const isRight = await check().then(
          () => true,
          () => false, // the database is away, or another one: /readyz says which
        );
        if (isRight && !state.isClosed) return;
        await pause(AGAIN_MS, undefined, { ref: !state.isClosed });
      }
    },
    close() {
      state.isClosed = true;
    },
  };
}
