/** The conditions that must hold when the platform is at rest again. Each finding names its rows. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { parsePublicId, publicId } from '../../platform/ids';
import { CUSTOMERS } from '../customers/customers';
import { payoutsByTransaction } from '../demo/compare';
import { readTransactions, type OurTransaction } from '../demo/our-rows';
import { createSandboxBook, type BookPayout } from '../demo/sandbox-book';
import { compareServices, type ServiceCheck } from '../mix/compare';
import { createProviderBooks } from '../mix/provider-books';
import { ROOT } from '../stack/root';
import type { Ground } from './ground';
import type { LoadReport } from './load';

export interface Finding {
  what: string;
  ids: string[];
}

export interface Checked {
  findings: Finding[];
  byStatus: Record<string, number>;
  failedBecause: Record<string, number>;
  cases: Record<string, number>;
  attempts: { transactions: number; attempts: number; repeated: number };
  booked: { payouts: number; net: number };
  /** By service other than payouts: transactions, what the provider has of them, how they ended. */
  services: Record<string, ServiceCheck>;
  verify: 'green' | 'red' | 'not checked';
  verifyOutput: string;
}

const SHOWN = 20;
const CHUNK = 1_000;
/**
 * Why payouts of the scenarios fail, a wallet that runs dry, and an outage longer than a payout waits; what
 * the other providers say is their own.
 */
const REASONS = [
  'bank_account_invalid',
  'beneficiary_bank_rejected',
  'gateway_timeout',
  'beneficiary_bank_offline',
  'LEDGER_INSUFFICIENT_FUNDS',
  'TRANSACTION_EXPIRED',
];
/** Cases that a long outage may open. Any other case is an error. */
const CASES = ['polling_exhausted', 'inquiry_unanswered', 'drives_exhausted'];
/** What the customers of a service may leave beside them, as `<service> <kind>`. */
const CASES_OF_SERVICES = CUSTOMERS.flatMap((customer) =>
  'cases' in customer ? customer.cases.map((kind) => `${customer.service} ${kind}`) : [],
);
const ENDED: ReadonlySet<string> = new Set(['succeeded', 'failed', 'reversed', 'refunded']);

/** `acceptedFile` is handed to `npm run verify`; without it that is left out. */
export async function check(
  ground: Ground,
  load: LoadReport,
  acceptedFile: string | undefined,
): Promise<Checked> {
  const findings: Finding[] = [];
  const find = (what: string, ids: readonly string[]): void => {
    if (ids.length > 0) findings.push({ what, ids: [...ids] });
  };
  const { knex } = ground;
  find('accepted (202) and not in the database', await missing(knex, load.accepted));
  find(
    'neither ended nor a case',
    await column(
      knex,
      `select t.id from transactions t where (t.finished_at is null or t.state = 'in_review' or t.posted_count < t.effect_count)
    and not exists (select 1 from ops_cases c where c.transaction_id = t.id and c.closed_at is null)`,
    ),
  );
  await checkExplained(knex, find);
  find(
    'stored callbacks that were never processed',
    await column(knex, "select id from callbacks where state = 'received'"),
  );
  const book = await createSandboxBook(ground.stack.urls.sandbox).payoutsFrom(0);
  await compareWithBook(knex, book, find);
  const services = await compareServices(knex, createProviderBooks(ground.stack.urls.sandbox), find);
  await checkLedger(ground, find);
  const verify = await runVerify(ground, acceptedFile);
  if (verify.verify === 'red') findings.push({ what: 'npm run verify is red', ids: [] });
  return {
    findings,
    ...verify,
    services,
    byStatus: await counts(
      knex,
      'select state as name, count(*)::int as n from transactions group by 1 order by 1',
    ),
    failedBecause: await counts(
      knex,
      "select coalesce(status_reason, '-') as name, count(*)::int as n from transactions where state = 'failed' group by 1 order by 1",
    ),
    cases: await counts(
      knex,
      'select kind as name, count(*)::int as n from ops_cases where closed_at is null group by 1 order by 1',
    ),
    attempts: (
      await rows<Checked['attempts']>(
        knex,
        `select count(distinct transaction_id)::int as transactions, count(*)::int as attempts,
          count(*) filter (where send_count > 1)::int as repeated from dispatch_attempts`,
      )
    )[0]!,
    booked: { payouts: book.length, net: book.filter((p) => p.netDebitPaise > 0n).length },
  };
}

/** Failures and cases that neither the scenarios nor the interruptions explain. */
async function checkExplained(
  knex: Knex,
  find: (what: string, ids: readonly string[]) => void,
): Promise<void> {
  find(
    'failed for a reason that nothing in this run explains',
    await column(
      knex,
      "select id from transactions where state = 'failed' and service = 'payout' and not status_reason = any(?::text[])",
      [REASONS],
    ),
  );
  find(
    'a case that nothing in this run explains',
    await column(
      knex,
      `
    select coalesce(c.transaction_id::text, c.subject) as id from ops_cases c left join transactions t on t.id = c.transaction_id
    where not c.kind = any(?::text[]) and (t.service is null or not t.service || ' ' || c.kind = any(?::text[]))`,
      [CASES, CASES_OF_SERVICES],
    ),
  );
}

async function missing(knex: Knex, accepted: readonly string[]): Promise<string[]> {
  const uuids = accepted.map((id) => parsePublicId('transaction', id)!);
  const found = new Set(await column(knex, 'select id from transactions'));
  return uuids.filter((id) => !found.has(id));
}

/**
 * By the sandbox's book: nothing unknown to us, nothing twice, one net payment for what succeeded and none
 * for what did not, and what it took for a transaction is what our float account gave.
 */
async function compareWithBook(
  knex: Knex,
  book: readonly BookPayout[],
  find: (what: string, ids: readonly string[]) => void,
): Promise<void> {
  const ours: OurTransaction[] = [];
  const ids = await column(knex, "select id from transactions where service = 'payout' order by id");
  for (let at = 0; at < ids.length; at += CHUNK)
    ours.push(...(await readTransactions(knex, ids.slice(at, at + CHUNK))));
  const { of, others } = payoutsByTransaction(ours, book);
  const where = (test: (t: OurTransaction, paid: readonly BookPayout[]) => boolean): string[] =>
    ours
      .filter((t) =>
        test(
          t,
          of.get(t.id)!.filter((p) => p.netDebitPaise > 0n),
        ),
      )
      .map((t) => t.id);
  find(
    'in the book of the sandbox and unknown to us',
    others.map((p) => p.id),
  );
  find(
    'paid more than once',
    where((_t, paid) => paid.length > 1),
  );
  find(
    'SUCCESS without a payment',
    where((t, paid) => t.state === 'succeeded' && paid.length === 0),
  );
  find(
    'paid, but FAILED or REVERSED',
    where((t, paid) => (t.state === 'failed' || t.state === 'reversed') && paid.length > 0),
  );
  find(
    'paid with another amount',
    where((t, paid) => paid.some((p) => p.amountPaise !== t.amountPaise)),
  );
  find(
    'ended, and the float gave another amount than the sandbox took',
    where(
      (t, paid) =>
        ENDED.has(t.state) && paid.reduce((sum, p) => sum + p.netDebitPaise, 0n) !== t.floatNetPaise,
    ),
  );
  find(
    'requests with one key that were not byte-identical',
    book.filter((p) => p.bodyHashes.length !== 1).map((p) => p.id),
  );
}

async function checkLedger(
  ground: Ground,
  find: (what: string, ids: readonly string[]) => void,
): Promise<void> {
  const { knex, users } = ground;
  find(
    'accounts whose totals are not the sum of their transfers',
    await column(
      knex,
      `
    select a.code as id from ledger_accounts a
      left join (select debit_account_id as account, sum(amount_paise) as debits from ledger_transfers group by 1) d on d.account = a.id
      left join (select credit_account_id as account, sum(amount_paise) as credits from ledger_transfers group by 1) c on c.account = a.id
    where a.debits_paise <> coalesce(d.debits, 0) or a.credits_paise <> coalesce(c.credits, 0)`,
    ),
  );
  find(
    'the sum over all accounts is not zero',
    await column(
      knex,
      "select 'ledger_accounts' as id from ledger_accounts having sum(credits_paise - debits_paise) <> 0",
    ),
  );
  find(
    'ended transactions whose clearing does not net to zero',
    await column(
      knex,
      `
    select t.id from transactions t join ledger_transfers l on l.transaction_id = t.id
      join ledger_accounts a on a.code = 'clearing:' || t.service
    where t.finished_at is not null and t.state <> 'in_review' and t.posted_count = t.effect_count
    group by t.id having sum(case when l.credit_account_id = a.id then l.amount_paise
      when l.debit_account_id = a.id then -l.amount_paise else 0 end) <> 0`,
    ),
  );
  const spent = new Map(
    (
      await rows<{ id: string; paise: bigint }>(
        knex,
        `
    select user_id as id, sum(total_paise)::int8 as paise from transactions
    where flow = 'debit' and state not in ('accepted', 'failed', 'reversed', 'refunded') group by 1`,
      )
    ).map((r) => [r.id, r.paise]),
  );
  const balances = new Map(
    (
      await rows<{ id: bigint; paise: bigint }>(
        knex,
        'select id, credits_paise - debits_paise as paise from ledger_accounts where id = any(?::int8[])',
        [users.map((u) => u.accountId)],
      )
    ).map((r) => [r.id, r.paise]),
  );
  find(
    'wallets that do not hold what they held less what was spent',
    users
      .filter((u) => balances.get(u.accountId) !== u.fundsPaise - (spent.get(u.userId) ?? 0n))
      .map((u) => u.userId),
  );
}

/** `npm run verify`, when this version has it. */
async function runVerify(
  ground: Ground,
  acceptedFile: string | undefined,
): Promise<Pick<Checked, 'verify' | 'verifyOutput'>> {
  const script = path.join(ROOT, 'dist', 'scripts', 'verify.js');
  if (acceptedFile === undefined || !fs.existsSync(script))
    return { verify: 'not checked', verifyOutput: '' };
  const run = spawnSync(
    process.execPath,
    [script, '--accepted', acceptedFile, '--data', ground.stack.dataDir],
    {
      encoding: 'utf8',
      timeout: 120_000,
      env: {
        ...process.env,
        DATABASE_URL: ground.stack.urls.database,
        ...(ground.redis === undefined ? { REDIS_URL: '' } : { REDIS_URL: ground.redis.url }),
      },
    },
  );
  return { verify: run.status === 0 ? 'green' : 'red', verifyOutput: `${run.stdout}${run.stderr}`.trim() };
}

/** Events, outcomes and attempts of the first offenders, for the person who investigates. */
export async function describeOffenders(knex: Knex, findings: readonly Finding[]): Promise<string> {
  const uuid = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;
  const lines: string[] = [];
  for (const { what, ids } of findings) {
    lines.push(`${what}: ${ids.length === 0 ? '' : ids.length}`);
    for (const id of ids.slice(0, SHOWN)) {
      lines.push(`  ${uuid.test(id) ? `${id} ${publicId('transaction', id)}` : id}`);
      if (uuid.test(id)) lines.push(...(await history(knex, id)).map((line) => `    ${line}`));
    }
  }
  return lines.join('\n');
}

async function history(knex: Knex, id: string): Promise<string[]> {
  const found = await rows<{ at: Date; line: string }>(
    knex,
    `
    select created_at as at, 'accepted; now ' || state || ', due ' || coalesce(due_at::text, '-')
      || ', poll ' || coalesce(next_poll_at::text, '-') || ', drives ' || drives
      || ', outcome ' || coalesce(outcome, '-') || ', posted ' || posted_count || '/' || effect_count as line
      from transactions where id = :id
    union all
    select at, 'event ' || seq || ' ' || from_state || ' -> ' || to_state || ' by ' || actor || ' (' || reason || ')'
      from transaction_events where transaction_id = :id
    union all
    select recorded_at, 'outcome ' || seq || ' ' || kind || ' from ' || source
      || ' (' || raw_status || coalesce(' ' || raw_reason, '') || ') attempt ' || attempt_no
      || ' sent ' || sent || ' asked ' || asked_at || ': ' || decision
      from transaction_outcomes where transaction_id = :id
    union all
    select created_at, 'attempt ' || attempt_no || ' ' || our_reference || ' sent ' || send_count
      || ' times, send_before ' || send_before
      from dispatch_attempts where transaction_id = :id
    union all
    select opened_at, 'case ' || kind || ': ' || summary from ops_cases where transaction_id = :id
    order by 1`.replaceAll(':id', `'${id}'`),
  );
  return found.map((f) => `${f.at.toISOString()} ${f.line}`);
}

async function column(knex: Knex, sql: string, bindings: readonly unknown[] = []): Promise<string[]> {
  return (await rows<{ id: string }>(knex, sql, bindings)).map((row) => row.id);
}

async function counts(knex: Knex, sql: string): Promise<Record<string, number>> {
  return Object.fromEntries(
    (await rows<{ name: string; n: number }>(knex, sql)).map((row) => [row.name, row.n]),
  );
}
