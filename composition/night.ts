import type { Knex } from 'knex';
import { createCloseStep } from '../domain/night/close';
import type { NightStep } from '../domain/night/step';
import type { FollowDependencies } from '../domain/reconciliation/follow';
import { createReconcileStep } from '../domain/reconciliation/night-step';

/** What the steps of a night are made of. */
export interface NightParts extends FollowDependencies {
  /** For statements that take long (`LONG_WORK_MS`); in other processes than `nightly` it is `knex`. */
  long: Knex;
}

/** Every step of a night. A capability that has work of the night adds its step here, and says what it waits for. */
export function nightSteps(parts: NightParts): readonly NightStep[] {
  return [createCloseStep(parts), createReconcileStep({ ...parts, knex: parts.long })];
}
