import type { Knex } from 'knex';
import type { Access } from '../domain/access/access';
import { RECIPIENT_NAME } from '../domain/dmt/sealed';
import { BENEFICIARY_NAME } from '../domain/beneficiaries/sealed';
import { countAlarms } from '../domain/risk/counts';
import { createRiskDesk } from '../domain/risk/desk';
import { createGate } from '../domain/risk/gate';
import { createPayeeScreening } from '../domain/risk/payees';
import { createTuning, tuningProposal } from '../domain/risk/tuning';
import { createRiskWatch } from '../domain/risk/watch';
import { createScreeningLists } from '../domain/screening/lists';
import { createScreening } from '../domain/screening/screening';
import type { Clock } from '../platform/clock';
import type { FieldCipher } from '../platform/encryption';
import type { Ids } from '../platform/ids';

interface RiskParts {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  profile: string;
}

/** The rules of risk for the processes: what stands before the first send, and the loop that measures. */
export function createRisk(parts: RiskParts & { cipher: FieldCipher }) {
  const screening = createScreening({ ...parts, lists: createScreeningLists(parts) });
  const payees = createPayeeScreening({
    screening,
    open: (kind, id, sealed) =>
      parts.cipher.open(sealed, (kind === 'beneficiary' ? BENEFICIARY_NAME : RECIPIENT_NAME).place(id)),
  });
  return {
    gate: createGate({ ...parts, payees }),
    riskWatch: {
      ...createRiskWatch(parts),
      counts: (since: Date) => countAlarms(parts.knex, since),
    },
  };
}

/** What staff do about it. */
export function createRiskOperations(deps: RiskParts & { access: Access }) {
  return {
    actions: createTuning(deps),
    desk: { ...createRiskDesk(deps), tuning: tuningProposal },
  };
}
