import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import type { KeyedDigest } from '../../platform/encryption';
import type { Ids } from '../../platform/ids';
import { table, text, uuid } from '../../platform/sql';
import type { Caller } from '../auth/api-keys';
import {
  insertBeneficiaries,
  type Beneficiaries,
  type SealedBeneficiary,
} from '../beneficiaries/beneficiaries';
import type { Policies } from '../policies/policies';
import { acceptedBody, createAcceptance, type Accepted } from '../intake/accept';
import type { NewRequest, ServiceDetails, StoredDetails } from '../intake/accepted-rows';
import { firstDriveAt } from '../lifecycle/due';
import { expectedBy } from '../intake/turnaround';
import { quotePayout, type PayoutMode, type PayoutRequest } from './payout';

export interface AcceptPayouts {
  /** Throws what Acceptance.accept and quotePayout throw. */
  accept(caller: Caller, idempotencyKey: string, request: PayoutRequest): Promise<Accepted>;
}

export interface AcceptDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  policies: Policies;
  beneficiaries: Beneficiaries;
  digest: KeyedDigest;
  provider: string;
  onPoint?(point: 'committed'): Promise<void> | void;
}

interface Details {
  mode: PayoutMode;
  narration: string | null;
  fingerprint: Buffer;
  beneficiary: { id: string } | { sealed: SealedBeneficiary };
}

export function createAcceptPayouts(deps: AcceptDependencies): AcceptPayouts {
  const acceptance = createAcceptance<Details>({ ...deps, details: detailsTable(deps.beneficiaries) });
  return {
    accept: (caller, idempotencyKey, request) => {
      const hash = hashRequest(deps.digest, request);
      return acceptance.accept(caller.userId, idempotencyKey, hash, () =>
        buildRequest(deps, caller, idempotencyKey, hash, request),
      );
    },
  };
}

const PAYOUTS = table<StoredDetails<Details>>('payouts', {
  transaction_id: uuid((p) => p.id),
  beneficiary_id: uuid(({ details }) => ('id' in details.beneficiary ? details.beneficiary.id : null)),
  mode: text((p) => p.details.mode),
  narration: text((p) => p.details.narration),
});

/** The payouts table. Beneficiaries that this process does not know are stored in the same database transaction. */
function detailsTable(beneficiaries: Beneficiaries): ServiceDetails<Details> {
  return {
    table: PAYOUTS,
    prepare(list) {
      const fresh = list.flatMap(({ userId, details }, i) =>
        'sealed' in details.beneficiary ? [{ userId, sealed: details.beneficiary.sealed, i }] : [],
      );
      if (fresh.length === 0) return undefined;
      return {
        async write(trx) {
          const complete = list.map(({ details }) => details);
          const stored = await insertBeneficiaries(trx, fresh);
          fresh.forEach(({ i }, k) => {
            complete[i] = { ...complete[i]!, beneficiary: { id: stored[k]! } };
          });
          return complete;
        },
        committed: (complete) => {
          for (const { userId, i } of fresh)
            beneficiaries.remember(
              userId,
              complete[i]!.fingerprint,
              (complete[i]!.beneficiary as { id: string }).id,
            );
        },
      };
    },
  };
}

function buildRequest(
  deps: AcceptDependencies,
  caller: Caller,
  idempotencyKey: string,
  requestHash: Buffer,
  request: PayoutRequest,
): NewRequest<Details> {
  const { mode, limitKey, limitCapPaise, feePaise, taxPaise } = quotePayout(request, caller.userId, deps);
  const now = deps.clock.now();
  const id = deps.ids.uuid();
  const fingerprint = deps.beneficiaries.fingerprint(request.beneficiary);
  const beneficiaryId = deps.beneficiaries.known(caller.userId, fingerprint);
  const policy = deps.policies.service('payout');
  const amounts = { amountPaise: request.amountPaise, feePaise, taxPaise, chargePaise: 0n };
  const shown = {
    service: 'payout',
    currency: request.currency,
    reference: request.reference,
    createdAt: now,
  } as const;
  return {
    id,
    userId: caller.userId,
    walletId: caller.walletId,
    accountId: caller.accountId,
    ...shown,
    idempotencyKey,
    requestHash,
    acceptedBody: acceptedBody({ id, ...amounts, ...shown }),
    transactions: [
      {
        id,
        provider: deps.provider,
        ...amounts,
        limitKey,
        limitCapPaise,
        dueAt: firstDriveAt(now),
        expiresAt: addMs(now, policy.expireAfterMs),
        expectedBy: expectedBy(now, policy.turnaroundDays),
        details: {
          mode,
          narration: request.narration ?? null,
          fingerprint,
          beneficiary:
            beneficiaryId === undefined
              ? { sealed: deps.beneficiaries.seal(request.beneficiary, fingerprint) }
              : { id: beneficiaryId },
        },
      },
    ],
  };
}

/** A keyed digest of the canonical request: what a second use of the key is compared with. Keyed, since account numbers can be guessed. */
export function hashRequest(digest: KeyedDigest, request: PayoutRequest): Buffer {
  const { account } = request.beneficiary;
  const canonical = [
    'payout',
    request.amountPaise.toString(),
    request.currency,
    request.beneficiary.name,
    account.kind,
    ...(account.kind === 'bank' ? [account.accountNumber, account.ifsc] : [account.address]),
    request.mode ?? null,
    request.reference,
    request.narration ?? null,
  ];
  return digest('request', JSON.stringify(canonical));
}
