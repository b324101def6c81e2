/**
 * The services of the counter against their providers' own books: none paid twice, none lost, and the money
 * that moved there is the money that moved here.
 */
import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { CUSTOMERS } from '../customers/customers';
import type { Booking, ProviderBooks } from './provider-books';

export interface ServiceCheck {
  transactions: number;
  /** In the provider's book, and how many of them moved money for good. */
  booked: number;
  net: number;
  ended: Record<string, number>;
}

type Find = (what: string, ids: readonly string[]) => void;
interface Ours {
  id: string;
  service: string;
  state: string;
  amountPaise: bigint;
  isPosted: boolean;
  providerNetPaise: bigint;
  references: string[];
}

const ENDED: ReadonlySet<string> = new Set(['succeeded', 'failed', 'reversed', 'refunded']);

export async function compareServices(
  knex: Knex,
  books: ProviderBooks,
  find: Find,
): Promise<Record<string, ServiceCheck>> {
  const checks: Record<string, ServiceCheck> = {};
  const bookings = await books.since({ eko: 0, billpay: 0, recharge: 0 });
  for (const { service } of CUSTOMERS.filter((customer) => 'book' in customer)) {
    const ours = await readOurs(knex, service);
    if (ours.length > 0)
      checks[service] = compare(
        service,
        ours,
        bookings.filter((b) => b.service === service),
        find,
      );
  }
  return checks;
}

function compare(service: string, ours: readonly Ours[], book: readonly Booking[], find: Find): ServiceCheck {
  const owner = new Map(
    ours.flatMap((t) => t.references.map((reference): [string, string] => [reference, t.id])),
  );
  const of = new Map<string, Booking[]>(ours.map((t) => [t.id, []]));
  for (const entry of book) of.get(owner.get(entry.reference ?? '') ?? '')?.push(entry);
  const moved = (t: Ours): Booking[] => of.get(t.id)!.filter((entry) => entry.netDebitPaise !== 0n);
  const where = (test: (t: Ours, paid: readonly Booking[]) => boolean): string[] =>
    ours.filter((t) => test(t, moved(t))).map((t) => t.id);
  const sum = (paid: readonly Booking[]): bigint =>
    paid.reduce((total, entry) => total + entry.netDebitPaise, 0n);
  find(
    `${service}: in the provider's book and unknown to us`,
    book
      .filter((entry) => !owner.has(entry.reference ?? ''))
      .map((entry) => entry.reference ?? 'without a reference'),
  );
  find(
    `${service}: paid more than once`,
    where((_t, paid) => paid.length > 1),
  );
  find(
    `${service}: SUCCESS without a payment`,
    where((t, paid) => t.state === 'succeeded' && paid.length === 0),
  );
  find(
    `${service}: paid, but ended without`,
    where((t, paid) => ENDED.has(t.state) && t.state !== 'succeeded' && paid.length > 0),
  );
  find(
    `${service}: booked with another amount`,
    ours.filter((t) => of.get(t.id)!.some((entry) => entry.amountPaise !== t.amountPaise)).map((t) => t.id),
  );
  find(
    `${service}: ended, and other money moved at the provider than here`,
    where((t, paid) => ENDED.has(t.state) && sum(paid) !== t.providerNetPaise),
  );
  const ended: Record<string, number> = {};
  for (const { state } of ours) ended[state] = (ended[state] ?? 0) + 1;
  return {
    transactions: ours.length,
    booked: book.length,
    net: ours.filter((t) => moved(t).length > 0).length,
    ended,
  };
}

/**
 * With what each moved on the account of its provider: what the float gave, or (below zero) what the provider
 * came to owe.
 */
async function readOurs(knex: Knex, service: string): Promise<Ours[]> {
  return rows<Ours>(
    knex,
    `
    select t.id, t.service, t.state, t.amount_paise as "amountPaise",
      t.posted_count = t.effect_count as "isPosted", coalesce(m.net, 0)::int8 as "providerNetPaise",
      coalesce((select array_agg(a.our_reference) from dispatch_attempts a
        where a.transaction_id = t.id), '{}') as "references"
    from transactions t
      left join ledger_accounts p on p.code = case t.flow when 'credit'
        then 'receivable:' || t.provider || ':' || t.service else 'float:' || t.provider end
      left join lateral (
        select sum(case p.id when l.credit_account_id then l.amount_paise
          when l.debit_account_id then -l.amount_paise else 0 end) as net
        from ledger_transfers l where l.transaction_id = t.id) m on true
    where t.service = ? order by t.id`,
    [service],
  );
}
