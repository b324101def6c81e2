/**
 * Sending: begin, call, record. What was perhaps sent is never sent again on a guess; what certainly was not is
 * sent by a new attempt.
 */
import { DomainError } from '../../../domain/errors/errors';
import type { AppUser } from '../../../domain/users/users';
import { startCuttingProxy } from '../../support/cutting-proxy';
import { runDue, runJob } from '../../support/driver';
import { failed, notFound, refused, succeeded, timedOut } from '../../support/scripted-connector';
import { FUNDS_PAISE, useWorld } from '../../support/use-world';
import {
  attemptsOf,
  balanceOf,
  casesOf,
  movesOf,
  startProcess,
  transactionRow,
  type World,
} from '../../support/world';

const MINUTE = 60_000;
const used = useWorld();
const { held } = used;
let world: World;
let user: AppUser;
beforeEach(() => {
  ({ world, user } = used);
});

/** A gate: whoever comes to it waits until it is opened. */
function gate(): { wait(): Promise<void>; open(): void; reached: Promise<void> } {
  let open: () => void = () => undefined;
  let arrive: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const reached = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  return {
    wait: () => {
      arrive();
      return opened;
    },
    open,
    reached,
  };
}

describe('the three steps', () => {
  test('the attempt is on its row, with the bytes and the last moment, before a byte leaves', async () => {
    const id = await held();
    let seen: unknown;
    world.connector.onSend = async (instruction, options) => {
      const [attempt] = await attemptsOf(world.knex, id);
      seen = {
        state: (await transactionRow(world.knex, id)).state,
        same:
          attempt?.ourReference === instruction.ourReference &&
          attempt.idempotencyKey === instruction.idempotencyKey,
        sendBefore: options?.sendBefore,
        at: attempt?.sendBefore,
        admitted: options?.admitted,
        timeouts: options?.timeouts,
      };
      return succeeded();
    };
    const now = world.clock.now();
    const report = await runJob(world.first, 'send', [id]);
    const sendBefore = new Date(now.getTime() + 20_000);
    expect(seen).toEqual({
      state: 'dispatched',
      same: true,
      sendBefore,
      at: sendBefore,
      admitted: true,
      timeouts: { connectMs: 4_000, totalMs: 30_000 },
    });
    expect(report.due).toEqual([{ job: 'settle', id, driveNo: 3 }]);
    await runDue(world.first, report.due);
    expect(await transactionRow(world.knex, id)).toMatchObject({
      state: 'succeeded',
      utr: '000000000001',
      providerReference: 'pout_1',
      statusReason: null,
    });
    expect(await movesOf(world.knex, id)).toEqual([
      'accepted>held',
      'held>dispatched',
      'dispatched>succeeded',
    ]);
    expect(await balanceOf(world.knex, user.accountId)).toBe(FUNDS_PAISE - 150_590n);
  });

  test('a pending answer leaves it dispatched; asking goes by the reference that came with it', async () => {
    const id = await held();
    expect((await runJob(world.first, 'send', [id])).due).toEqual([]);
    expect(await transactionRow(world.knex, id)).toMatchObject({
      state: 'dispatched',
      dueJob: null,
      outcome: null,
      nextPollAt: new Date(world.clock.now().getTime() + 15_000),
    });
    await runJob(world.first, 'poll', [id]);
    expect(world.connector.inquiries).toEqual([
      {
        ourReference: world.connector.sends[0]!.instruction.ourReference,
        providerReference: 'pout_1',
        acceptedAt: expect.any(Date),
      },
    ]);
  });

  test('a refusal by the provider is a failure, and the money is back', async () => {
    const id = await held();
    world.connector.onSend = () =>
      failed({ providerReference: undefined, rawReason: 'input_validation_failed' });
    await runDue(world.first, (await runJob(world.first, 'send', [id])).due);
    expect(await transactionRow(world.knex, id)).toMatchObject({
      state: 'failed',
      statusReason: 'input_validation_failed',
    });
    expect(await balanceOf(world.knex, user.accountId)).toBe(FUNDS_PAISE);
  });

  test('a connector that throws, or a process that dies after the call, leaves it dispatched and polled', async () => {
    const [thrown, died] = [await held(), await held()];
    world.connector.onSend = () => {
      throw new Error('a bug');
    };
    expect((await runJob(world.first, 'send', [thrown])).errors).toHaveLength(1);
    world.connector.onSend = () => succeeded();
    world.points.send = (point) => {
      if (point === 'answered') throw new Error('killed');
    };
    expect((await runJob(world.first, 'send', [died])).errors).toHaveLength(1);
    world.points.send = undefined;
    for (const id of [thrown, died]) {
      expect(await transactionRow(world.knex, id)).toMatchObject({
        state: 'dispatched',
        outcome: null,
        nextPollAt: expect.any(Date),
      });
      world.connector.onInquire = () => succeeded();
      await runDue(world.first, (await runJob(world.first, 'poll', [id])).due);
      expect((await transactionRow(world.knex, id)).state).toBe('succeeded');
    }
    expect(world.connector.sends).toHaveLength(2);
  });
});

describe('P4 one send', () => {
  test('from two processes and many jobs at the same time', async () => {
    const other = await world.process();
    const ids = await Promise.all(Array.from({ length: 8 }, () => held()));
    await Promise.all(
      [world.first, other, world.first, other].map((p, i) =>
        runJob(p, 'send', i % 2 === 0 ? ids : ids.toReversed()),
      ),
    );
    expect(world.connector.sends.map((s) => s.instruction.idempotencyKey)).toHaveLength(8);
    expect(new Set(world.connector.sends.map((s) => s.instruction.ourReference)).size).toBe(8);
    for (const id of ids) expect(await attemptsOf(world.knex, id)).toHaveLength(1);
  });

  test('however often the job comes again', async () => {
    const id = await held();
    for (let i = 0; i < 3; i++) await runJob(world.first, 'send', [id, id]);
    expect(world.connector.sends).toHaveLength(1);
  });

  test('when the connection is lost as begin commits: nothing is sent until not-found allows the repeat', async () => {
    const id = await held();
    const proxy = await startCuttingProxy(world.database.url);
    const p = await startProcess({ ...world.settings, databaseUrl: proxy.url, points: {} });
    proxy.decide = () => {
      proxy.decide = () => 'pass';
      return 'after';
    };
    const report = await runJob(p, 'send', [id]);
    expect(report.errors).toEqual([expect.objectContaining({ code: 'SERVICE_UNAVAILABLE' })]);
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'dispatched' });
    expect((await runJob(world.first, 'send', [id])).errors).toEqual([]);
    expect(world.connector.sends).toHaveLength(0);
    world.connector.onInquire = notFound;
    for (let i = 0; i < 3; i++) {
      world.clock.advance(10 * MINUTE);
      await runJob(world.first, 'poll', [id]);
    }
    expect(world.connector.sends).toHaveLength(1);
    expect(await attemptsOf(world.knex, id)).toMatchObject([{ attemptNo: 1, sendCount: 2 }]);
    await p.close();
    await proxy.close();
  });
});

describe('P5 certainly not sent', () => {
  test('a refused connection holds it again; after a pause another attempt goes out under a key and a reference of its own', async () => {
    const id = await held();
    world.connector.onSend = refused;
    await runJob(world.first, 'send', [id]);
    expect(await transactionRow(world.knex, id)).toMatchObject({
      state: 'held',
      dueJob: 'send',
      dueAt: new Date(world.clock.now().getTime() + 1_000),
      nextPollAt: null,
      attemptNo: 1,
    });
    world.connector.onSend = () => succeeded();
    await runDue(world.first, (await runJob(world.first, 'send', [id])).due);
    const attempts = await attemptsOf(world.knex, id);
    expect(attempts).toMatchObject([{ attemptNo: 1 }, { attemptNo: 2 }]);
    expect(new Set(attempts.map((a) => a.idempotencyKey)).size).toBe(2);
    expect(new Set(attempts.map((a) => a.ourReference)).size).toBe(2);
    expect((await transactionRow(world.knex, id)).state).toBe('succeeded');
    expect(await movesOf(world.knex, id)).toEqual([
      'accepted>held',
      'held>dispatched',
      'dispatched>held',
      'held>dispatched',
      'dispatched>succeeded',
    ]);
  });

  test('a process that was frozen between begin and call finds send_before passed and does not send', async () => {
    const id = await held();
    const frozen = gate();
    world.points.send = (point) => (point === 'begun' ? frozen.wait() : undefined);
    const sending = runJob(world.first, 'send', [id]);
    await frozen.reached;
    world.clock.advance(20_000);
    frozen.open();
    await sending;
    expect(world.connector.sends).toHaveLength(0);
    expect(await transactionRow(world.knex, id)).toMatchObject({
      state: 'held',
      statusReason: '<send_before passed>',
    });
  });

  test('P4 when it sleeps past every window, and the request was repeated meanwhile, it starts no second attempt', async () => {
    const id = await held();
    const other = await world.process();
    const frozen = gate();
    world.points.send = (point) => (point === 'begun' ? frozen.wait() : undefined);
    const sending = runJob(world.first, 'send', [id]);
    await frozen.reached;
    world.connector.onInquire = notFound;
    world.connector.onSend = timedOut; // done at the provider, but who knows
    for (let i = 0; i < 3; i++) {
      world.clock.advance(10 * MINUTE);
      await runJob(other, 'poll', [id]);
    }
    expect(world.connector.sends).toHaveLength(1);
    frozen.open();
    await sending;
    expect(world.connector.sends).toHaveLength(1);
    expect(await transactionRow(world.knex, id)).toMatchObject({
      state: 'dispatched',
      attemptNo: 1,
      outcome: null,
    });
    world.connector.onInquire = () => succeeded();
    await runDue(other, (await runJob(other, 'poll', [id])).due);
    expect((await transactionRow(world.knex, id)).state).toBe('succeeded');
    expect(await attemptsOf(world.knex, id)).toMatchObject([{ attemptNo: 1, sendCount: 2 }]);
  });

  test('the pause grows with each attempt, and the last word is the expiry', async () => {
    const id = await held();
    world.connector.onSend = refused;
    const pauses: number[] = [];
    for (;;) {
      await runJob(world.first, 'send', [id]);
      const row = await transactionRow(world.knex, id);
      if (row.state !== 'held') break;
      pauses.push(row.dueAt!.getTime() - world.clock.now().getTime());
      world.clock.set(row.dueAt!);
    }
    expect(pauses.slice(0, 8)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    expect(await transactionRow(world.knex, id)).toMatchObject({
      state: 'failed',
      statusReason: 'TRANSACTION_EXPIRED',
    });
    expect(pauses.length).toBeLessThan(40);
    expect(await balanceOf(world.knex, user.accountId)).toBe(FUNDS_PAISE);
  });
});

describe('waiting for the provider', () => {
  test('no admission: nothing is written, it is tried again when the provider said, and no drive counts as fruitless', async () => {
    const id = await held();
    world.connector.onAdmit = () => ({ ok: false, rawStatus: '<breaker open>', retryAfterMs: 5_000 });
    for (let i = 0; i < 12; i++) {
      await runJob(world.first, 'send', [id]);
      expect(await transactionRow(world.knex, id)).toMatchObject({
        state: 'held',
        attemptNo: 0,
        drives: 0,
        dueAt: new Date(world.clock.now().getTime() + 5_000),
      });
      world.clock.advance(5_000);
    }
    expect(world.connector.registrations).toHaveLength(0);
    expect(await casesOf(world.knex, id)).toEqual([]);
  });

  test('a backlog that is sent away comes back one by one, at the rate of the provider', async () => {
    const ids = await Promise.all(Array.from({ length: 12 }, () => held()));
    world.connector.onAdmit = () => ({ ok: false, rawStatus: '<rate limited>', retryAfterMs: 700 });
    await runJob(world.first, 'send', ids);
    const after = (
      await Promise.all(
        ids.map(
          async (id) => (await transactionRow(world.knex, id)).dueAt!.getTime() - world.clock.now().getTime(),
        ),
      )
    ).toSorted((a, b) => a - b);
    expect(after).toEqual(Array.from({ length: 12 }, (_, i) => 700 + i * 100));
  });

  test('a beneficiary is registered once, and again only when that did not work', async () => {
    world.connector.onRegister = () => ({
      ok: false,
      outcome: { kind: 'unknown', sent: false, rawStatus: '<timeout>' },
    });
    const id = await held();
    await runJob(world.first, 'send', [id]);
    expect(await transactionRow(world.knex, id)).toMatchObject({
      state: 'held',
      attemptNo: 0,
      dueAt: new Date(world.clock.now().getTime() + 2_000),
    });
    world.connector.onRegister = (details) => ({ ok: true, refs: { fund_account: `fa_${details.id}` } });
    await runJob(world.first, 'send', [id]);
    for (const next of [await held(), await held()]) await runJob(world.first, 'send', [next]);
    expect(world.connector.registrations).toHaveLength(2);
    expect(world.connector.registrations[0]).toMatchObject({
      name: 'Test Beneficiary',
      account: { kind: 'bank', accountNumber: '000111220000', ifsc: 'HDFC0000053' },
    });
    expect(new Set(world.connector.sends.map((s) => s.instruction.refs.fund_account)).size).toBe(1);
  });

  test('registered several times at once, by two processes, a beneficiary has the ids that were kept first', async () => {
    let registered = 0;
    world.connector.onRegister = () => ({ ok: true, refs: { fund_account: `fa_${(registered += 1)}` } });
    const ids = await Promise.all(Array.from({ length: 6 }, () => held()));
    const second = await startProcess(world.settings);
    await Promise.all([runJob(world.first, 'send', ids.slice(0, 4)), runJob(second, 'send', ids.slice(4))]);
    await second.close();
    expect(registered).toBeGreaterThan(1);
    expect(world.connector.sends).toHaveLength(6);
    expect(new Set(world.connector.sends.map((s) => s.instruction.refs.fund_account)).size).toBe(1);
  });

  test('a beneficiary that the provider refuses ends it: never sent, money back', async () => {
    world.connector.onRegister = () => ({
      ok: false,
      outcome: failed({ sent: false, rawReason: 'invalid_ifsc_code' }),
    });
    const id = await held();
    await runJob(world.first, 'send', [id]);
    expect(await transactionRow(world.knex, id)).toMatchObject({
      state: 'failed',
      statusReason: 'invalid_ifsc_code',
      attemptNo: 0,
    });
    expect(await balanceOf(world.knex, user.accountId)).toBe(FUNDS_PAISE);
  });

  test('what the contract of the provider cannot express is never sent', async () => {
    const id = await held();
    world.connector.payout.prepare = () => {
      throw new DomainError('PROVIDER_REJECTED');
    };
    await runJob(world.first, 'send', [id]);
    expect(await transactionRow(world.knex, id)).toMatchObject({
      state: 'failed',
      statusReason: 'PROVIDER_REJECTED',
    });
    expect(world.connector.sends).toHaveLength(0);
  });
});

describe('expiry', () => {
  test('a held transaction past it is given back, and never sent', async () => {
    const id = await held();
    world.clock.advance(30 * MINUTE);
    await runJob(world.first, 'send', [id]);
    expect(await transactionRow(world.knex, id)).toMatchObject({
      state: 'failed',
      statusReason: 'TRANSACTION_EXPIRED',
    });
    expect(world.connector.sends).toHaveLength(0);
    expect(await balanceOf(world.knex, user.accountId)).toBe(FUNDS_PAISE);
  });

  test('a process that was frozen over it before begin does not begin', async () => {
    const id = await held();
    const frozen = gate();
    world.points.send = (point) => (point === 'before_begin' ? frozen.wait() : undefined);
    const sending = runJob(world.first, 'send', [id]);
    await frozen.reached;
    world.clock.advance(30 * MINUTE);
    frozen.open();
    await sending;
    expect(world.connector.sends).toHaveLength(0);
    expect(await transactionRow(world.knex, id)).toMatchObject({
      state: 'held',
      attemptNo: 0,
      dueJob: 'send',
    });
    await runJob(world.first, 'send', [id]);
    expect((await transactionRow(world.knex, id)).state).toBe('failed');
  });

  test('release and send at the same time: one of them', async () => {
    const other = await world.process();
    const ids = await Promise.all(Array.from({ length: 10 }, () => held()));
    await Promise.all(
      ids.map((id) =>
        Promise.all([runJob(world.first, 'send', [id]), other.holds.release(id, 'KILL_SWITCH', 'ops')]),
      ),
    );
    const states = await Promise.all(ids.map(async (id) => (await transactionRow(world.knex, id)).state));
    expect(world.connector.sends).toHaveLength(states.filter((s) => s === 'dispatched').length);
    expect(states.filter((s) => s !== 'dispatched' && s !== 'failed')).toEqual([]);
  });
});
