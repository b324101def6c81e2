/**
 * Callbacks are stored before they are believed: which of them decide, which are hints, and what a broken, a
 * forged or a repeated one does.
 */
import { transactionId } from '../../../domain/ids/ids';
import { UNMATCHED_PATIENCE_MS } from '../../../domain/callbacks/process';
import { createCallbackReceiver } from '../../../domain/callbacks/receive';
import { CALLBACK_BODY, openBody } from '../../../domain/callbacks/sealed';
import type { AppUser } from '../../../domain/users/users';
import { execute, rows } from '../../../platform/database';
import { claimAll, dispatched, runDue, runJob } from '../../support/driver';
import {
  callbackBody,
  failed,
  pending,
  refused,
  reversed,
  signedHeaders,
  succeeded,
  timedOut,
  unsignedHeaders,
  type TestCallback,
} from '../../support/scripted-connector';
import { balanceOf, casesOf, movesOf, outcomesOf, transactionRow, type World } from '../../support/world';
import { FUNDS_PAISE, useWorld } from '../../support/use-world';
import { callbackCalls, newEventId } from '../../support/callback-calls';

const used = useWorld();
let world: World;
let user: AppUser;
beforeEach(() => {
  ({ world, user } = used);
});

const { about, process, receive, sent, state, stored } = callbackCalls(() => used);
const isAsked = async (id: string): Promise<boolean> =>
  (await transactionRow(world.knex, id)).nextPollAt!.getTime() <= world.clock.now().getTime();

test('a signed one that matches decides', async () => {
  const id = await sent();
  const { id: callback } = await receive(await about(id, succeeded()));
  await process(callback);
  expect(await stored(callback)).toEqual({ state: 'processed', result: 'apply', transactionId: id });
  expect(await transactionRow(world.knex, id)).toMatchObject({
    state: 'succeeded',
    utr: '000000000001',
    providerReference: 'pout_1',
  });
  expect((await outcomesOf(world.knex, id)).map((o) => o.source)).toEqual(['callback']);
});

test('its bytes are kept, packed; one that was kept as it came, before there were packed ones, decides as well', async () => {
  const id = await sent();
  const raw = callbackBody(await about(id, succeeded()));
  const { id: callback } = await receive(raw);
  const place = CALLBACK_BODY.place(callback!);
  const { cipher } = world.first;
  const [row] = await rows<{ sealed: string }>(world.knex, 'select body_sealed as sealed from callbacks');
  expect(openBody(cipher, row!.sealed, callback!)).toEqual(raw);
  expect(cipher.open(row!.sealed, place).length).toBeLessThan(raw.length);
  await execute(world.knex, 'update callbacks set body_sealed = ?', [cipher.sealBytes(raw, place)]);
  await process(callback);
  expect(await stored(callback)).toMatchObject({ result: 'apply', transactionId: id });
});

describe('hints: the provider is asked', () => {
  test('an unsigned one decides nothing', async () => {
    const id = await sent();
    expect(await isAsked(id)).toBe(false);
    const { id: callback } = await receive(await about(id, failed()), unsignedHeaders('evt_unsigned'));
    await process(callback);
    expect(await stored(callback)).toMatchObject({ result: 'hint' });
    expect(await state(id)).toBe('dispatched');
    expect(await isAsked(id)).toBe(true);
  });

  test('one that says that something changed, and not what', async () => {
    const id = await sent();
    const { outcome: _nothing, ...callback } = await about(id, succeeded());
    await process((await receive(callback)).id);
    expect(await isAsked(id)).toBe(true);
  });

  test.each<[string, TestCallback['target'], string]>([
    ['another amount', { amountPaise: '150001' }, 'callback_amount_mismatch'],
    ['another account', { refs: { fund_account: 'fa_other' } }, 'callback_account_mismatch'],
    ['another payout of the provider', { providerReference: 'pout_other' }, 'callback_payout_mismatch'],
  ])('one that speaks of %s decides nothing and is a case', async (_what, target, kind) => {
    const id = await sent();
    const { id: callback } = await receive(await about(id, succeeded(), target));
    await process(callback);
    expect(await stored(callback)).toMatchObject({
      state: 'processed',
      result: kind.replace('callback_', 'mismatch_').replace('_mismatch', ''),
      transactionId: id,
    });
    expect(await casesOf(world.knex, id)).toEqual([kind]);
    expect(await state(id)).toBe('dispatched');
    expect(await isAsked(id)).toBe(true);
  });

  /** Paid, and then told by nobody knows whom that the money came back. */
  async function toldBack(): Promise<string> {
    const id = await sent();
    await process((await receive(await about(id, succeeded()))).id);
    world.clock.advance(60_000);
    const { outcome: _nothing, ...callback } = await about(id, reversed());
    await process((await receive({ ...callback, tellsReversal: true }, unsignedHeaders('evt_back'))).id);
    return id;
  }

  test('P1 an unsigned one tells that the money came back: the provider is asked whether it did, and that decides', async () => {
    const id = await toldBack();
    expect(await state(id)).toBe('succeeded');
    world.connector.onInquire = (target) => (target.mayHaveComeBack === true ? reversed() : succeeded());
    for (const due of await claimAll(world.first)) await runDue(world.first, [due]);
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'reversed' });
    expect(await casesOf(world.knex, id)).toEqual([]);
    expect(await balanceOf(world.knex, user.accountId)).toBe(FUNDS_PAISE);
  });

  test('P5 where the provider contradicts it, nothing moves and a person looks; once', async () => {
    const id = await toldBack();
    world.connector.onInquire = () => timedOut();
    await runJob(world.first, 'poll', [id]);
    expect(await casesOf(world.knex, id)).toEqual([]);
    world.connector.onInquire = () => succeeded();
    await runJob(world.first, 'poll', [id]);
    expect(await casesOf(world.knex, id)).toEqual(['callback_contradicted']);
    expect(await state(id)).toBe('succeeded');
    await world.knex.raw(
      "update ops_cases set closed_at = now(), closed_by = 'ops', closed_note = 'the statement has no credit'",
    );
    await runJob(world.first, 'poll', [id]);
    expect(await rows(world.knex, 'select 1 from ops_cases')).toHaveLength(1);
  });

  test('a hint of a reversal whose inquiry fails before the success is settled is asked about again', async () => {
    const id = await sent();
    await world.first.recorder.record({
      transactionId: transactionId(id),
      attemptNo: 1,
      source: 'poll',
      askedAt: world.clock.now(),
      answer: succeeded(),
    });
    world.clock.advance(1_000);
    const { outcome: _nothing, ...callback } = await about(id, reversed());
    await process((await receive({ ...callback, tellsReversal: true }, unsignedHeaders('evt_back'))).id);
    await world.knex.raw(
      'update transactions set asked_for_at = null, next_poll_at = ? where id = ?', // as an inquiry claims it
      [new Date(world.clock.now().getTime() + 5_000), id],
    );
    await runJob(world.first, 'settle', [id]);
    expect(await state(id)).toBe('succeeded');
    world.clock.advance(10_000);
    world.connector.onInquire = (target) => (target.mayHaveComeBack === true ? reversed() : succeeded());
    for (let round = 0; round < 2; round += 1)
      for (const due of await claimAll(world.first)) await runDue(world.first, [due]);
    expect(await state(id)).toBe('reversed');
  });

  test('a hint between the outcome and its settle is not lost', async () => {
    const id = await sent();
    await world.first.recorder.record({
      transactionId: transactionId(id),
      attemptNo: 1,
      source: 'poll',
      askedAt: world.clock.now(),
      answer: failed(),
    });
    world.clock.advance(5);
    await process((await receive(await about(id, succeeded()), unsignedHeaders('evt_hint'))).id);
    await runJob(world.first, 'settle', [id]);
    expect(await state(id)).toBe('failed');
    expect((await claimAll(world.first)).map((d) => d.job)).toEqual(['poll']);
  });
});

describe('P4 once', () => {
  test('an event that is sent again is stored once, also when both come at the same time', async () => {
    const id = await sent();
    const callback = await about(id, succeeded());
    const all = await Promise.all(
      Array.from({ length: 10 }, () => receive(callback, signedHeaders('evt_same'))),
    );
    expect(all.filter((r) => !r.duplicate)).toHaveLength(1);
    expect((await receive(callback, signedHeaders('evt_same'))).duplicate).toBe(true);
  });

  test('the same bytes under 200 event ids are stored once, whoever receives them', async () => {
    const id = await sent();
    const callback = await about(id, succeeded());
    const other = await world.process();
    const all = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        (i % 2 === 0 ? world.first : other).callbackReceiver.receive(
          'testpay',
          signedHeaders(newEventId()),
          callbackBody(callback),
        ),
      ),
    );
    expect(all.filter((r) => !r.duplicate)).toHaveLength(1);
    expect(await rows(world.knex, 'select 1 from callbacks')).toHaveLength(1);
  });

  test('a forged one does not take the place of the real one with the same bytes', async () => {
    const id = await sent();
    const callback = await about(id, succeeded());
    const forged = { ...signedHeaders('evt_forged'), 'x-test-signature': 'wrong' };
    await expect(receive(callback, forged)).rejects.toMatchObject({ code: 'CALLBACK_SIGNATURE_INVALID' });
    expect((await receive(callback)).duplicate).toBe(false);
  });

  test('the same word in different bytes has one effect', async () => {
    const id = await sent();
    const callback = await about(id, succeeded());
    const ids = await Promise.all(
      Array.from({ length: 5 }, async (_, i) => (await receive({ ...callback, event: `payout.${i}` })).id!),
    );
    const other = await world.process();
    await Promise.all([
      runJob(world.first, 'callback', ids),
      runJob(other, 'callback', ids),
      runJob(world.first, 'callback', ids),
    ]);
    await runJob(world.first, 'settle', [id]);
    expect((await outcomesOf(world.knex, id)).filter((o) => o.effect !== null)).toHaveLength(1);
    expect(await state(id)).toBe('succeeded');
    expect(await balanceOf(world.knex, user.accountId)).toBe(FUNDS_PAISE - 150_590n);
  });

  test('a process that dies after recording and before it is done records a repeat', async () => {
    const id = await sent();
    const { id: callback } = await receive(await about(id, succeeded()));
    await world.first.recorder.record({
      transactionId: transactionId(id),
      attemptNo: 1,
      source: 'callback',
      askedAt: world.clock.now(),
      answer: succeeded(),
      callbackId: callback,
    });
    await process(callback);
    expect(await stored(callback)).toMatchObject({ state: 'processed', result: 'repeat' });
  });
});

describe('out of order', () => {
  test('a reversal before its success: the money is back, and the late success is asked about', async () => {
    const id = await sent();
    await process((await receive(await about(id, reversed()))).id);
    expect(await state(id)).toBe('failed');
    world.clock.advance(1_000);
    const { id: late } = await receive(await about(id, succeeded()));
    await process(late);
    expect(await stored(late)).toMatchObject({ result: 'ask_again' });
    world.connector.onInquire = () => reversed();
    for (const due of await claimAll(world.first)) await runDue(world.first, [due]);
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'failed', nextPollAt: null });
    expect(await casesOf(world.knex, id)).toEqual([]);
  });

  test('both in one job, the reversal first: no money moves twice', async () => {
    const id = await sent();
    const ids = [
      (await receive(await about(id, reversed()))).id,
      (await receive(await about(id, succeeded()))).id,
    ];
    await process(...ids);
    await runJob(world.first, 'settle', [id]);
    expect(['failed', 'reversed']).toContain(await state(id));
    expect(await balanceOf(world.knex, user.accountId)).toBe(FUNDS_PAISE);
  });

  test('success and reversal, both before the first is posted: one after the other', async () => {
    const id = await sent();
    for (const answer of [succeeded(), reversed()]) {
      const { id: callback } = await receive(await about(id, answer));
      expect((await runJob(world.first, 'callback', [callback!])).errors).toEqual([]);
    }
    await runDue(world.first, [{ job: 'settle', id, driveNo: 0 }]);
    expect(await movesOf(world.knex, id)).toEqual([
      'accepted>held',
      'held>dispatched',
      'dispatched>succeeded',
      'succeeded>reversed',
    ]);
  });

  test('pending after success changes nothing', async () => {
    const id = await sent();
    await process((await receive(await about(id, succeeded()))).id);
    await process((await receive(await about(id, pending()))).id);
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'succeeded', statusReason: null });
  });

  test('one about an attempt that was called unsent stops the next', async () => {
    const id = await world.accept(user);
    world.connector.onSend = refused;
    await dispatched(world.first, id);
    await process((await receive(await about(id, succeeded()))).id);
    expect(await state(id)).toBe('in_review');
    expect(await casesOf(world.knex, id)).toEqual(['outcome_of_abandoned_attempt']);
  });

  /** Sent, called unsent, and given back when its time was over. */
  async function givenBack(): Promise<string> {
    const id = await world.accept(user);
    world.connector.onSend = refused;
    await dispatched(world.first, id);
    world.clock.advance(3_600_000);
    await runJob(world.first, 'send', [id]);
    expect(await transactionRow(world.knex, id)).toMatchObject({
      state: 'failed',
      statusReason: 'TRANSACTION_EXPIRED',
      attemptNo: 1,
    });
    return id;
  }

  test('a success of one that was given back unsent is asked about; confirmed, it is a late one', async () => {
    const id = await givenBack();
    const { id: callback } = await receive(await about(id, succeeded()));
    await process(callback);
    expect(await stored(callback)).toMatchObject({ result: 'ask_again' });
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'failed', dueJob: null });
    world.connector.onInquire = () => succeeded();
    const due = await claimAll(world.first);
    expect(due.map((d) => d.job)).toEqual(['poll']);
    await runDue(world.first, due);
    expect(await transactionRow(world.knex, id)).toMatchObject({
      state: 'in_review',
      outcome: 'late_success',
      dueJob: null,
    });
    expect(await casesOf(world.knex, id)).toEqual(['late_success']);
    expect(await balanceOf(world.knex, user.accountId)).toBe(FUNDS_PAISE);
  });

  test('a failure of one that was given back unsent is a repeat', async () => {
    const id = await givenBack();
    const { id: callback } = await receive(await about(id, failed()));
    await process(callback);
    expect(await stored(callback)).toMatchObject({ result: 'repeat' });
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'failed', dueJob: null });
  });
});

test('a success told before the send was even answered is believed, and the answer that comes later is a repeat', async () => {
  const id = await world.accept(user);
  world.connector.onSend = async () => {
    await process((await receive(await about(id, succeeded()))).id);
    return timedOut();
  };
  await dispatched(world.first, id);
  expect(await state(id)).toBe('succeeded');
  expect((await outcomesOf(world.knex, id)).map((o) => [o.source, o.decision])).toEqual([
    ['callback', 'apply'],
    ['dispatch', 'stale'],
  ]);
});

describe('a provider that signs nothing', () => {
  const TOKEN = 'an-address-that-nobody-can-guess';
  const at = async (
    path: string | undefined,
    callback: TestCallback,
  ): Promise<{ duplicate: boolean; due: { id: string } | undefined }> => {
    const receiver = createCallbackReceiver({ ...world.first, tokens: { testpay: TOKEN } });
    return receiver.receive('testpay', unsignedHeaders(newEventId()), callbackBody(callback), { path });
  };

  test('is heard at the address that it was given, and behind it; elsewhere it counts as forged', async () => {
    const id = await sent();
    const { due } = await at(`${TOKEN}/bills/payment/response`, await about(id, failed()));
    await process(due?.id);
    expect(await stored(due?.id)).toMatchObject({ state: 'processed', result: 'hint' });
    expect([await state(id), await isAsked(id)]).toEqual(['dispatched', true]);
    for (const path of [undefined, '', 'another', `${TOKEN}x`, `x/${TOKEN}`])
      await expect(at(path, await about(id, failed()))).rejects.toMatchObject({
        code: 'CALLBACK_SIGNATURE_INVALID',
      });
    expect(await rows(world.knex, "select 1 from callbacks where verdict = 'unsigned'")).toHaveLength(1);
  });

  test('a bound on what is kept of it: the size of each, and the sum', async () => {
    const receiver = createCallbackReceiver({ ...world.first, tokens: { testpay: TOKEN } });
    const post = (size: number, n: number): Promise<string> =>
      receiver
        .receive('testpay', unsignedHeaders(newEventId()), Buffer.from(`${n}`.padEnd(size)), { path: TOKEN })
        .then(
          ({ duplicate }) => (duplicate ? 'repeat' : 'stored'),
          (error: { code: string }) => error.code,
        );
    expect(await post(65_537, 0)).toBe('REQUEST_TOO_LARGE');
    const results: string[] = [];
    for (let n = 0; n < 520; n += 1) results.push(await post(65_536, n));
    const count = (what: string): number => results.filter((r) => r === what).length;
    expect([count('stored'), count('RATE_LIMITED')]).toEqual([512, 8]);
    expect(await post(10, 1)).toBe('RATE_LIMITED');
    world.clock.advance(1_000);
    for (let i = 0; i < 5; i += 1) expect(await post(65_536, 3)).toBe('repeat'); // costs nothing
    expect(await post(65_536, 600)).toBe('stored');
  });

  test('no other provider has anything behind its address', async () => {
    await expect(
      world.first.callbackReceiver.receive('testpay', signedHeaders('evt'), callbackBody({ event: 'x' }), {
        path: 'more',
      }),
    ).rejects.toMatchObject({ code: 'REQUEST_PATH_UNKNOWN' });
  });

  test('and does not repeat our reference is matched by its own', async () => {
    const id = await sent();
    const { due } = await at(TOKEN, {
      event: 'payment.reversal',
      target: { providerReference: 'pout_1', amountPaise: '150000' },
    });
    await process(due?.id);
    expect(await stored(due?.id)).toMatchObject({ result: 'hint', transactionId: id });
    const unknown = await at(TOKEN, {
      event: 'payment.reversal',
      target: { providerReference: 'pout_2', amountPaise: '150000' },
    });
    await process(unknown.due?.id);
    expect(await stored(unknown.due?.id)).toMatchObject({ state: 'received', result: null });
    expect(await rows(world.knex, 'select 1 from ops_cases')).toEqual([]);
    world.clock.advance(UNMATCHED_PATIENCE_MS);
    await process(unknown.due?.id);
    expect(await stored(unknown.due?.id)).toMatchObject({ result: 'unmatched', transactionId: null });
  });

  test('and comes before the answer that brings its reference waits for it', async () => {
    const id = await world.accept(user);
    const { due } = await at(TOKEN, {
      event: 'payment.status',
      target: { providerReference: 'pout_1', amountPaise: '150000' },
    });
    await process(due?.id);
    expect(await stored(due?.id)).toMatchObject({ state: 'received', result: null });
    world.connector.onSend = () => pending();
    await dispatched(world.first, id);
    await process(due?.id);
    expect(await stored(due?.id)).toMatchObject({ state: 'processed', result: 'hint', transactionId: id });
    expect(await isAsked(id)).toBe(true);
  });
});
