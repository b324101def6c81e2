import type { Knex } from 'knex';
import { createCommissionSteps } from '../domain/commissions/night-steps';
import type { PayoutDependencies } from '../domain/commissions/payouts';
import { createCompensationStep } from '../domain/compensation/compensation';
import { createGstStep } from '../domain/gst/night-step';
import { createCloseStep } from '../domain/night/close';
import type { NightStep } from '../domain/night/step';
import type { FollowDependencies } from '../domain/reconciliation/follow';
import { createReconcileStep, createStatementsStep } from '../domain/reconciliation/night-step';
import { createSafeguardingStep } from '../domain/safeguarding/safeguarding';
import { createTaxDuesStep } from '../domain/remittances/night-step';
import { createSealStep } from '../domain/seal/seal';
import type { SettlementDependencies } from '../domain/settlements/batches';
import { createSettlementStep } from '../domain/settlements/night-step';
import { TOLD_APART } from '../domain/services/services';
import { createBalancesStep } from '../domain/snapshots/snapshots';
import type { Clock } from '../platform/clock';
import type { Ids } from '../platform/ids';
import type { Signer } from '../platform/signing';

/** What the steps of a night are made of. */
export interface NightParts
  extends FollowDependencies, SettlementDependencies, Pick<PayoutDependencies, 'accounts'> {
  /** For statements that take long (`LONG_WORK_MS`); in other processes than `nightly` it is `knex`. */
  long: Knex;
  clock: Clock;
  ids: Ids;
  /** Signs the heads of the seal. */
  signer: Signer | undefined;
}

/** Every step of a night. A capability that has work of the night adds its step here, and says what it waits for. */
export function nightSteps(parts: NightParts): readonly NightStep[] {
  const long = { ...parts, knex: parts.long };
  return [
    createCloseStep(parts),
    createReconcileStep(long),
    createStatementsStep(long),
    createBalancesStep(parts),
    createCompensationStep(parts),
    ...createCommissionSteps({ ...long, toldApart: TOLD_APART }),
    createGstStep(long),
    createSettlementStep(parts),
    createTaxDuesStep(parts),
    createSafeguardingStep(parts),
    createSealStep(parts),
  ];
}
