import { addMs, spanInWords } from '../../platform/clock';
import { rows } from '../../platform/database';
import type { DigestedColumns, KeyedDigest } from '../../platform/encryption';
import type { Paise } from '../../platform/money';
import { compareTexts } from '../../platform/order';
import { DomainError } from '../errors/errors';
import { keyOfDigest, type DuplicateRule } from '../intake/duplicates';
import type { UserId } from '../ids/ids';
import { BBPS_ERRORS } from './errors';
import type { CustomerParameter } from './port';
import type { KeptInstruction } from './sealed';

/**
 * The same bill is not paid twice by one user: not while the first payment has no end, and not for a while
 * after it succeeded, unless the caller says that it is meant. A bill is known by its number, or by its
 * amount where one of the two payments has no number. A fetch is no such name: the same bill is fetched as
 * often as anybody likes.
 */
export interface BillIdentity {
  /** Keyed digest of user, biller and the customer's parameters. */
  subject: Buffer;
  /** Keyed digest of the number of the bill, where it has one. */
  bill: Buffer | null;
}
/** Under every key that is valid; the first is kept. */
export type BillIdentities = readonly BillIdentity[];

export interface ComparedBill {
  identities: BillIdentities;
  amountPaise: Paise;
  fetch: { id: string } | null;
  acceptedAt: Date;
  force: boolean;
  windowMs: number;
}

export interface PaidBill {
  userId: UserId;
  billerId: string;
  parameters: readonly CustomerParameter[];
  billNumber: string | null;
}

/** Spelled in other letters or in another order, the same bill is the same. */
export function identitiesOf(
  digest: KeyedDigest,
  { userId, billerId, parameters, billNumber }: PaidBill,
): BillIdentities {
  const subject = [
    userId,
    billerId,
    parameters
      .map(({ name, value }) => [plain(name), plain(value)])
      .toSorted(([a], [b]) => compareTexts(a!, b!)),
  ];
  const bills =
    billNumber === null || plain(billNumber) === '' ? [] : digest.every('bill-number', plain(billNumber));
  return digest
    .every('bill-subject', JSON.stringify(subject))
    .map((one, i) => ({ subject: one, bill: bills[i] ?? null }));
}

/** By which a bill is known again. */
export const BILL_FINGERPRINTS: DigestedColumns = {
  table: 'bbps_payments',
  columns: ['subject_fingerprint', 'bill_fingerprint'],
  reads: ['(select x.user_id::text from transactions x where x.id = t.transaction_id)', 't.biller_id'],
  of(digest, { instruction_sealed: instruction }, [userId, billerId]) {
    const { customer, bill } = JSON.parse(instruction!) as KeptInstruction;
    const [first] = identitiesOf(digest, {
      userId: userId as UserId,
      billerId: billerId!,
      parameters: customer.parameters,
      billNumber: bill?.billNumber ?? null,
    });
    return [first!.subject, first!.bill];
  },
};

const plain = (text: string): string => text.trim().toUpperCase();

export const BILL_DUPLICATES: DuplicateRule<ComparedBill> = {
  keysOf: (d) => d.identities.map(({ subject }) => keyOfDigest(subject)),
  isExempt: (d) => d.force || d.windowMs === 0,
  refusalBeside(d, earlier) {
    if (d.fetch !== null && d.fetch.id === earlier.fetch?.id) return fetchUsed();
    const [ours, other] = [d.identities[0]!, earlier.identities[0]!];
    const isSame =
      ours.subject.equals(other.subject) &&
      (ours.bill === null || other.bill === null
        ? d.amountPaise === earlier.amountPaise
        : ours.bill.equals(other.bill));
    return isSame ? duplicate(d) : undefined;
  },
  async refusalsOfStored(trx, list) {
    const looked = list.flatMap((d, n) => d.identities.map((identity) => ({ ...d, identity, place: n })));
    const found = await rows<{ n: number; isSameFetch: boolean | null }>(
      trx,
      `
      select d.n::int, bool_or(p.fetch_id = d.fetch_id) as "isSameFetch"
      from unnest(:subjects::bytea[], :bills::bytea[], :amounts::int8[], :fetches::uuid[], :since::timestamptz[])
        with ordinality as d(subject, bill, amount, fetch_id, since, n)
      join bbps_payments p on p.subject_fingerprint = d.subject
      join transactions t on t.id = p.transaction_id
      where t.state not in ('failed', 'reversed', 'refunded') and (t.state <> 'succeeded' or t.finished_at > d.since)
        and case when p.bill_fingerprint is null or d.bill is null then t.amount_paise = d.amount
          else p.bill_fingerprint = d.bill end
      group by d.n order by 2 nulls first`,
      {
        subjects: looked.map((d) => d.identity.subject),
        bills: looked.map((d) => d.identity.bill),
        amounts: looked.map((d) => d.amountPaise),
        fetches: looked.map((d) => d.fetch?.id ?? null),
        since: looked.map((d) => addMs(d.acceptedAt, -d.windowMs).toISOString()),
      },
    );
    // Of one that is found under two keys, what is said last counts.
    return new Map(
      found.map(({ n, isSameFetch }) => {
        const { place } = looked[n - 1]!;
        return [place, isSameFetch === true ? fetchUsed() : duplicate(list[place]!)];
      }),
    );
  },
};

/** A fetch is paid with once, whatever is meant. */
export function fetchUsed(cause?: unknown): DomainError {
  return new DomainError(BBPS_ERRORS.BBPS_FETCH_USED, {
    detail: 'a fetched bill is paid once; fetch it again to pay again',
    cause,
  });
}

function duplicate({ windowMs }: ComparedBill): DomainError {
  return new DomainError(BBPS_ERRORS.BBPS_DUPLICATE_SUSPECTED, {
    detail:
      `a payment of this bill is under way, or succeeded in the last ${spanInWords(windowMs)}; ` +
      `look at it first, and send "force": true if it is to be paid once more`,
  });
}
