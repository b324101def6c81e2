/**
 * What the database refuses of the lifecycle, whoever asks: the same table of moves as the code, facts that
 * stay, records that only grow, and CHECKs from both sides.
 */
import type { Knex } from 'knex';
import { MOVES, STATES, type State } from '../../../domain/lifecycle/lifecycle';
import { execute, rows } from '../../../platform/database';
import { callbackBody, signedHeaders, succeeded } from '../../support/scripted-connector';
import { createWorld, transactionRow, type World } from '../../support/world';

let world: World;
let knex: Knex;
let user: Awaited<ReturnType<World['user']>>;

beforeAll(async () => {
  world = await createWorld();
  knex = world.knex;
  user = await world.user(100_000_000n);
});
afterAll(async () => {
  await world.close();
});

/** `done`, or the name of the constraint or trigger that refused. What was done is undone. */
async function attempt(sql: string, bindings: readonly unknown[] = []): Promise<string> {
  const trx = await knex.transaction();
  try {
    await execute(trx, sql, bindings);
    return 'done';
  } catch (error) {
    return (error as { constraint?: string }).constraint ?? (error as Error).message;
  } finally {
    await trx.rollback();
  }
}

const FINAL = ['succeeded', 'failed', 'reversed', 'refunded'];
/** What a row in a state must have besides. */
function setOf(to: State): string {
  const open = to === 'accepted' || to === 'held';
  return [
    `state = '${to}'`,
    'move_count = move_count + 1',
    `due_at = ${open ? 'now()' : 'null'}`,
    `next_poll_at = ${to === 'dispatched' ? 'now()' : 'null'}`,
    ...(to === 'in_review' ? [] : [`finished_at = ${FINAL.includes(to) ? 'now()' : 'null'}`]),
    // What goes to review from here was never sent, and goes back.
    ...(open || to === 'failed' || to === 'in_review' ? [] : ['attempt_no = greatest(attempt_no, 1::int2)']),
  ].join(', ');
}
const PATHS: Readonly<Record<State, readonly State[]>> = {
  accepted: [],
  held: ['held'],
  dispatched: ['held', 'dispatched'],
  refund_pending: ['held', 'dispatched', 'refund_pending'],
  in_review: ['held', 'in_review'],
  succeeded: ['held', 'dispatched', 'succeeded'],
  failed: ['failed'],
  reversed: ['held', 'dispatched', 'succeeded', 'reversed'],
  refunded: ['held', 'dispatched', 'refunded'],
};

/** A transaction in a state, by lawful moves. It has no postings: these rows are only for looking at what the database lets pass. */
async function inState(state: State): Promise<string> {
  const id = await world.accept(user);
  for (const step of PATHS[state])
    await execute(knex, `update transactions set ${setOf(step)} where id = ?`, [id]);
  return id;
}

describe('moves', () => {
  test('the trigger holds the very table that the code holds', async () => {
    const [found] = await rows<{ def: string }>(
      knex,
      `select pg_get_triggerdef(oid) as def from pg_trigger where tgname = 'transactions_moves'`,
    );
    const inDatabase = [...found!.def.matchAll(/'([a-z_]+>[a-z_]+)'/g)].map((m) => m[1]!);
    const inCode = STATES.flatMap((from) => Object.keys(MOVES[from]).map((to) => `${from}>${to}`));
    expect(new Set(inDatabase)).toEqual(new Set(inCode));
    expect(inDatabase).toHaveLength(inCode.length);
  });

  test.each(STATES)('from %s: exactly those of the table, on a real row', async (from) => {
    const id = await inState(from);
    const results: Partial<Record<State, string>> = {};
    const expected: Partial<Record<State, string>> = {};
    for (const to of STATES.filter((s) => s !== from)) {
      results[to] = await attempt(`update transactions set ${setOf(to)} where id = ?`, [id]);
      expected[to] = MOVES[from][to] === undefined ? 'transactions_moves' : 'done';
    }
    expect(results).toEqual(expected);
  });

  test('each counts one event, and nothing else does', async () => {
    const id = await inState('held');
    expect(
      await attempt(
        `update transactions set ${setOf('dispatched')}, drive_no = 1 where id = ?`.replace(
          'move_count + 1',
          'move_count',
        ),
        [id],
      ),
    ).toBe('transactions_counts_grow');
    expect(
      await attempt(
        `update transactions set ${setOf('dispatched')} where id = ?`.replace(
          'move_count + 1',
          'move_count + 2',
        ),
        [id],
      ),
    ).toBe('transactions_counts_grow');
    expect(await attempt('update transactions set move_count = move_count + 1 where id = ?', [id])).toBe(
      'transactions_counts_grow',
    );
  });

  test('there is no other state, and none but accepted to begin with', async () => {
    const id = await inState('accepted');
    expect(
      await attempt(`update transactions set state = 'done', move_count = move_count + 1 where id = ?`, [id]),
    ).toMatch(/transactions_(moves|state_known)/);
    const copy = (over: string): Promise<string> =>
      attempt(
        `
      insert into transactions (id, user_id, wallet_id, account_id, service, provider, amount_paise, fee_paise,
      tax_paise, reference, request_id, due_at, expected_by, expires_at, created_at, updated_at,
      ${over.split('=')[0]!})
      select gen_random_uuid(), user_id, wallet_id, account_id, service, provider, amount_paise, fee_paise,
      tax_paise, 'copy', request_id, now(), expected_by, expires_at, created_at, updated_at,
      ${over.split('=')[1]!} from transactions where id = ?`,
        [id],
      );
    for (const over of ["state='held'", 'outcome_count=1', 'move_count=1'])
      expect(await copy(over)).toBe('transactions_begin_accepted');
    expect(await copy("limit_key='x'")).toBe('transactions_limit_two_sided');
    expect(await copy('drive_no=0')).toBe('done');
  });
});

describe('records that only grow', () => {
  let settled: string;
  beforeAll(async () => {
    settled = await world.accept(user);
    world.connector.onSend = () => succeeded();
    await world.first.holds.hold([settled]);
    await world.first.sender.send([settled]);
    await world.first.settler.settle([settled]);
    await world.first.callbackReceiver.receive(
      'testpay',
      signedHeaders('evt_1'),
      callbackBody({ event: 'x' }),
    );
  });

  test.each(['transaction_events', 'transaction_outcomes', 'payouts'])(
    '%s: no update, no delete, no truncate, not even of no rows',
    async (table) => {
      expect((await rows(knex, `select 1 from ${table} limit 1`)).length).toBe(1);
      const name = table === 'payouts' ? 'payouts_stay' : `${table}_append_only`;
      expect(await attempt(`update ${table} set transaction_id = transaction_id`)).toBe(name);
      expect(await attempt(`delete from ${table} where false`)).toBe(name);
      expect(await attempt(`truncate ${table} cascade`)).toBe(name);
    },
  );

  test('callbacks stay as they came, and are processed once', async () => {
    expect(await attempt('delete from callbacks where false')).toBe('callbacks_stay');
    expect(await attempt('truncate callbacks')).toBe('callbacks_stay');
    for (const set of [
      "verdict = 'unsigned'",
      "provider = 'other'",
      "event_key = 'other'",
      `headers = '{"x": "y"}'`,
      'received_at = now()',
    ])
      expect([set, await attempt(`update callbacks set ${set}`)]).toEqual([set, 'callbacks_facts_stay']);
    const processed = "state = 'processed', due_at = null, processed_at = now(), result = 'x'";
    const trx = await knex.transaction();
    await execute(trx, `update callbacks set ${processed}`);
    await trx.raw('savepoint before');
    for (const set of [processed, "state = 'received', due_at = now(), processed_at = null, result = null"]) {
      await expect(trx.raw(`update callbacks set ${set}`)).rejects.toMatchObject({
        constraint: 'callbacks_processed_once',
      });
      await trx.raw('rollback to savepoint before');
    }
    // under another key
    await execute(trx, "update callbacks set body_sealed = 'v1.other.' || body_sealed");
    await trx.rollback();
  });

  test('transactions stay', async () => {
    expect(await attempt('delete from transactions where id = ?', [settled])).toBe('transactions_stay');
    expect(await attempt('truncate transactions cascade')).toMatch(/_stay|_append_only|_immutable/);
  });

  test('the audit log', async () => {
    await execute(
      knex,
      `insert into audit_log (actor, action, subject, outcome) values ('anonymous', 'test.done', 'nothing', 'succeeded')`,
    );
    expect(await attempt('update audit_log set actor = actor')).toBe('audit_log_append_only');
    expect(await attempt('delete from audit_log')).toBe('audit_log_append_only');
    expect(await attempt('truncate audit_log')).toBe('audit_log_no_truncate');
  });

  test.each([
    ['amount_paise', 'amount_paise + 1'],
    ['fee_paise', '0'],
    ['tax_paise', '0'],
    ['reference', "'other'"],
    ['request_id', 'gen_random_uuid()'],
    ['charge_paise', '1'],
    ['answer_before', 'now()'],
    ['created_at', 'now()'],
    ['id', 'gen_random_uuid()'],
    ['user_id', 'gen_random_uuid()'],
    ['wallet_id', 'gen_random_uuid()'],
    ['account_id', '0'],
    ['service', "'dmt'"],
    ['currency', "'USD'"],
    ['limit_key', "'payout:other'"],
    ['limit_cap_paise', 'limit_cap_paise + 1'],
    ['drive_no', 'drive_no - 1'],
    ['attempt_no', '0'],
    ['outcome_count', 'outcome_count - 1'],
    ['effect_count', 'effect_count - 1'],
    ['posted_count', 'posted_count - 1'],
  ])('P4 the fact %s of a transaction never changes, a count never falls', async (column, value) => {
    const isCount = /_(?:no|count)$/.test(column);
    expect(await attempt(`update transactions set ${column} = ${value} where id = ?`, [settled])).toBe(
      isCount ? 'transactions_counts_grow' : 'transactions_facts_stay',
    );
  });

  test.each([
    ['our_reference', "'other'"],
    ['idempotency_key', "'other'"],
    ['refs', "'{}'::jsonb"],
    ['body_hash', "sha256('x'::bytea)"],
    ['provider', "'other'"],
    ['created_at', 'now()'],
    ['attempt_no', '9'],
    ['send_count', '0'],
  ])('P4 the %s of an attempt stays: a repeat says the same', async (column, value) => {
    expect(
      await attempt(`update dispatch_attempts set ${column} = ${value} where transaction_id = ?`, [settled]),
    ).toBe('dispatch_attempts_facts_stay');
  });

  test('attempts stay', async () => {
    expect(await attempt('delete from dispatch_attempts where transaction_id = ?', [settled])).toBe(
      'dispatch_attempts_stay',
    );
    expect(await attempt('truncate dispatch_attempts')).toBe('dispatch_attempts_stay');
  });

  test('P4 an effect, an event and an attempt have one row for each number', async () => {
    const again = (table: string, columns: string): Promise<string> =>
      attempt(`insert into ${table} (${columns}) select ${columns} from ${table} where transaction_id = ?`, [
        settled,
      ]);
    expect(
      await again('transaction_events', 'transaction_id, seq, from_state, to_state, actor, reason, at'),
    ).toBe('transaction_events_pkey');
    expect(
      await attempt(
        `insert into transaction_outcomes (transaction_id, seq, kind, source, decision, effect_seq, effect, attempt_no,
        asked_at, recorded_at, sent, raw_status)
      select transaction_id, seq + 100, kind, source, decision, effect_seq, effect, attempt_no, asked_at,
      recorded_at, sent, raw_status from transaction_outcomes where transaction_id = ? and effect_seq = 1`,
        [settled],
      ),
    ).toBe('transaction_outcomes_effect_unique');
    expect(
      await again(
        'dispatch_attempts',
        'transaction_id, attempt_no, provider, our_reference, idempotency_key, refs, body_hash, send_before, created_at',
      ),
    ).toBe('dispatch_attempts_pkey');
    expect(
      await attempt(
        `insert into dispatch_attempts (transaction_id, attempt_no, provider, our_reference, idempotency_key, refs,
        body_hash, send_before, created_at)
      select transaction_id, 7, provider, our_reference, 'other', refs, body_hash, send_before, created_at
      from dispatch_attempts where transaction_id = ?`,
        [settled],
      ),
    ).toBe('dispatch_attempts_reference_unique');
  });
});

describe('CHECKs, from both sides', () => {
  test.each<[State, string, string]>([
    ['accepted', 'due_at = null', 'transactions_due_two_sided'],
    ['held', 'due_at = null', 'transactions_due_two_sided'],
    ['dispatched', 'due_at = now()', 'transactions_due_two_sided'],
    ['succeeded', 'due_at = now()', 'transactions_due_two_sided'],
    [
      'dispatched',
      "outcome = 'succeeded', outcome_at = now(), outcome_count = 1, effect_count = 1",
      'transactions_due_two_sided',
    ], // an effect to post, and no time at which it is driven
    ['dispatched', 'next_poll_at = null', 'transactions_dispatched_is_polled'],
    ['accepted', 'next_poll_at = now()', 'transactions_polled_states'],
    ['held', 'next_poll_at = now()', 'transactions_polled_states'],
    ['accepted', 'asked_for_at = now()', 'transactions_asked_for_is_polled'],
    ['dispatched', 'spoken_of_attempt = attempt_no + 1', 'transactions_spoken_of_an_attempt'],
    ['succeeded', 'finished_at = null', 'transactions_finished_two_sided'],
    ['failed', 'finished_at = null', 'transactions_finished_two_sided'],
    ['dispatched', 'finished_at = now()', 'transactions_finished_two_sided'],
    ['in_review', 'finished_at = now()', 'transactions_review_keeps_finished'],
    ['dispatched', "outcome = 'succeeded'", 'transactions_outcome_two_sided'],
    ['dispatched', 'outcome_at = now()', 'transactions_outcome_two_sided'],
    ['dispatched', "outcome = 'succeeded', outcome_at = now()", 'transactions_outcome_two_sided'],
    ['dispatched', 'outcome_count = 1, effect_count = 1, due_at = now()', 'transactions_outcome_two_sided'],
    [
      'dispatched',
      "outcome = 'lost', outcome_at = now(), outcome_count = 1, effect_count = 1, due_at = now()",
      'transactions_outcome_known',
    ],
    ['dispatched', 'posted_count = 1', 'transactions_counts_in_order'],
    [
      'dispatched',
      "effect_count = 1, outcome = 'failed', outcome_at = now(), due_at = now()",
      'transactions_counts_in_order',
    ],
  ])('%s with %s: %s', async (state, set, constraint) => {
    const id = await inState(state);
    expect(await attempt(`update transactions set ${set} where id = ?`, [id])).toBe(constraint);
  });

  test('what was sent has an attempt', async () => {
    const id = await inState('held');
    expect(
      await attempt(
        `update transactions set ${setOf('dispatched')} where id = ?`.replace(
          'greatest(attempt_no, 1::int2)',
          '0',
        ),
        [id],
      ),
    ).toBe('transactions_sent_has_attempt');
  });

  test('outcomes: an effect has a place, and only what is applied or queued has one', async () => {
    const id = await inState('dispatched');
    const insert = (decision: string, seq: string, effect: string): Promise<string> =>
      attempt(
        `insert into transaction_outcomes (transaction_id, seq, kind, source, decision, effect_seq, effect, attempt_no,
        asked_at, recorded_at, sent, raw_status)
      values (?, 1, 'succeeded', 'poll', ?, ${seq}, ${effect}, 1, now(), now(), true, 'x')`,
        [id, decision],
      );
    expect(await insert('apply', '1', "'success'")).toBe('done');
    expect(await insert('queue_after', '2', "'reversal'")).toBe('done');
    expect(await insert('note', 'null', 'null')).toBe('done');
    for (const [decision, seq, effect] of [
      ['apply', 'null', 'null'],
      ['apply', '1', 'null'],
      ['apply', 'null', "'success'"],
      ['note', '1', "'success'"],
      ['case', '1', 'null'],
      ['repeat', 'null', "'success'"],
    ] as const) {
      expect(await insert(decision, seq, effect)).toBe('transaction_outcomes_effect_two_sided');
    }
    expect(await insert('guess', 'null', 'null')).toBe('transaction_outcomes_decision_known');
  });

  test('callbacks: due while received, a result when processed, and a forged one is quarantined for ever', async () => {
    const [received] = await rows<{ id: string }>(knex, "select id from callbacks where state = 'received'");
    const set = (sql: string): Promise<string> =>
      attempt(`update callbacks set ${sql} where id = ?`, [received!.id]);
    expect(await set('due_at = null')).toBe('callbacks_due_two_sided');
    expect(await set(`state = 'processed', processed_at = now(), result = 'x'`)).toBe(
      'callbacks_due_two_sided',
    );
    expect(await set(`state = 'processed', due_at = null, processed_at = now()`)).toBe(
      'callbacks_processed_two_sided',
    );
    expect(await set(`result = 'x', processed_at = now()`)).toBe('callbacks_processed_two_sided');
    const forged = (digest: string): Promise<string> =>
      attempt(
        `insert into callbacks (id, provider, event_key, verdict, state, headers, body_sealed, received_at, due_at, body_digest)
         select gen_random_uuid(), provider, 'other', 'forged', state, headers, body_sealed, received_at, due_at, ${digest}
         from callbacks where id = ?`,
        [received!.id],
      );
    expect(await forged('body_digest')).toBe('callbacks_forged_has_no_digest');
    expect(await forged('null')).toBe('callbacks_forged_is_quarantined');
    expect(await set(`body_sealed = 'clear text'`)).toBe('callbacks_sealed');
    expect(await set(`state = 'processed', due_at = null, processed_at = now(), result = 'x'`)).toBe('done');
  });

  test('a wallet, its user and its account belong together', async () => {
    const other = await world.user(0n);
    const id = await inState('accepted');
    const insert = (walletId: string, accountId: bigint): Promise<string> =>
      attempt(
        `
      insert into transactions (id, user_id, wallet_id, account_id, service, provider, amount_paise, fee_paise,
      tax_paise, reference, request_id, due_at, expected_by, expires_at, created_at, updated_at)
      select gen_random_uuid(), user_id, ?, ?, service, provider, amount_paise, fee_paise, tax_paise, 'w',
      request_id, now(), expected_by, expires_at, created_at, updated_at from transactions where id = ?`,
        [walletId, accountId, id],
      );
    expect(await insert(other.walletId, user.accountId)).toBe('transactions_wallet_owner');
    expect(await insert(user.walletId, other.accountId)).toBe('transactions_wallet_owner');
    expect(await insert(user.walletId, user.accountId)).toBe('done');
  });

  test('one open case for one matter', async () => {
    const insert = (closed: boolean): string =>
      `insert into ops_cases
        (id, kind, subject, summary, opened_at${closed ? ', closed_at, closed_by, closed_note' : ''})
        values (gen_random_uuid(), 'k', 's', 'x', now()${closed ? `, now(), 'ops', 'done'` : ''})`;
    expect(await attempt(`${insert(false)}; ${insert(false)}`)).toBe('ops_cases_one_open');
    expect(await attempt(`${insert(true)}; ${insert(true)}; ${insert(false)}`)).toBe('done');
    expect(
      await attempt(
        `insert into ops_cases (id, kind, subject, summary, opened_at, closed_at)
          values (gen_random_uuid(), 'k', 's', 'x', now(), now())`,
      ),
    ).toBe('ops_cases_closed_two_sided');
  });
});

test('a row that was made by hand reads as any other', async () => {
  const id = await inState('dispatched');
  expect(await transactionRow(knex, id)).toMatchObject({
    state: 'dispatched',
    attemptNo: 1,
    moveCount: 2,
    dueJob: null,
  });
});
