import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { selectOf, type ColumnsOf } from '../../platform/sql';
import { closeCases, openCases } from '../cases/cases';
import type { Policies } from '../policies/policies';
import type { ProviderBalance, ProviderRegistry } from '../provider/provider';

/**
 * Our money with the providers, as they know it, and the payments that wait for it. A payment that a provider
 * has queued is no proof that the money is gone: a floor set on its dashboard queues too. The balance decides.
 */
export interface ProviderFunds {
  balances: (ProviderBalance & { provider: string })[];
  waiting: WaitingForFunds[];
}

/**
 *   failed    the provider failed it for our balance, and it is sent again by itself;
 *   short     the provider has queued it, and reports too little money for it, or reports nothing;
 *   covered   the provider has queued it, and reports money enough for it.
 */
export interface WaitingForFunds {
  provider: string;
  why: 'failed' | 'short' | 'covered';
  count: number;
}

export interface FundsWatchDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  providers: ProviderRegistry;
  /** A balance could not be read; the row of before stays, and grows old. */
  onError: (error: unknown) => void;
}

/** A balance that is older says nothing of today's payments. */
const BALANCE_LIFE_MS = 15 * 60_000;
const KIND = 'provider_funds_short';

/** One round: reads the balances, counts who waits for money, and opens or closes the case of each provider. */
export async function watchFunds(deps: FundsWatchDependencies): Promise<ProviderFunds> {
  const { knex, clock, ids, providers } = deps;
  await Promise.all(providers.names().map((name) => readBalance(deps, name)));
  const now = clock.now();
  const [balances, waiting] = await Promise.all([
    rows<ProviderFunds['balances'][number]>(knex, BALANCES),
    rows<WaitingForFunds>(knex, WAITING, { ...wordsOf(providers), since: addMs(now, -BALANCE_LIFE_MS) }),
  ]);
  const short = new Map<string, number>();
  for (const { provider, why, count } of waiting)
    if (why !== 'covered') short.set(provider, (short.get(provider) ?? 0) + count);
  const subjectOf = (provider: string): string => `provider:${provider}:funds`;
  await openCases(
    knex,
    ids,
    [...short].map(([provider, count]) => ({
      kind: KIND,
      subject: subjectOf(provider),
      summary: `${count} payments wait because our account with ${provider} holds too little`,
    })),
    now,
  );
  const enough = providers.names().filter((provider) => !short.has(provider));
  await closeCases(
    knex,
    enough.map((provider) => ({ kind: KIND, subject: subjectOf(provider) })),
    { by: 'funds-watch', note: 'no payment waits for money any more', at: now },
  );
  return { balances, waiting };
}

async function readBalance({ knex, clock, providers, onError }: FundsWatchDependencies, provider: string) {
  try {
    const found = await providers.get(provider).balance?.();
    if (found !== undefined) await keepBalance(knex, provider, found, clock.now());
  } catch (error) {
    onError(error);
  }
}

/** Keeps what a provider says of our balance. What it knew later stays. */
async function keepBalance(
  knex: Knex,
  provider: string,
  { amountPaise, availablePaise, refreshedAt }: ProviderBalance,
  now: Date,
): Promise<void> {
  await execute(
    knex,
    `insert into provider_balances as b (provider, amount_paise, available_paise, refreshed_at, read_at)
    values (:provider, :amountPaise, :availablePaise, :refreshedAt, :now)
    on conflict (provider) do update set amount_paise = excluded.amount_paise,
      available_paise = excluded.available_paise, refreshed_at = excluded.refreshed_at, read_at = excluded.read_at
    where b.refreshed_at <= excluded.refreshed_at`,
    { provider, amountPaise, availablePaise, refreshedAt, now },
  );
}

/** The words with which each provider says that a payment waits for our money. */
function wordsOf(providers: ProviderRegistry): { providers: string[]; words: string[] } {
  const found = providers
    .names()
    .flatMap((provider) =>
      Object.entries(providers.get(provider).reasons ?? {}).flatMap(([word, code]) =>
        code === 'PROVIDER_FUNDS_SHORT' ? [{ provider, word }] : [],
      ),
    );
  return { providers: found.map(({ provider }) => provider), words: found.map(({ word }) => word) };
}

const BALANCES = `select provider, amount_paise as "amountPaise", available_paise as "availablePaise",
  refreshed_at as "refreshedAt" from provider_balances order by provider`;

/** The balance `b` covers the transaction `t`. */
const COVERS = 'b.available_paise >= t.amount_paise + t.charge_paise';

/** Of the open transactions, which few are (`transactions_open`). */
const WAITING = `
  select w.provider, w.why, count(*)::int as count from (
    select t.provider, case when t.state = 'held' then 'failed'
      when ${COVERS} then 'covered' else 'short' end as why
    from transactions t
      join dispatch_attempts a on a.transaction_id = t.id and a.attempt_no = t.attempt_no
      left join provider_balances b on b.provider = t.provider and b.refreshed_at >= :since
    where t.ended_as is null and ((t.state = 'held' and a.provider = t.provider and exists (select from transaction_outcomes o
        where o.transaction_id = t.id and o.attempt_no = t.attempt_no and o.decision = 'retry'))
      or (t.state = 'dispatched' and t.outcome is null
        and (t.provider, coalesce(t.status_reason, a.acknowledged_reason))
          in (select * from unnest(:providers::text[], :words::text[]))))) w
  group by 1, 2 order by 1, 2`;

/** A payment that failed for our balance with the provider by which it goes now, and how often. */
export interface FailedForFunds {
  provider: string;
  /** When it failed so last; null if it never did. */
  shortSince: Date | null;
  shortCount: number;
  /** With any provider: it does not expire. */
  wasShort: boolean;
  /** The provider knew of money enough for it later than that. */
  isCovered: boolean;
}

const ofShortages = (value: string): string =>
  `(select ${value} from transaction_outcomes o
    join dispatch_attempts a on a.transaction_id = o.transaction_id and a.attempt_no = o.attempt_no
    where o.transaction_id = t.id and o.decision = 'retry' and a.provider = t.provider)`;

/** What is read of a transaction `t`. Most have no attempt yet, and cost no further read. */
export const FAILED_FOR_FUNDS = selectOf({
  shortSince: `case when t.attempt_no > 0 then ${ofShortages('max(o.recorded_at)')} end`,
  shortCount: `case when t.attempt_no > 0 then ${ofShortages('count(*)::int')} else 0 end`,
  wasShort: `case when t.attempt_no > 0 then exists (select from transaction_outcomes o
    where o.transaction_id = t.id and o.decision = 'retry') else false end`,
  isCovered: `case when t.attempt_no > 0 then exists (select from provider_balances b where b.provider = t.provider
    and b.refreshed_at > ${ofShortages('max(o.recorded_at)')} and ${COVERS}) else false end`,
} satisfies ColumnsOf<Omit<FailedForFunds, 'provider'>>);

/** How often somebody looks whether there is money again. */
const LOOK_MS = 15_000;

/**
 * When a payment that failed for our balance is sent again: undefined for now. That is after the gap of the
 * provider's policy, or as soon as the provider reports money enough for it, known since it failed.
 */
export function nextTryAt(
  { clock, policies }: { clock: Clock; policies: Pick<Policies, 'provider'> },
  { provider, shortSince, shortCount, isCovered }: FailedForFunds,
): Date | undefined {
  if (shortSince === null || isCovered) return undefined;
  const gapsMs = policies.provider(provider).fundsRetryMs;
  const now = clock.now();
  const at = addMs(shortSince, gapsMs[Math.min(shortCount, gapsMs.length) - 1] ?? 0);
  if (now >= at) return undefined;
  const look = addMs(now, LOOK_MS);
  return look < at ? look : at;
}
