import type { Check, CheckGroup } from '../promises/check';
import { ALL_SERVICES } from '../services/services';
import { AUDIT } from './a1-audit';
import { SEAL } from './a2-seal';
import { LEDGER_SIGNED, SIGNED } from './audit-heads';
import { BOOKS } from './p1-books';
import { RECONCILED } from './p1-breaks';
import { COMMISSIONS } from './p1-commissions';
import { SETTLEMENTS } from './p1-settlements';
import { TAXES } from './p1-taxes';
import { DISPUTES } from './p2-disputes';
import { MONEY } from './p2-money';
import { acceptedChecks } from './p3-accepted';
import { ONCE } from './p4-once';
import { PAYOUT_FILES } from './p4-payout-files';
import { UNKNOWN } from './p5-unknown';
import { QUEUE } from './p6-queue';
import { privacyChecks } from './p7-privacy';

/** Every check of tables, of the shared parts and of each service. */
export const GROUPS: readonly CheckGroup[] = [
  ...BOOKS,
  ...COMMISSIONS,
  ...SETTLEMENTS,
  ...TAXES,
  ...RECONCILED,
  ...MONEY,
  ...DISPUTES,
  ...acceptedChecks(ALL_SERVICES),
  ...ONCE,
  ...PAYOUT_FILES,
  ...UNKNOWN,
  ...QUEUE,
  ...privacyChecks(ALL_SERVICES),
  ...ALL_SERVICES.flatMap(({ checks }) => checks),
  ...AUDIT,
  ...SEAL,
];

/** Every check that the verifier makes by itself, by its name. */
export const NAMED: ReadonlyMap<string, Pick<Check, 'promise' | 'what'>> = new Map(
  [...GROUPS.flatMap(({ checks }) => checks), SIGNED, LEDGER_SIGNED].map((check) => [check.name, check]),
);
