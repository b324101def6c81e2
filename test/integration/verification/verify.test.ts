/** Verification: green on a world of every kind of transaction, and red, with the offender's name, for each way in which the data can be wrong. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Knex } from 'knex';
import type { Finding } from '../../../domain/promises/check';
import { isGreen, verifyPromises, verifyTables } from '../../../domain/verification/verify';
import { rows } from '../../../platform/database';
import { publicId, systemIds } from '../../../platform/ids';
import { createQueues, claimBackend, prepareQueues, type QueueSettings } from '../../../platform/queue';
import { silentLog } from '../../../platform/logger';
import { runVerification } from '../../../scripts/verify/run';
import { queueBackends, redisPrefix, redisUrl } from '../../support/redis';
import {
  failed,
  pending,
  refused,
  reversed,
  signedHeaders,
  succeeded,
  callbackBody,
} from '../../support/scripted-connector';
import { until } from '../../support/until';
import { createWorld, type World } from '../../support/world';

const PLANTED = ['Planted Person 0001', '998877665544332211', 'planted.person@okbank'];
const AEPS = ['credited-in-time', 'customer-day'];
const nowhere = { jobs: 'no queue in this test', logs: 'no log in this test' };

let world: World;
/** A transaction of each kind. */
let ids: Record<
  | 'accepted'
  | 'held'
  | 'poor'
  | 'dispatched'
  | 'succeeded'
  | 'failed'
  | 'reversed'
  | 'twice'
  | 'expired'
  | 'late',
  string
>;

beforeAll(async () => {
  world = await createWorld({ start: new Date().toISOString(), profile: 'development' });
  ids = await populate(world);
});
afterAll(async () => {
  await world.close();
});

async function populate(w: World): Promise<typeof ids> {
  const { first, connector, clock } = w;
  const user = await w.user(10_000_000n);
  const send = async (id: string, answer: ReturnType<typeof succeeded>): Promise<void> => {
    connector.onSend = () => answer;
    await first.holds.hold([id]);
    await first.sender.send([id]);
    await first.settler.settle([id]);
  };
  const ask = async (id: string, answer: ReturnType<typeof succeeded>): Promise<void> => {
    clock.advance(10);
    connector.onInquire = () => answer;
    await first.poller.poll([id]);
    await first.settler.settle([id]);
  };
  const accept = (): Promise<string> => w.accept(user);
  const made = {
    accepted: await accept(),
    held: await accept(),
    poor: await w.accept(await w.user(0n)),
    dispatched: await accept(),
    succeeded: await accept(),
    failed: await accept(),
    reversed: await accept(),
    twice: await accept(),
    expired: await accept(),
    late: await accept(),
  };
  await first.holds.hold([made.held, made.poor]);
  await send(made.dispatched, pending());
  await send(made.succeeded, succeeded({ providerReference: 'pout_s' }));
  await send(made.failed, failed({ providerReference: 'pout_f' }));
  await send(made.reversed, succeeded({ providerReference: 'pout_r' }));
  await ask(made.reversed, reversed({ providerReference: 'pout_r' }));
  await send(made.twice, refused());
  await send(made.twice, succeeded({ providerReference: 'pout_t' }));
  await send(made.expired, refused());
  await first.holds.release(made.expired, 'TRANSACTION_EXPIRED', 'send');
  await send(made.late, failed({ providerReference: 'pout_l' }));
  await ask(made.late, succeeded({ providerReference: 'pout_l' }));
  const body = callbackBody({ event: 'payout.processed' });
  const { due } = await first.callbackReceiver.receive('testpay', signedHeaders('event-1'), body);
  await first.callbackReceiver
    .receive('testpay', { 'x-test-signature': 'wrong' }, body)
    .catch(() => undefined);
  await first.callbackReceiver.receive('testpay', signedHeaders('event-2'), body);
  await first.callbackProcessor.process([due!.id]);
  return made;
}

class RolledBack extends Error {}

/** Breaks the data behind the back of every trigger and of the constraints named, looks, and takes it back. */
async function broken(
  sql: string,
  constraints: readonly string[] = [],
  input: { accepted?: string[]; planted?: string[] } = {},
): Promise<Finding[]> {
  let findings: Finding[] = [];
  await world.knex
    .transaction(async (trx: Knex.Transaction) => {
      await trx.raw('set local session_replication_role = replica');
      for (const constraint of constraints)
        await trx.raw(
          `alter table ${constraint.split('.')[0]!} drop constraint ${constraint.split('.')[1]!}`,
        );
      const changed = await trx.raw<{ rowCount: number }>(sql);
      if (changed.rowCount === 0) throw new Error('nothing was broken');
      findings = await verifyTables(trx, input);
      throw new RolledBack();
    })
    .catch((error: unknown) => {
      if (!(error instanceof RolledBack)) throw error;
    });
  return findings;
}

const found = (findings: Finding[], name: string): Finding => findings.find((f) => f.name === name)!;

it('is green on legal data, with the transactions of every kind, and says what was not checked', async () => {
  const kinds = await rows<{ state: string }>(
    world.knex,
    'select distinct state from transactions order by state',
  );
  expect(kinds.map((k) => k.state)).toEqual([
    'accepted',
    'dispatched',
    'failed',
    'held',
    'in_review',
    'reversed',
    'succeeded',
  ]);
  const report = await verifyPromises(world.knex, nowhere);
  expect(report.findings.filter((f) => (f.result?.violations ?? 0) > 0)).toEqual([]);
  expect(isGreen(report)).toBe(true);
  expect(report.findings.filter((f) => f.result === undefined).map((f) => f.name)).toEqual([
    'accepted-stored',
    'planted-tables',
    'planted-jobs',
    'jobs-ids-only',
    'planted-logs',
  ]);
  expect(
    report.findings.filter((f) => f.result !== undefined && f.result.rowsChecked === 0).map((f) => f.name),
  ).toEqual(AEPS); // no AEPS here
});

it('is green with everything checked', async () => {
  async function* texts() {
    yield { place: 'job 1', text: '{"ids":[]}', isIdsOnly: true };
  }
  const report = await verifyPromises(world.knex, {
    accepted: Object.values(ids),
    planted: PLANTED,
    jobs: texts(),
    logs: texts(),
  });
  expect(report.findings.filter((f) => f.result === undefined || f.result.violations > 0)).toEqual([]);
});

it('stays green beside a ledger that never rests', async () => {
  const user = await world.user(1_000_000_000n);
  const work = { done: false, batches: 0 };
  world.connector.onSend = () => succeeded();
  const busy = (async () => {
    for (; !work.done; work.batches += 1) {
      const batch = await Promise.all(Array.from({ length: 10 }, () => world.accept(user)));
      await world.first.holds.hold(batch);
      await world.first.sender.send(batch);
      await world.first.settler.settle(batch);
    }
  })();
  const reports = [];
  while (work.batches < 6) reports.push(await verifyPromises(world.knex, nowhere));
  work.done = true;
  await busy;
  expect(reports.flatMap((r) => r.findings.filter((f) => (f.result?.violations ?? 0) > 0))).toEqual([]);
});

it('sees one moment: what is committed while it looks is not there yet', async () => {
  const user = await world.user(1_000_000n);
  const lock = await world.knex.transaction();
  await lock.raw('lock table ledger_transfers in access exclusive mode');
  const accepted: string[] = [];
  const verifying = verifyPromises(world.knex, { accepted, ...nowhere });
  await until(
    async () =>
      (await rows<{ n: number }>(world.knex, 'select count(*)::int as n from pg_locks where not granted')).at(
        0,
      )!.n,
    (n) => n === 2,
  ); // both connections have begun
  accepted.push(await world.accept(user));
  await lock.rollback();
  expect(found((await verifying).findings, 'accepted-stored').result).toMatchObject({
    rowsChecked: 1,
    violations: 1,
  });
  expect(
    found((await verifyPromises(world.knex, { accepted, ...nowhere })).findings, 'accepted-stored').result!
      .violations,
  ).toBe(0);
});

const of = (table: string, kind: keyof typeof ids): string =>
  `${table} = (select id from named where kind = '${kind}')`;
/** The ids are known only when the tests run: `named` stands for them in the statements below. */
const withNames = (sql: string): string =>
  sql.replaceAll(
    /\(select id from named where kind = '(\w+)'\)/g,
    (_all, kind: string) => `'${ids[kind as keyof typeof ids]}'`,
  );

interface Break {
  name: string;
  how: string;
  sql: string;
  drop?: string[];
  offender: string | RegExp;
}
const transaction = (kind: keyof typeof ids): string => `transaction ${kind}`;
/** `transaction held` with the id in the place of the kind. */
const withId = (text: string): string =>
  text.replace(
    /^(transaction|transactions|requests|payout|dispatch_attempts) (\w+)$/,
    (all, table: string, kind: string) => (kind in ids ? `${table} ${ids[kind as keyof typeof ids]}` : all),
  );

const BREAKS: Break[] = [
  {
    name: 'account-totals',
    how: 'totals that no transfer explains',
    sql: `update ledger_accounts set debits_paise = debits_paise + 1, credits_paise = credits_paise + 1 where code = 'bank:escrow'`,
    offender: 'bank:escrow',
  },
  {
    name: 'account-totals',
    how: 'a transfer of an account that does not exist',
    sql: `update ledger_transfers set debit_account_id = 999999 where code = 'funding'`,
    offender: /account 999999/,
  },
  {
    name: 'sum-zero',
    how: 'money out of nothing',
    sql: `update ledger_accounts set credits_paise = credits_paise + 5 where code = 'bank:escrow'`,
    offender: 'INR',
  },
  {
    name: 'newest-balance',
    how: 'a balance that the newest transfer does not state',
    sql: `update ledger_accounts set credits_paise = credits_paise + 5 where code = 'float:testpay'`,
    offender: 'float:testpay',
  },
  {
    name: 'balance-chain',
    how: 'a running balance that jumps',
    sql: `update ledger_transfers set credit_balance_after = credit_balance_after + 1 where code = 'fee' and ${of('transaction_id', 'succeeded')}`,
    offender: /^transfer \d+$/,
  },
  {
    name: 'journals-whole',
    how: 'a journal that lost a line',
    sql: `delete from ledger_transfers where code = 'fee' and ${of('transaction_id', 'succeeded')}`,
    offender: /^journal [0-9a-f-]{36}$/,
  },
  {
    name: 'one-currency',
    how: 'a transfer in another currency',
    sql: `update ledger_transfers set currency = 'USD' where code = 'fee' and ${of('transaction_id', 'succeeded')}`,
    offender: /^transfer \d+$/,
  },
  {
    name: 'floors',
    how: 'a balance below the floor',
    drop: ['ledger_accounts.ledger_accounts_floor'],
    sql: `update ledger_accounts set floor_paise = credits_paise - debits_paise + 1 where code = 'clearing:payout'`,
    offender: 'clearing:payout',
  },
  {
    name: 'floors',
    how: 'a wallet without a floor',
    sql: `update ledger_accounts set floor_paise = null where code like 'wallet:%'`,
    offender: /^wallet:/,
  },
  {
    name: 'clearing',
    how: 'a hold that is not there',
    sql: `delete from ledger_transfers where ${of('transaction_id', 'held')}`,
    offender: transaction('held'),
  },
  {
    name: 'clearing',
    how: 'money left on clearing after the end',
    sql: `update ledger_transfers set amount_paise = amount_paise - 1 where code = 'principal' and ${of('transaction_id', 'succeeded')}`,
    offender: transaction('succeeded'),
  },
  {
    name: 'clearing',
    how: 'a hold that belongs to no transaction',
    sql: `update ledger_transfers set transaction_id = null where code = 'hold' and ${of('transaction_id', 'dispatched')}`,
    offender: 'no transaction',
  },
  {
    name: 'clearing',
    how: 'transfers of a transaction that does not exist',
    sql: `update ledger_transfers set transaction_id = '01930000-0000-7000-8000-00000000dead' where ${of('transaction_id', 'held')}`,
    offender: 'transaction 01930000-0000-7000-8000-00000000dead',
  },
  {
    name: 'wallet',
    how: 'a wallet that did not get its money back',
    sql: `delete from ledger_transfers where code = 'release' and ${of('transaction_id', 'failed')}`,
    offender: transaction('failed'),
  },
  {
    name: 'wallet',
    how: 'a reversal that left out the fee',
    sql: `delete from ledger_transfers where code = 'fee_reversed' and ${of('transaction_id', 'reversed')}`,
    offender: transaction('reversed'),
  },
  {
    name: 'limits',
    how: 'a counter that was not given back',
    sql: `update limit_counters set used_paise = used_paise + 1`,
    offender: /^payout:/,
  },
  {
    name: 'limits',
    how: 'a counter that is not there',
    sql: `delete from limit_counters`,
    offender: /^payout:/,
  },
  {
    name: 'accepted-whole',
    how: 'a transaction without its payout',
    sql: `delete from payouts where ${of('transaction_id', 'accepted')}`,
    offender: transaction('accepted'),
  },
  {
    name: 'accepted-whole',
    how: 'a payout without its transaction',
    sql: `delete from transactions where ${of('id', 'accepted')}`,
    offender: 'payout accepted',
  },
  {
    name: 'paid-once',
    how: 'a second payment',
    offender: transaction('succeeded'),
    sql: `insert into ledger_transfers (journal_id, line, transaction_id, debit_account_id, credit_account_id, amount_paise, code, debit_balance_after, credit_balance_after)
      select gen_random_uuid(), 0, transaction_id, debit_account_id, credit_account_id, amount_paise, code, 0, 0 from ledger_transfers where code = 'principal' and ${of('transaction_id', 'succeeded')}`,
  },
  {
    name: 'paid-once',
    how: 'a payment of another amount',
    sql: `update ledger_transfers set amount_paise = amount_paise + 1 where code = 'principal' and ${of('transaction_id', 'twice')}`,
    offender: transaction('twice'),
  },
  {
    name: 'unique-keys',
    how: 'a key used twice',
    drop: ['requests.requests_key_unique'],
    sql: `update requests set idempotency_key = (select idempotency_key from requests where ${of('id', 'failed')}) where ${of('id', 'held')}`,
    offender: 'requests held',
  },
  {
    name: 'unique-keys',
    how: 'a reference used twice',
    drop: ['requests.requests_reference_unique'],
    sql: `update requests set reference = (select reference from requests where ${of('id', 'failed')}) where ${of('id', 'held')}`,
    offender: 'requests failed',
  },
  {
    name: 'unique-keys',
    how: 'one reference for two attempts',
    drop: ['dispatch_attempts.dispatch_attempts_reference_unique'],
    sql: `update dispatch_attempts set our_reference = 'same' where transaction_id in ((select id from named where kind = 'failed'), (select id from named where kind = 'late'))`,
    offender: 'dispatch_attempts late',
  },
  {
    name: 'unique-keys',
    how: 'one event stored twice',
    drop: ['callbacks.callbacks_event_unique'],
    sql: `update callbacks set event_key = 'event-1'`,
    offender: /^callbacks /,
  },
  {
    name: 'one-effect',
    how: 'two successes',
    drop: ['transaction_outcomes.transaction_outcomes_effect_two_sided'],
    sql: `update transaction_outcomes set effect = 'success' where effect = 'reversal'`,
    offender: transaction('reversed'),
  },
  {
    name: 'one-effect',
    how: 'an outcome that is gone',
    sql: `delete from transaction_outcomes where ${of('transaction_id', 'twice')} and seq = 1`,
    offender: transaction('twice'),
  },
  {
    name: 'effect-state',
    how: 'a success shown as a failure',
    sql: `update transactions set state = 'failed' where ${of('id', 'succeeded')}`,
    offender: transaction('succeeded'),
  },
  {
    name: 'effect-state',
    how: 'a success that was never posted',
    sql: `update transactions set posted_count = 0, due_at = now() where ${of('id', 'succeeded')}`,
    offender: transaction('succeeded'),
  },
  {
    name: 'journal-events',
    how: 'a journal without its event',
    sql: `update transaction_events set journal_id = null where to_state = 'held' and ${of('transaction_id', 'dispatched')}`,
    offender: /^journal /,
  },
  {
    name: 'journal-events',
    how: 'an event whose journal is not there',
    sql: `update transaction_events set journal_id = gen_random_uuid() where seq = 2 and ${of('transaction_id', 'dispatched')}`,
    offender: /^journal /,
  },
  {
    name: 'event-chain',
    how: 'an event that is gone',
    sql: `delete from transaction_events where seq = 2 and ${of('transaction_id', 'succeeded')}`,
    offender: transaction('succeeded'),
  },
  {
    name: 'event-chain',
    how: 'no event at all',
    sql: `delete from transaction_events where ${of('transaction_id', 'held')}`,
    offender: transaction('held'),
  },
  {
    name: 'event-chain',
    how: 'a state that no event led to',
    sql: `update transactions set state = 'reversed' where ${of('id', 'succeeded')}`,
    offender: transaction('succeeded'),
  },
  {
    name: 'event-chain',
    how: 'a move that the lifecycle does not have',
    sql: `update transaction_events set to_state = 'refunded' where seq = 1 and ${of('transaction_id', 'poor')}`,
    offender: transaction('poor'),
  },
  {
    name: 'event-chain',
    how: 'a journal that was meant for something else',
    sql: `update transaction_events set journal_id = (select journal_id from transaction_events where seq = 1 and ${of('transaction_id', 'dispatched')}) where seq = 1 and ${of('transaction_id', 'held')}`,
    offender: transaction('held'),
  },
  {
    name: 'attempt-keys',
    how: 'an attempt with another key',
    sql: `update dispatch_attempts set idempotency_key = 'another' where ${of('transaction_id', 'dispatched')}`,
    offender: transaction('dispatched'),
  },
  {
    name: 'attempt-keys',
    how: 'an attempt that is gone',
    sql: `delete from dispatch_attempts where ${of('transaction_id', 'dispatched')}`,
    offender: transaction('dispatched'),
  },
  {
    name: 'failed-for-sure',
    how: 'a failure out of a time-out',
    sql: `update transaction_outcomes set raw_status = '<timeout>' where effect = 'failure' and ${of('transaction_id', 'failed')}`,
    offender: transaction('failed'),
  },
  {
    name: 'failed-for-sure',
    how: 'a hold given back after an attempt that may have been sent',
    sql: `update transaction_outcomes set sent = true where ${of('transaction_id', 'expired')}`,
    offender: transaction('expired'),
  },
  {
    name: 'ended-for-sure',
    how: 'a success without the word of the provider',
    sql: `update transaction_outcomes set kind = 'pending' where effect = 'success' and ${of('transaction_id', 'succeeded')}`,
    offender: transaction('succeeded'),
  },
  {
    name: 'ended-for-sure',
    how: 'a reversal on a guess',
    sql: `update transaction_outcomes set raw_status = '<guess>' where effect = 'reversal'`,
    offender: transaction('reversed'),
  },
  {
    name: 'no-guess',
    how: 'an unknown taken for a failure',
    sql: `update transaction_outcomes set kind = 'unknown' where effect = 'failure' and ${of('transaction_id', 'failed')}`,
    offender: transaction('failed'),
  },
  {
    name: 'resent-for-sure',
    how: 'a second attempt after one that may have been sent',
    sql: `update transaction_outcomes set sent = true where ${of('transaction_id', 'twice')}`,
    offender: transaction('twice'),
  },
  {
    name: 'overdue-transactions',
    how: 'a hold that nobody drives',
    sql: `update transactions set due_at = now() - interval '31 seconds' where ${of('id', 'accepted')}`,
    offender: transaction('accepted'),
  },
  {
    name: 'overdue-callbacks',
    how: 'a callback that nobody reads',
    sql: `update callbacks set due_at = now() - interval '31 seconds' where state = 'received'`,
    offender: /^callback /,
  },
  {
    name: 'overdue-inquiries',
    how: 'an inquiry that nobody makes',
    sql: `update transactions set next_poll_at = now() - interval '31 seconds' where ${of('id', 'dispatched')}`,
    offender: transaction('dispatched'),
  },
  {
    name: 'work-has-a-time',
    how: 'a dispatched payout that is not polled',
    drop: ['transactions.transactions_dispatched_is_polled'],
    sql: `update transactions set next_poll_at = null where ${of('id', 'dispatched')}`,
    offender: transaction('dispatched'),
  },
  {
    name: 'work-has-a-time',
    how: 'work without a time',
    drop: ['transactions.transactions_due_two_sided'],
    sql: `update transactions set due_at = null where ${of('id', 'held')}`,
    offender: transaction('held'),
  },
  {
    name: 'sealed',
    how: 'an account number in clear',
    drop: ['beneficiaries.beneficiaries_sealed'],
    sql: `update beneficiaries set account_sealed = '000111220000'`,
    offender: /^beneficiaries /,
  },
];

it('every check has a way in which it was seen red', async () => {
  const { findings } = await verifyPromises(world.knex, nowhere);
  const seenRed = new Set([
    ...BREAKS.map((b) => b.name),
    'accepted-stored',
    'planted-tables',
    'planted-jobs',
    'jobs-ids-only',
    'planted-logs',
    'otp-erased',
    ...AEPS,
  ]); // the latter: below, in dmt-otp.test.ts and in aeps-postings.test.ts
  expect(findings.map((f) => f.name).filter((name) => !seenRed.has(name))).toEqual([]);
});

describe.each(BREAKS)('$name is red for $how', ({ name, sql, drop, offender }) => {
  it('and names the offender', async () => {
    const { promise, result } = found(await broken(withNames(sql), drop), name);
    expect(promise).toMatch(/^P[1-7]$/);
    expect(result!.violations).toBeGreaterThan(0);
    expect(result!.offenders.length).toBe(Math.min(result!.violations, 20));
    const names = (id: string): boolean =>
      typeof offender === 'string' ? id === withId(offender) : offender.test(id);
    expect(result!.offenders.filter((o) => names(o.id))).not.toEqual([]);
    expect(result!.offenders.every((o) => o.detail.length > 5)).toBe(true);
  });
});

it('an inquiry that was asked for just now is not overdue, however long ago the outcome was', async () => {
  const findings = await broken(
    `update transactions set outcome_at = now() - interval '2 days', next_poll_at = now() - interval '2 days', updated_at = now() where id = '${ids.succeeded}'`,
  );
  expect(found(findings, 'overdue-inquiries').result!.violations).toBe(0);
});

it('P3: an accepted id that is not stored is named; twenty at most', async () => {
  const lost = Array.from({ length: 25 }, () => systemIds.uuid());
  const { findings } = await verifyPromises(world.knex, {
    accepted: [...Object.values(ids), ...lost],
    ...nowhere,
  });
  expect(found(findings, 'accepted-stored').result).toMatchObject({ rowsChecked: 35, violations: 25 });
  expect(found(findings, 'accepted-stored').result!.offenders).toHaveLength(20);
  expect(lost.map((id) => `transaction ${id}`)).toEqual(
    expect.arrayContaining(found(findings, 'accepted-stored').result!.offenders.map((o) => o.id)),
  );
});

describe('P7: a planted value', () => {
  it.each([
    [
      'a text column',
      () =>
        `update transactions set status_reason = 'paid to ${PLANTED[0]!.toLowerCase()}' where id = '${ids.failed}'`,
      'transactions',
      'status_reason',
    ],
    [
      'a JSON column',
      () => `update callbacks set headers = '{"x": ["${PLANTED[1]!}"]}'`,
      'callbacks',
      'headers',
    ],
    [
      'a list of texts',
      () =>
        `insert into api_keys (id, user_id, prefix, secret_hash, scopes) values (gen_random_uuid(), gen_random_uuid(), 'p', sha256('x'), array['a', '${PLANTED[2]!}'])`,
      'api_keys',
      'scopes',
    ],
    [
      'bytes',
      () =>
        `update dispatch_attempts set body_hash = ('x${PLANTED[1]!}' || repeat('x', 13))::bytea where transaction_id = '${ids.dispatched}'`,
      'dispatch_attempts',
      'body_hash',
    ],
  ])('is found in %s', async (_where, sql, table, column) => {
    const { result } = found(await broken(sql(), [], { planted: PLANTED }), 'planted-tables');
    expect(result!.violations).toBeGreaterThan(0);
    expect(result!.offenders[0]).toEqual({
      id: expect.stringMatching(new RegExp(`^${table} [0-9a-f-]{36}( 1)?$`)),
      detail: `${column} holds a planted value`,
    });
    expect(JSON.stringify(result)).not.toContain(PLANTED[1]);
  });

  it('is not looked for when it is too short to mean anything', async () => {
    await expect(verifyPromises(world.knex, { planted: ['1234'], ...nowhere })).rejects.toThrow(
      /at least 6 characters/,
    );
  });
});

describe.each(queueBackends())('P7: jobs and logs, queues on %s', (backend) => {
  const logs = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-verify-'));
  afterAll(() => {
    fs.rmSync(logs, { recursive: true, force: true });
  });

  it('finds planted values in job payloads and results and in logs, and jobs that hold more than ids', async () => {
    const settings: QueueSettings = {
      backend,
      databaseUrl: world.database.url,
      redisUrl: backend === 'redis' ? redisUrl() : undefined,
      prefix: redisPrefix(),
    };
    await world.knex.raw('delete from queue_backend');
    await claimBackend(world.knex, settings);
    if (backend === 'postgres') await prepareQueues(world.knex, ['hold']);
    const log = path.join(logs, 'api.log');
    fs.writeFileSync(log, '{"msg":"ready"}\n{"msg":"sent"}\n');
    const target = {
      databaseUrl: settings.databaseUrl,
      redisUrl: settings.redisUrl,
      queuePrefix: settings.prefix,
      logFiles: [log],
    };
    const look = async () =>
      (await runVerification(target, { planted: PLANTED })).findings
        .filter((f) => /jobs|logs/.test(f.name))
        .map((f) => [f.name, f.result?.violations]);

    const queues = createQueues(settings, { log: silentLog });
    try {
      await queues.add('hold', [{ name: 'transaction-hold', id: 'one', data: { ids: [ids.held] } }], {
        timeoutMs: 5_000,
      });
      expect(await look()).toEqual([
        ['planted-jobs', 0],
        ['jobs-ids-only', 0],
        ['planted-logs', 0],
      ]);

      await queues
        .handle('hold')
        .add('transaction-hold', { ids: [ids.held], name: PLANTED[0] }, { jobId: 'two' });
      await queues.handle('hold').add('transaction-hold', { ids: ['everything'] }, { jobId: 'three' });
      fs.appendFileSync(log, `{"msg":"paid to ${PLANTED[2]!}"}\n`);
      const seen = await look();
      expect(seen.slice(1)).toEqual([
        ['jobs-ids-only', 2],
        ['planted-logs', 1],
      ]);
      expect(seen[0]![1]).toBeGreaterThan(0);
      const { findings } = await runVerification(target, { planted: PLANTED });
      expect(found(findings, 'planted-logs').result!.offenders).toEqual([
        { id: 'api.log line 3', detail: 'holds a planted value' },
      ]);
      expect(
        found(findings, 'jobs-ids-only')
          .result!.offenders.map((o) => o.id)
          .toString(),
      ).toMatch(/three/);
    } finally {
      await queues.empty(['hold']);
      await queues.close();
    }
  });
});

it('says so when the queues are where it cannot look', async () => {
  await world.knex.raw(
    `delete from queue_backend; insert into queue_backend (backend, identity) values ('redis', 'elsewhere')`,
  );
  const target = {
    databaseUrl: world.database.url,
    redisUrl: undefined,
    queuePrefix: undefined,
    logFiles: 'no logs',
  };
  const { findings } = await runVerification(target, { planted: PLANTED });
  expect(found(findings, 'planted-jobs')).toMatchObject({
    result: undefined,
    note: 'the queues are on Redis: set REDIS_URL',
  });
  expect(found(findings, 'planted-logs')).toMatchObject({ result: undefined, note: 'no logs' });
});

describe('the command', () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-verify-'));
  const run = (...args: string[]) =>
    spawnSync(process.execPath, ['dist/scripts/verify.js', '--data', dir, ...args], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, DATABASE_URL: world.database.url },
    });
  beforeAll(() => {
    const built = spawnSync(process.execPath, ['scripts/launch.mjs', 'build'], { encoding: 'utf8' });
    if (built.status !== 0) throw new Error(built.stderr);
  });
  afterAll(() => {
    fs.rmSync(dir, { recursive: true, force: true });
  });

  it('prints a line for each check, and exits 0 when nothing is violated', () => {
    const { status, stdout, stderr } = run();
    expect(stderr).toBe('');
    expect(status).toBe(0);
    for (const promise of ['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7'])
      expect(stdout).toMatch(new RegExp(`^${promise} `, 'm'));
    expect(stdout).toMatch(/what was answered with 202 is stored .* not checked/);
    expect(stdout).not.toContain('\u001B');
    expect(stdout).not.toContain(new URL(world.database.url).password || 'no password');
  });

  it('takes lists, exits 1 and names what is violated, in words and in JSON', () => {
    const accepted = path.join(dir, 'accepted.txt');
    const lost = systemIds.uuid();
    fs.writeFileSync(
      accepted,
      `${publicId('transaction', ids.held)}\n${ids.failed}\n\n${publicId('transaction', lost)}\n`,
    );
    const words = run('--accepted', accepted);
    expect(words.status).toBe(1);
    expect(words.stdout).toMatch(
      new RegExp(`P3 is broken: .*\n  transaction ${lost}: was accepted and is not stored`),
    );
    const json = run('--accepted', accepted, '--json');
    expect(json.status).toBe(1);
    const report = JSON.parse(json.stdout) as {
      ok: boolean;
      checks: {
        check: string;
        rows_checked: number | null;
        violations: number | null;
        offenders: { id: string }[];
      }[];
    };
    expect(report.ok).toBe(false);
    expect(report.checks.find((c) => c.check === 'accepted-stored')).toMatchObject({
      rows_checked: 3,
      violations: 1,
      offenders: [{ id: `transaction ${lost}` }],
    });
    expect(report.checks.find((c) => c.check === 'planted-tables')).toMatchObject({
      rows_checked: null,
      violations: null,
    });
  });

  it('exits 2 with a sentence when it cannot look', () => {
    const list = path.join(dir, 'list.txt');
    fs.writeFileSync(list, 'not an id\n');
    for (const [args, env, said] of [
      [['--accepted', list], {}, /no transaction id/],
      [
        [],
        { DATABASE_URL: 'postgres://nobody:secret@127.0.0.1:1/none' },
        /no PostgreSQL answers at postgres:\/\/nobody:\*\*\*@/,
      ],
    ] as const) {
      const result = spawnSync(process.execPath, ['dist/scripts/verify.js', '--data', dir, ...args], {
        encoding: 'utf8',
        env: { PATH: process.env.PATH, DATABASE_URL: world.database.url, ...env },
      });
      expect(result.status).toBe(2);
      expect(result.stderr).toMatch(said);
      expect(result.stderr).not.toContain('secret');
    }
  });
});
