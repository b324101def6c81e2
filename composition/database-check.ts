import type { Knex } from 'knex';
import { checkIdentity, DATABASE_DIFFERS } from '../domain/restore/identity';
import type { Clock } from '../platform/clock';
import { HealthProblem } from '../platform/health';
import type { Log } from '../platform/logger';
import { createAdmission, type Admission } from './admission';

/** Keeps a process from working in a restored database before a person has said what was lost. */
export interface DatabaseCheck extends Admission {
  /** For /readyz: throws a HealthProblem that names the command. */
  check(): Promise<void>;
}

export function createDatabaseCheck(deps: { knex: Knex; clock: Clock; log: Log }): DatabaseCheck {
  let isTold = false;
  const check = async (): Promise<void> => {
    if ((await checkIdentity(deps.knex, deps.clock.now())) !== 'differs') return;
    if (!isTold) deps.log.error({ problem: DATABASE_DIFFERS }, 'nothing is done in this database');
    isTold = true;
    throw new HealthProblem(DATABASE_DIFFERS);
  };
  return { check, ...createAdmission(check) };
}
