import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import type { KeyedDigest } from '../../platform/encryption';
import type { Paise } from '../../platform/money';
import { bool, int4, int8, table, text, uuid } from '../../platform/sql';
import type { Caller } from '../auth/api-keys';
import {
  insertBeneficiaries,
  type Beneficiaries,
  type NewBeneficiary,
  type SealedBeneficiary,
} from '../beneficiaries/beneficiaries';
import type { Policies } from '../policies/policies';
import type { TierLimits } from '../standings/standings';
import { createAcceptance, type Accepted } from '../intake/accept';
import { newRequest, partId, type Order } from '../intake/new-request';
import type { RepeatRules } from '../intake/repeats';
import type { NewRequest, ServiceDetails, StoredDetails } from '../intake/accepted-rows';
import { DomainError } from '../errors/errors';
import { PAYEE_ERRORS } from '../payees/errors';
import type { Payees } from '../payees/payees';
import { noteChanges } from '../payees/changes';
import { bindsCaller, tellsOf, type PayeeRules } from '../payees/rules';
import { judgePayees, type LookedPayout } from './new-payees';
import type { Choice } from '../routing/choose';
import type { Roads } from '../routing/roads';
import {
  bankOf,
  chooseMode,
  quotePayout,
  type AskedPayout,
  type PayoutMode,
  type QuotedRequest,
} from './payout';

export interface AcceptPayouts {
  /**
   * Throws what Acceptance.accept and quotePayout throw, and DomainError BENEFICIARY_NOT_FOUND of an id; where the rules
   * of new beneficiaries bind the caller, BENEFICIARY_NEW, BENEFICIARY_ARCHIVED, BENEFICIARIES_USED_UP; where that of
   * repeats does, PAYOUT_DUPLICATE_SUSPECTED.
   */
  accept(caller: Caller, idempotencyKey: string, request: AskedPayout): Promise<Accepted>;
  /**
   * A payout that the platform makes by itself from a wallet to its owner's own bank account, at a price of its own.
   * It counts for no limit. Throws what Acceptance.accept throws.
   */
  settle(settling: Settling): Promise<Accepted>;
}

export interface Settling {
  /** Of any kind: the hold debits this one, and what comes back goes there. */
  wallet: Pick<Caller, 'userId' | 'walletId' | 'accountId'>;
  key: string;
  reference: string;
  narration: string;
  beneficiary: { id: string; ifsc: string };
  amountPaise: Paise;
  feePaise: Paise;
  taxPaise: Paise;
}

export interface AcceptDependencies {
  knex: Knex;
  clock: Clock;
  tiers: Pick<TierLimits, 'cap'>;
  policies: Policies;
  beneficiaries: Beneficiaries;
  payees: Pick<Payees, 'open'>;
  payeeRules: Pick<PayeeRules, 'payees'>;
  repeatRules: Pick<RepeatRules, 'repeatOf'>;
  digest: KeyedDigest;
  roads: Pick<Roads, 'choose' | 'requireOpen'>;
  onPoint?(point: 'committed'): Promise<void> | void;
}

interface Details {
  mode: PayoutMode;
  narration: string | null;
  fingerprint: Buffer;
  /** `isTold`: the owner hears of one that this payout makes. */
  beneficiary: { id: string } | { sealed: SealedBeneficiary; at: Date; isTold: boolean };
  /** Undefined: neither named by its id nor by a caller whom the rules of new beneficiaries or of repeats bind. */
  looked?: LookedPayout | undefined;
}

export function createAcceptPayouts(deps: AcceptDependencies): AcceptPayouts {
  const acceptance = createAcceptance<Details>({ ...deps, details: detailsTable(deps.beneficiaries) });
  return {
    accept: (caller, idempotencyKey, request) => {
      const order = { caller, key: idempotencyKey, hashes: hashRequest(deps.digest, request) };
      return acceptance.accept(order, () => {
        const { beneficiary } = request;
        if (!('id' in beneficiary)) return buildRequest(deps, order, { ...request, beneficiary });
        return namedRequest(deps, order, request, beneficiary.id);
      });
    },
    settle: (settling) => {
      const { wallet, key, beneficiary, amountPaise, reference } = settling;
      const canonical = JSON.stringify([
        'settlement',
        beneficiary.id,
        amountPaise.toString(),
        reference,
        wallet.walletId,
      ]);
      const order = { caller: wallet, key, hashes: deps.digest.every('request', canonical) };
      const caller = { ...wallet, services: ['payout'], standing: null };
      return acceptance.accept({ ...order, caller }, () => buildSettling(deps, order, settling));
    },
  };
}

const PAYOUTS = table<StoredDetails<Details>>('payouts', {
  transaction_id: uuid((p) => p.id),
  beneficiary_id: uuid(({ details }) => ('id' in details.beneficiary ? details.beneficiary.id : null)),
  mode: text((p) => p.details.mode),
  narration: text((p) => p.details.narration),
  is_compared: bool((p) => p.details.looked?.repeat !== undefined),
  is_named: bool((p) => p.details.looked?.isNamed === true),
  new_for_s: int4((p) => p.details.looked?.rule?.newForS),
  new_cap_paise: int8((p) => p.details.looked?.rule?.newCapPaise),
});

/**
 * The `payouts` table. A beneficiary that is not in this process's cache is first inserted (or found) in the
 * same database transaction, and cached after the commit.
 */
function detailsTable(beneficiaries: Beneficiaries): ServiceDetails<Details> {
  return {
    table: PAYOUTS,
    mustAdmit: (list) => list.some(({ transactions }) => transactions[0]!.details.looked !== undefined),
    admit: (trx, list) =>
      judgePayees(
        trx,
        list.map(({ transactions }) => transactions[0]!.details.looked),
      ),
    prepare(list) {
      const notCached = list.flatMap(({ userId, details }, i) =>
        'sealed' in details.beneficiary
          ? [{ userId, ...details.beneficiary, madeBy: 'payout' as const, i }]
          : [],
      );
      if (notCached.length === 0) return undefined;
      return {
        async write(trx) {
          const withIds = list.map(({ details }) => details);
          const { ids, made } = await insertBeneficiaries(trx, notCached);
          notCached.forEach(({ i }, k) => {
            withIds[i] = { ...withIds[i]!, beneficiary: { id: ids[k]! } };
          });
          const told = new Map(
            notCached.flatMap(({ isTold, at }, k) => (isTold && made.has(ids[k]!) ? [[ids[k]!, at]] : [])),
          );
          await noteChanges(
            trx,
            [...told].map(([beneficiaryId, at]) => ({ beneficiaryId, at })),
            { kind: 'added', isTold: true },
          );
          return withIds;
        },
        committed: (withIds) => {
          for (const { userId, i } of notCached)
            beneficiaries.remember(
              userId,
              withIds[i]!.fingerprint,
              (withIds[i]!.beneficiary as { id: string }).id,
            );
        },
      };
    },
  };
}

/** The beneficiary is named by its id. */
async function namedRequest(
  deps: AcceptDependencies,
  order: CalledOrder,
  request: AskedPayout,
  id: string,
): Promise<NewRequest<Details>> {
  const { isArchived, ...beneficiary } = await deps.payees.open(order.caller.userId, id);
  if (isArchived) throw new DomainError(PAYEE_ERRORS.BENEFICIARY_NOT_FOUND);
  return buildRequest(deps, order, { ...request, beneficiary, named: true });
}

type CalledOrder = Order & { caller: Caller };
type Quotable = QuotedRequest & { beneficiary: NewBeneficiary & { id?: string } };

function buildRequest(deps: AcceptDependencies, order: CalledOrder, request: Quotable): NewRequest<Details> {
  const at = deps.clock.now();
  const { warnings, mode, limitKey, limitCapPaise, feePaise, taxPaise } = quotePayout(
    request,
    order.caller.userId,
    deps,
  );
  const id = partId(order, at);
  return newRequest(
    order,
    {
      service: 'payout',
      currency: request.currency,
      reference: request.reference,
      at,
      policies: deps.policies,
    },
    {
      ...roadOf(deps, { id, mode, amountPaise: request.amountPaise, at }, ifscOf(request)),
      amountPaise: request.amountPaise,
      feePaise,
      taxPaise,
      chargePaise: 0n,
      limitKey,
      limitCapPaise,
    },
    {
      id,
      shown: warnings === undefined ? {} : { warnings },
      details: {
        mode,
        narration: request.narration ?? null,
        ...paidBeneficiary(deps, order.caller, request, at),
      },
    },
  );
}

function paidBeneficiary(
  { beneficiaries, payeeRules, repeatRules }: AcceptDependencies,
  caller: Caller,
  { beneficiary, amountPaise, force, named: isNamed = false }: Quotable,
  at: Date,
): Pick<Details, 'fingerprint' | 'beneficiary' | 'looked'> {
  const { userId } = caller;
  const rule = payeeRules.payees(at);
  const fingerprints = isNamed ? [] : beneficiaries.fingerprints(beneficiary);
  const fingerprint = fingerprints[0] ?? NO_FINGERPRINT;
  const id = isNamed ? beneficiary.id : beneficiaries.known(userId, fingerprint);
  const isBound = bindsCaller(rule, caller);
  const repeat = repeatRules.repeatOf('payout', caller, { at, force });
  return {
    fingerprint,
    beneficiary:
      id === undefined
        ? { sealed: beneficiaries.seal(userId, beneficiary, fingerprints), at, isTold: tellsOf(rule, caller) }
        : { id },
    looked:
      isNamed || isBound || repeat !== undefined
        ? { userId, amountPaise, at, id, fingerprints, isNamed, rule: isBound ? rule : undefined, repeat }
        : undefined,
  };
}

function buildSettling(deps: AcceptDependencies, order: Order, settling: Settling): NewRequest<Details> {
  const { reference, narration, beneficiary, amountPaise, feePaise, taxPaise } = settling;
  const at = deps.clock.now();
  const account = { kind: 'bank', ifsc: beneficiary.ifsc } as const;
  const id = partId(order, at);
  const mode = chooseMode({ amountPaise, beneficiary: { account } }, deps.policies, at);
  return newRequest(
    order,
    { service: 'payout', currency: 'INR', reference, at, policies: deps.policies },
    {
      ...roadOf(deps, { id, mode, amountPaise, at }, account.ifsc),
      ...{ amountPaise, feePaise, taxPaise, chargePaise: 0n, limitKey: null, limitCapPaise: null },
    },
    {
      id,
      details: {
        mode,
        narration,
        fingerprint: NO_FINGERPRINT,
        beneficiary: { id: beneficiary.id },
      },
    },
  );
}

/** Throws what Roads.choose throws. */
function roadOf(
  { roads }: AcceptDependencies,
  { id, mode, amountPaise, at }: { id: string; mode: PayoutMode; amountPaise: Paise; at: Date },
  ifsc: string | null,
): { provider: string; route: Choice['why']; subject: string | null } {
  const subject = bankOf(ifsc);
  const asked = { service: 'payout', class: mode, subject, amountPaise, at } as const;
  const { provider, why } = roads.choose(asked, id);
  return { provider, route: why, subject };
}

function ifscOf({ beneficiary: { account } }: Quotable): string | null {
  return account.kind === 'bank' ? account.ifsc : null;
}

/** A beneficiary that is stored already is looked up by nothing. */
const NO_FINGERPRINT = Buffer.alloc(0);

/**
 * A digest of the canonical request, to compare with when the same Idempotency-Key is used again. It is an
 * HMAC, because a plain hash of an account number can be guessed.
 */
export function hashRequest(digest: KeyedDigest, request: AskedPayout): readonly Buffer[] {
  const canonical = [
    'payout',
    request.amountPaise.toString(),
    request.currency,
    ...canonicalBeneficiary(request.beneficiary),
    request.mode ?? null,
    request.reference,
    request.narration ?? null,
    // what was asked before it could be said has the digest that it had
    ...(request.force === true ? ['force'] : []),
  ];
  return digest.every('request', JSON.stringify(canonical));
}

function canonicalBeneficiary(beneficiary: AskedPayout['beneficiary']): string[] {
  if ('id' in beneficiary) return ['id', beneficiary.id];
  const { name, account } = beneficiary;
  return [
    name,
    account.kind,
    ...(account.kind === 'bank' ? [account.accountNumber, account.ifsc] : [account.address]),
  ];
}
