/**
 * Writes orders of a past day as the platform would have: requests and transactions as rows, holds, outcomes and their
 * postings by the domain's own recipes, and the other side into the sandbox's books. Several hundred at a time, so that a
 * month takes minutes.
 */
import { randomBytes } from 'node:crypto';
import { insertAttempts, namesOfAttempt, acknowledgeAttempts } from '../../domain/dispatch/attempts';
import { transactionId, type TransactionId } from '../../domain/ids/ids';
import { insertAccepted, type NewRequest, type StoredDetails } from '../../domain/intake/accepted-rows';
import { newRequest, partId } from '../../domain/intake/new-request';
import { beginAttempt } from '../../domain/lifecycle/drives';
import { applyChange, lockTransactionsForUpdate, writeChanges } from '../../domain/lifecycle/moves';
import { recordOutcomesIn } from '../../domain/lifecycle/record-outcome';
import type { ProviderOutcome } from '../../domain/provider/outcome';
import { addMs, businessDate } from '../../platform/clock';
import { execute } from '../../platform/database';
import {
  bytea,
  date,
  insertAll,
  int2,
  int4,
  int8,
  table,
  text,
  timestamptz,
  uuid,
  type Table,
} from '../../platform/sql';
import { BILLER, type Booked, type ProviderBooks } from './books';
import type { MonthOrder, ServiceName } from './plan';
import type { MonthWorld, Retailer } from './world';

/** An order with what the two sides know of it. */
export interface WrittenOrder extends Booked {
  order: MonthOrder;
  id: TransactionId;
  ourReference: string;
}

interface Details {
  order: MonthOrder;
  retailer: Retailer;
  otpId: string;
  at: Date;
}

const ZEROS = Buffer.alloc(32);
const of =
  <T>(get: (one: Details) => T) =>
  (row: StoredDetails<Details>): T =>
    get(row.details);
const id = uuid<StoredDetails<Details>>((row) => row.id);

const TABLES: Readonly<Record<ServiceName, Table<StoredDetails<Details>>>> = {
  payout: table('payouts', {
    transaction_id: id,
    beneficiary_id: uuid(of((d) => d.retailer.beneficiaryId)),
    mode: text(of((d) => d.order.place)),
    narration: text(() => 'Month'),
  }),
  dmt: table('dmt_transfers', {
    transaction_id: id,
    part_no: int2(() => 1),
    otp_request_id: uuid(of((d) => d.otpId)),
    sender_id: uuid(of((d) => d.retailer.senderId)),
    recipient_id: uuid(of((d) => d.retailer.recipientId)),
    amount_paise: int8(of((d) => d.order.amountPaise)),
    max_paise: int8(() => 500_000n),
    charge_tax_paise: int8(() => 0n),
    otp_sealed: text(() => null),
    otp_expires_at: timestamptz(of((d) => addMs(d.at, 300_000))),
  }),
  bbps: table('bbps_payments', {
    transaction_id: id,
    biller_id: text(() => BILLER),
    biller_name: text(() => 'Month Biller'),
    category: text(of((d) => d.order.place)),
    payment_mode: text(() => 'Cash'),
    instruction_sealed: text(() => 'v1.x.x.x.x'),
    subject_fingerprint: bytea(() => randomBytes(32)),
  }),
  recharge: table('recharges', {
    transaction_id: id,
    user_id: uuid(of((d) => d.retailer.userId)),
    mobile_sealed: text(() => 'v1.x.x.x.x'),
    mobile_fingerprint: bytea(() => randomBytes(32)),
    mobile_hint: text(() => '98XXXXXX10'),
    operator: text(of((d) => d.order.place)),
    circle: text(() => 'MH'),
    amount_paise: int8(of((d) => d.order.amountPaise)),
    created_at: timestamptz(of((d) => d.at)),
  }),
  aeps: table('aeps_withdrawals', {
    transaction_id: id,
    user_id: uuid(of((d) => d.retailer.userId)),
    kind: text(() => 'withdrawal'),
    customer: bytea(() => ZEROS),
    customer_ref: bytea(() => randomBytes(32)),
    mobile_sealed: text(() => 'v1.x.x.x.x'),
    bank: text(() => '607152'),
    terminal_id: text(() => 'till-1'),
    lat_micro: int4(() => 18_520_000),
    long_micro: int4(() => 73_850_000),
    business_date: date(of((d) => businessDate(d.at))),
    day_cap: int2(() => 1),
    created_at: timestamptz(of((d) => d.at)),
  }),
};

interface OtpRow {
  id: string;
  retailer: Retailer;
  amountPaise: bigint;
  at: Date;
}
const OTPS = table<OtpRow>('dmt_otp_requests', {
  id: uuid((o) => o.id),
  user_id: uuid((o) => o.retailer.userId),
  sender_id: uuid((o) => o.retailer.senderId),
  recipient_id: uuid((o) => o.retailer.recipientId),
  amount_paise: int8((o) => o.amountPaise),
  provider_ref: text((o) => o.id),
  created_at: timestamptz((o) => o.at),
  expires_at: timestamptz((o) => addMs(o.at, 300_000)),
});

const PAYOUT_FEE = { feePaise: 500n, taxPaise: 90n };
const NO_FEE = { feePaise: 0n, taxPaise: 0n };
const ANSWERED_MS = 5_000;

/** Writes orders that are made at the same time; returns what became of each. */
export async function writeOrders(
  world: MonthWorld,
  books: ProviderBooks,
  orders: readonly MonthOrder[],
): Promise<WrittenOrder[]> {
  const requests = orders.map((order) => requestOf(world, books, order));
  await accept(world, orders, requests);
  const ids = requests.map((request) => request.id);
  throwFirst(await world.parts.holds.hold(ids));
  const written = orders.map((order, i): WrittenOrder => {
    const own = transactionId(ids[i]!);
    const { ourReference } = namesOfAttempt(own, 1);
    return { order, id: own, ourReference, ...books.add(order, ourReference) };
  });
  await dispatch(world, written);
  world.clock.advance(ANSWERED_MS);
  await hear(
    world,
    written.flatMap((one) => answerOf(one)),
  );
  await acknowledge(
    world,
    written.filter((one) => isUnheard(one.order)),
  );
  return written;
}

const isUnheard = ({ end }: MonthOrder): boolean => end === 'told_success' || end === 'told_failure';

function requestOf(
  { clock, ids, parts, retailers }: MonthWorld,
  books: ProviderBooks,
  order: MonthOrder,
): NewRequest<Details> {
  const at = clock.now();
  const retailer = retailers[order.retailer]!;
  const key = `month-${order.no}`;
  const asked = { caller: retailer, key, hashes: [ZEROS] };
  const provider = providerOf(order);
  const { chargePaise } = books.terms(order);
  return newRequest(
    asked,
    {
      ...{ service: order.service, currency: 'INR', reference: key, at },
      policies: parts.policies,
    },
    {
      ...{ provider, amountPaise: order.amountPaise, chargePaise, limitKey: null, limitCapPaise: null },
      ...(order.service === 'payout' ? PAYOUT_FEE : NO_FEE),
      agreed: parts.policies.commission(
        { provider, service: order.service, class: order.place, amountPaise: order.amountPaise },
        at,
      ),
    },
    {
      id: partId(asked, at),
      details: { order, retailer, otpId: ids.uuid(), at },
      ...(order.service === 'aeps' ? { answerBefore: addMs(at, 60_000) } : {}),
    },
  );
}

export const providerOf = ({ source }: Pick<MonthOrder, 'source'>): 'razorpayx' | 'eko' | 'setu' =>
  source === 'razorpayx' || source === 'eko' ? source : 'setu';

async function accept(
  { knex }: MonthWorld,
  orders: readonly MonthOrder[],
  requests: readonly NewRequest<Details>[],
): Promise<void> {
  const services = [...new Set(orders.map(({ service }) => service))];
  for (const service of services) {
    const own = requests.filter((request) => request.service === service);
    if (service === 'dmt')
      await knex.transaction((trx) =>
        insertAll(
          trx,
          OTPS,
          own.map(({ transactions: [transaction] }) => {
            const { otpId, retailer, order, at } = transaction!.details;
            return { id: otpId, retailer, amountPaise: order.amountPaise, at };
          }),
        ),
      );
    const verdicts = await insertAccepted(knex, { table: TABLES[service] }, own);
    if (verdicts.some(({ kind }) => kind !== 'inserted'))
      throw new Error(`orders were not accepted: ${JSON.stringify(verdicts.slice(0, 3))}`);
  }
}

/** held -> dispatched, each with its attempt, as the sender begins them. */
async function dispatch({ knex, clock, parts }: MonthWorld, written: readonly WrittenOrder[]): Promise<void> {
  await knex.transaction(async (trx) => {
    const locked = await lockTransactionsForUpdate(
      trx,
      written.map((one) => one.id),
    );
    const now = clock.now();
    const begun = written.map((one) => {
      const policy = parts.policies.provider(providerOf(one.order));
      const sendBefore = addMs(now, policy.sendWindowMs);
      const nextPollAt = addMs(now, policy.pollScheduleMs[0]!);
      return {
        change: applyChange(
          locked.get(one.id)!,
          beginAttempt(locked.get(one.id)!, { actor: 'send', sendBefore, nextPollAt }),
        ),
        attempt: {
          ...{ transactionId: one.id, attemptNo: 1, provider: providerOf(one.order) },
          ...namesOfAttempt(one.id, 1),
          ...{ route: null, refs: {}, bodyHash: ZEROS, sendBefore, sendCount: 1, createdAt: now },
        },
      };
    });
    await writeChanges(
      trx,
      begun.map(({ change }) => change),
      now,
    );
    await insertAttempts(
      trx,
      begun.map(({ attempt }) => attempt),
    );
  });
}

export interface Heard {
  id: TransactionId;
  answer: ProviderOutcome;
}

/** Nothing is heard of those whose end only a report tells. */
function answerOf({ order, id: own, ...booked }: WrittenOrder): Heard[] {
  if (isUnheard(order)) return [];
  const base = { sent: true, providerReference: booked.reference } as const;
  if (order.end === 'failed')
    return [{ id: own, answer: { ...base, kind: 'failed', rawStatus: 'failed', rawReason: 'declined' } }];
  const isEko = order.source === 'eko';
  const kind = order.end === 'refund_pending' ? 'refund_pending' : 'succeeded';
  return [
    {
      id: own,
      answer: {
        ...{ ...base, kind, rawStatus: 'processed', utr: booked.utr, amountPaise: order.amountPaise },
        ...(isEko ? { commissionPaise: booked.commissionPaise, tdsPaise: booked.tdsPaise } : {}),
        ...(order.service === 'payout'
          ? {
              providerFeePaise: booked.feePaise,
              providerTaxPaise: booked.feeTaxPaise,
            }
          : {}),
      },
    },
  ];
}

/** Records answers and posts their effects. */
export async function hear({ knex, clock, ids, parts }: MonthWorld, heard: readonly Heard[]): Promise<void> {
  if (heard.length === 0) return;
  const recorded = await knex.transaction((trx) =>
    recordOutcomesIn(
      trx,
      { clock, ids },
      heard.map(({ id: own, answer }) => ({
        ...{ transactionId: own, attemptNo: 1, source: 'callback' as const },
        ...{ askedAt: clock.now(), answer },
      })),
    ),
  );
  const failed = recorded.find((one) => one instanceof Error);
  if (failed !== undefined) throw failed;
  throwFirst(await parts.settler.settle(heard.map((one) => one.id)));
}

/** The provider has it, and says no more. */
async function acknowledge({ knex, clock }: MonthWorld, written: readonly WrittenOrder[]): Promise<void> {
  if (written.length === 0) return;
  await acknowledgeAttempts(
    knex,
    written.map((one) => ({
      ...{ transactionId: one.id, attemptNo: 1, reason: 'processing' },
      ...{ providerReference: one.reference, at: clock.now() },
    })),
  );
}

/** What a report has ended is settled by the loops; here the month stands for them. */
export async function settleWhatIsDue({ knex, parts }: MonthWorld): Promise<void> {
  for (;;) {
    const due = await dueToSettle(knex);
    if (due.length === 0) return;
    throwFirst(await parts.settler.settle(due));
  }
}

async function dueToSettle(knex: MonthWorld['knex']): Promise<string[]> {
  const { rows: found } = await knex.raw<{ rows: { id: string }[] }>(
    `select id from transactions where due_at is not null and due_job = 'settle' limit 500`,
  );
  return found.map((one) => one.id);
}

function throwFirst({ errors }: { errors: readonly Error[] }): void {
  if (errors[0] !== undefined) throw errors[0];
}

/** What the provider's balance is when a day ends, as its watcher reads it. */
export async function stateBalance(
  { knex, clock }: MonthWorld,
  provider: string,
  paise: bigint,
): Promise<void> {
  await execute(
    knex,
    `insert into provider_balances (provider, amount_paise, available_paise, refreshed_at, read_at)
    values (:provider, :paise, :paise, :at, :at)
    on conflict (provider) do update set amount_paise = excluded.amount_paise,
      available_paise = excluded.available_paise, refreshed_at = excluded.refreshed_at, read_at = excluded.read_at`,
    { provider, paise, at: clock.now() },
  );
}
