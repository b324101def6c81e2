import type { Knex } from 'knex';
import { HealthProblem } from '../platform/health';
import { compareKeys, type NamedKeys } from '../platform/key-fingerprints';
import type { Log } from '../platform/logger';
import { createAdmission, type Admission } from './admission';

/** Keeps a process from working with keys that are not those of its database. */
export interface KeyCheck extends Admission {
  /** For /readyz: throws a HealthProblem that names the keys. */
  check(): Promise<void>;
}

export function createKeyCheck(deps: { knex: Knex; keys: NamedKeys; log: Log }): KeyCheck {
  const state = { right: false, told: '' };
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
  return { check, ...createAdmission(check) };
}
