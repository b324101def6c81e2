import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { isConnectionError, isRetryableError, sqlState } from '../../platform/database';
import type { KeyedDigest } from '../../platform/encryption';
import { DomainError } from '../../platform/errors';
import { createGather } from '../../platform/gather';
import { publicId, type Ids } from '../../platform/ids';
import { paiseToJson } from '../../platform/money';
import type { Caller } from '../auth/api-keys';
import type { Beneficiaries } from '../beneficiaries/beneficiaries';
import type { Policies } from '../policies/policies';
import { expectedBy } from '../transactions/turnaround';
import { firstDriveAt, type Due } from '../transactions/due';
import { findByKey, insertAccepted, type AcceptedRow, type InsertVerdict } from './accepted-rows';
import { quotePayout, type PayoutRequest } from './payout';

/**
 * Accepting a payout: check, price, one insert, commit. Calls are gathered: payouts that come together are inserted together, sorted by caller and
 * key; a repeat is found by its key, and gets the bytes of the first answer.
 */
export interface AcceptPayouts {
  /**
   * Resolves after the commit. Throws DomainError IDEMPOTENCY_KEY_REUSED (same key, other content), TRANSACTION_REFERENCE_TAKEN, IDEMPOTENCY_IN_PROGRESS,
   * the errors of quotePayout, SERVICE_UNAVAILABLE.
   */
  accept(caller: Caller, idempotencyKey: string, request: PayoutRequest): Promise<Accepted>;
}
export interface Accepted {
  id: string;
  /** The bytes of the first 202. */
  body: string;
  replayed: boolean;
  due: Due | undefined;
}

export interface AcceptDependencies { knex: Knex; clock: Clock; ids: Ids; policies: Policies; beneficiaries: Beneficiaries; digest: KeyedDigest; provider: string; onPoint?(point: 'committed'): Promise<void> | void }

const LOCK_TIMEOUT = '55P03';

export function createAcceptPayouts(deps: AcceptDependencies): AcceptPayouts {
  const gather = createGather<AcceptedRow, InsertVerdict>((rows) => insertGathered(deps, rows), { maxBatch: 200, maxRunning: 2 });
  return {
    async accept(caller, idempotencyKey, request) {
      const hash = hashRequest(deps.digest, request);
      const row = await quoteOrReplay(deps, caller, idempotencyKey, request, hash);
      if ('replayed' in row) return row;
      const verdict = await gather(row);
      switch (verdict.kind) {
        case 'inserted':
          await deps.onPoint?.('committed');
          deps.beneficiaries.remember(row.userId, row.fingerprint, verdict.beneficiaryId);
          return { id: row.id, body: row.acceptedBody, replayed: false, due: { job: 'hold', id: row.id, driveNo: 0 } };
        case 'replay': return { id: verdict.id, body: verdict.body, replayed: true, due: undefined };
        case 'key_reused': throw new DomainError('IDEMPOTENCY_KEY_REUSED', { detail: 'this Idempotency-Key was used with another request; use a fresh key for a new payout' });
        case 'reference_taken': throw new DomainError('TRANSACTION_REFERENCE_TAKEN', { detail: 'the reference was used for another transaction; a reference names one transaction for ever' });
        case 'in_progress': throw new DomainError('IDEMPOTENCY_IN_PROGRESS', { retryAfterS: 1 });
      }
    },
  };
}

/** A request that was accepted once stays accepted, also when a limit or a price would refuse it today. */
async function quoteOrReplay(deps: AcceptDependencies, caller: Caller, idempotencyKey: string, request: PayoutRequest, hash: Buffer): Promise<AcceptedRow | Accepted> {
  try {
    return buildRow(deps, caller, idempotencyKey, request, hash);
  } catch (error) {
    const first = await findByKey(deps.knex, caller.userId, idempotencyKey);
    if (first === undefined || !first.hash.equals(hash)) throw error;
    return { id: first.id, body: first.body, replayed: true, due: undefined };
  }
}

function buildRow(deps: AcceptDependencies, caller: Caller, idempotencyKey: string, request: PayoutRequest, requestHash: Buffer): AcceptedRow {
  const quote = quotePayout(request, caller.userId, deps);
  const now = deps.clock.now();
  const id = deps.ids.uuid();
  const fingerprint = deps.beneficiaries.fingerprint(request.beneficiary);
  const beneficiaryId = deps.beneficiaries.known(caller.userId, fingerprint);
  const policy = deps.policies.service('payout');
  return {
    id, userId: caller.userId, walletId: caller.walletId, accountId: caller.accountId, provider: deps.provider, ...quote,
    amountPaise: request.amountPaise, currency: request.currency, reference: request.reference, narration: request.narration ?? null, idempotencyKey,
    requestHash,
    acceptedBody: acceptedBody(id, request, quote, now),
    fingerprint,
    beneficiary: beneficiaryId === undefined ? { sealed: deps.beneficiaries.seal(request.beneficiary, fingerprint) } : { id: beneficiaryId },
    createdAt: now, dueAt: firstDriveAt(now), expiresAt: addMs(now, policy.expireAfterMs), expectedBy: expectedBy(now, policy.turnaroundDays),
  };
}

/** A keyed digest of the canonical request: what a second use of the key is compared with. Keyed, since account numbers can be guessed. */
export function hashRequest(digest: KeyedDigest, request: PayoutRequest): Buffer {
  const { account } = request.beneficiary;
  const canonical = ['payout', request.amountPaise.toString(), request.currency, request.beneficiary.name, account.kind, ...(account.kind === 'bank' ? [account.accountNumber, account.ifsc] : [account.address]),
    request.mode ?? null, request.reference, request.narration ?? null];
  return digest('request', JSON.stringify(canonical));
}

function acceptedBody(id: string, request: PayoutRequest, quote: { feePaise: bigint; taxPaise: bigint }, now: Date): string {
  const transactionId = publicId('transaction', id);
  return JSON.stringify({
    id: transactionId, object: 'transaction', service: 'payout', status: 'PENDING', amount: paiseToJson(request.amountPaise), currency: request.currency,
    fee: paiseToJson(quote.feePaise), tax: paiseToJson(quote.taxPaise), reference: request.reference, created_at: now.toISOString(),
    links: { self: `/v1/transactions/${transactionId}`, events: `/v1/transactions/${transactionId}/events` },
  });
}

async function insertGathered(deps: AcceptDependencies, rows: AcceptedRow[], tries = 1): Promise<(InsertVerdict | Error)[]> {
  try {
    return await insertAccepted(deps.knex, rows);
  } catch (error) {
    if (isConnectionError(error)) return rows.map(() => new DomainError('SERVICE_UNAVAILABLE', { detail: 'the request could not be confirmed; send it again with the same Idempotency-Key', retryAfterS: 1, cause: error }));
    const waited = sqlState(error) === LOCK_TIMEOUT; // somebody else's insert of the same key is not committed yet
    if (isRetryableError(error) && !waited && tries < 3) return insertGathered(deps, rows, tries + 1);
    if (rows.length === 1) return [isRetryableError(error) ? new DomainError('IDEMPOTENCY_IN_PROGRESS', { retryAfterS: 1, cause: error }) : error as Error];
    const alone: (InsertVerdict | Error)[] = [];
    for (const row of rows) alone.push(...await insertGathered(deps, [row]));
    return alone;
  }
}
