/** The one-time password of a transfer: sealed on its row while the transfer waits, and gone when it has left. */
import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { Finding } from '../../../domain/promises/check';
import { verifyTables } from '../../../domain/verification/verify';
import { execute, rows } from '../../../platform/database';
import { closeWithCleanBooks } from '../../support/books';
import { runDue, runJob } from '../../support/driver';
import {
  acceptTransfer,
  createDmtWorld,
  sealedOtpOf,
  type DmtWorld,
  type Remitter,
} from '../../support/dmt-world';
import { declined, GOOD_OTP, initiated, noAnswer, notSent, sentOk } from '../../support/scripted-dmt';
import { balanceOf, movesOf, transactionRow } from '../../support/world';

const FUNDS = 10_000_000n;
const MINUTE = 60_000;
let world: DmtWorld;
let remitter: Remitter;
beforeEach(async () => {
  world = await createDmtWorld();
  remitter = await world.remitter(await world.user(FUNDS));
});
afterEach(() => closeWithCleanBooks(world.knex, world));

async function held(): Promise<string> {
  const {
    parts: [id],
  } = await world.transfer(remitter);
  await runJob(world.first, 'hold', [id!]);
  return id!;
}
const otp = (id: string): Promise<string | null> => sealedOtpOf(world, id);
/** Every row of every table, as text. */
async function everything(): Promise<string> {
  const tables = await rows<{ name: string }>(
    world.knex,
    "select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
  );
  const parts = await Promise.all(
    tables.map(({ name }) => rows<{ row: string }>(world.knex, `select t::text as row from "${name}" t`)),
  );
  return parts
    .flat()
    .map((r) => r.row)
    .join('\n');
}

test('it is sealed while it waits, given to the provider as it was, and gone with the move to dispatched', async () => {
  const id = await held();
  const sealed = await otp(id);
  expect(sealed).toMatch(/^v1\.test1\./);
  expect(sealed).not.toContain(GOOD_OTP);
  let during: string | null = 'not read';
  world.connector.onSend = async () => {
    during = await otp(id);
    return initiated();
  };
  await runJob(world.first, 'send', [id]);
  expect(during).toBeNull();
  expect(world.connector.sends).toMatchObject([
    {
      instruction: {
        otp: GOOD_OTP,
        senderMobile: remitter.mobile,
        amountPaise: 200_000n,
        ourReference: expect.stringMatching(/^[0-9a-z]{20}$/),
      },
    },
  ]);
});

test('in no table stands it, the mobile number, the account or the name in clear, at any time', async () => {
  const secret = '97531864';
  const {
    parts: [id],
  } = await acceptTransfer(world.first, remitter, [200_000n], secret);
  for (const step of [
    () => Promise.resolve(),
    () => runJob(world.first, 'hold', [id!]),
    () => runJob(world.first, 'send', [id!]),
  ]) {
    await step();
    const text = await everything();
    for (const value of [secret, remitter.mobile, '000111220000', 'Test Recipient', '9123456780'])
      expect({ value, found: text.includes(value) }).toEqual({ value, found: false });
  }
});

describe('by whatever way the transaction leaves held', () => {
  test.each([
    [
      'sent and done',
      async (id: string) => {
        world.connector.onSend = () => sentOk();
        await runDue(world.first, [{ job: 'send', id, driveNo: 1 }]);
      },
      'succeeded',
    ],
    [
      'sent and declined',
      async (id: string) => {
        world.connector.onSend = () => declined();
        await runDue(world.first, [{ job: 'send', id, driveNo: 1 }]);
      },
      'failed',
    ],
    [
      'sent, and nobody knows',
      async (id: string) => {
        world.connector.onSend = noAnswer;
        await runJob(world.first, 'send', [id]);
      },
      'dispatched',
    ],
    [
      'a process that dies before its call',
      async (id: string) => {
        world.points.send = (p) => {
          if (p === 'begun') throw new Error('killed');
        };
        await runJob(world.first, 'send', [id]);
      },
      'dispatched',
    ],
    [
      'released by hand',
      async (id: string) => {
        await world.first.holds.release(id, 'TRANSACTION_EXPIRED', 'ops');
      },
      'failed',
    ],
  ])('%s', async (_how, leave, state) => {
    const id = await held();
    expect(await otp(id)).not.toBeNull();
    await leave(id);
    expect((await transactionRow(world.knex, id)).state).toBe(state);
    expect(await otp(id)).toBeNull();
  });

  test('a statement behind our back', async () => {
    const id = await held();
    const after = await takenBack(async (trx) => {
      await execute(
        trx,
        "update transactions set state = 'failed', due_at = null, finished_at = now(), move_count = move_count + 1 where id = ?",
        [id],
      );
      return sealedOtpOf({ knex: trx }, id);
    });
    expect(after).toBeNull();
    expect(await otp(id)).not.toBeNull();
  });

  test('a hold that is refused: no money', async () => {
    const poor = await world.remitter(await world.user(0n), '9876500000');
    const {
      parts: [id],
    } = await world.transfer(poor);
    await runJob(world.first, 'hold', [id!]);
    expect(await transactionRow(world.knex, id!)).toMatchObject({
      state: 'failed',
      statusReason: 'LEDGER_INSUFFICIENT_FUNDS',
    });
    expect(await otp(id!)).toBeNull();
  });
});

test('certainly not sent: it has no password any more, so it ends, its money is back, and nothing is sent again', async () => {
  const id = await held();
  world.connector.onSend = notSent;
  await runJob(world.first, 'send', [id]);
  expect((await transactionRow(world.knex, id)).state).toBe('held');
  await runJob(world.first, 'send', [id]);
  expect(await transactionRow(world.knex, id)).toMatchObject({
    state: 'failed',
    statusReason: 'DMT_OTP_EXPIRED',
    attemptNo: 1,
  });
  expect(await movesOf(world.knex, id)).toEqual([
    'accepted>held',
    'held>dispatched',
    'dispatched>held',
    'held>failed',
  ]);
  expect(await balanceOf(world.knex, remitter.user.accountId)).toBe(FUNDS);
  expect(world.connector.sends).toHaveLength(1);
});

describe('after ten minutes', () => {
  test('the loop erases it and gives the transaction up, accepted or held; what was sent is left alone', async () => {
    const [waiting, accepted, sent] = [
      await held(),
      (await world.transfer(remitter)).parts[0]!,
      await held(),
    ];
    await runJob(world.first, 'send', [sent]);
    world.clock.advance(10 * MINUTE - 1);
    expect(await world.first.moneyTransfer.otpExpiry.expire(100)).toEqual({
      erased: 0,
      finished: [],
      errors: [],
    });
    world.clock.advance(1);
    const other = await world.another();
    const reports = await Promise.all([world.first, other].map((p) => p.moneyTransfer.otpExpiry.expire(100)));
    expect(reports.flatMap((r) => r.finished).toSorted()).toEqual([waiting, accepted].toSorted());
    for (const id of [waiting, accepted]) {
      expect(await transactionRow(world.knex, id)).toMatchObject({
        state: 'failed',
        statusReason: 'DMT_OTP_EXPIRED',
        attemptNo: 0,
      });
      expect(await otp(id)).toBeNull();
    }
    expect((await transactionRow(world.knex, sent)).state).toBe('dispatched');
    expect(world.connector.sends).toHaveLength(1);
  });

  test('a drive that comes before the loop ends it with the same reason', async () => {
    const id = await held();
    world.clock.advance(10 * MINUTE);
    await runJob(world.first, 'send', [id]);
    expect(await transactionRow(world.knex, id)).toMatchObject({
      state: 'failed',
      statusReason: 'DMT_OTP_EXPIRED',
    });
    expect(world.connector.sends).toHaveLength(0);
  });

  test('erased, and then the process died: the next drive ends it', async () => {
    const id = await held();
    await execute(world.knex, 'update dmt_transfers set otp_sealed = null where transaction_id = ?', [id]);
    await runJob(world.first, 'send', [id]);
    expect(await transactionRow(world.knex, id)).toMatchObject({
      state: 'failed',
      statusReason: 'DMT_OTP_EXPIRED',
    });
  });

  test('a process that had read it before does not send', async () => {
    const id = await held();
    world.points.send = async (point) => {
      if (point !== 'before_begin') return;
      world.clock.advance(10 * MINUTE);
      await world.first.moneyTransfer.otpExpiry.expire(100);
    };
    await runJob(world.first, 'send', [id]);
    expect((await transactionRow(world.knex, id)).state).toBe('failed');
    expect(world.connector.sends).toHaveLength(0);
  });

  test('one that was asked for and not used is refused', async () => {
    const { senderId, recipientId, user } = remitter;
    const {
      parts: [part],
    } = await world.first.moneyTransfer.transferOtps.request(user.userId, senderId, {
      recipientId,
      amountPaise: 200_000n,
    });
    world.clock.advance(10 * MINUTE);
    await expect(
      world.first.moneyTransfer.acceptTransfers.accept(
        { ...user, keyId: 'key', scopes: [], services: ['dmt'], role: 'retailer' },
        'key-12345',
        {
          senderId,
          recipientId,
          reference: 'late',
          currency: 'INR',
          parts: [{ amountPaise: 200_000n, otpId: part!.otpId, otp: GOOD_OTP }],
        },
      ),
    ).rejects.toMatchObject({ code: 'DMT_OTP_EXPIRED' });
  });
});

test('it can be erased and never put back, and facts of a transfer stay', async () => {
  const id = await held();
  for (const set of [
    "otp_sealed = 'v1.a.b.c.d'",
    'amount_paise = 1',
    'otp_expires_at = now()',
    `recipient_id = '${randomUUID()}'`,
  ]) {
    await expect(
      execute(world.knex, `update dmt_transfers set ${set} where transaction_id = ?`, [id]),
    ).rejects.toMatchObject({ code: '23514', constraint: 'dmt_transfers_facts_stay' });
  }
  await expect(execute(world.knex, 'delete from dmt_transfers')).rejects.toMatchObject({
    constraint: 'dmt_transfers_stay',
  });
});

describe('one password, one transfer', () => {
  const ask = async (amountPaise = 200_000n, r = remitter) =>
    (
      await world.first.moneyTransfer.transferOtps.request(r.user.userId, r.senderId, {
        recipientId: r.recipientId,
        amountPaise,
      })
    ).parts[0]!.otpId;
  const accept = (parts: { amountPaise: bigint; otpId: string }[], r = remitter) =>
    world.first.moneyTransfer.acceptTransfers.accept(
      { ...r.user, keyId: 'key', scopes: [], services: ['dmt'], role: 'retailer' },
      randomUUID(),
      {
        senderId: r.senderId,
        recipientId: r.recipientId,
        reference: `ref-${randomUUID().slice(0, 18)}`,
        currency: 'INR',
        parts: parts.map((p) => ({ ...p, otp: GOOD_OTP })),
      },
    );
  const count = async (): Promise<number> =>
    (await rows<{ n: number }>(world.knex, 'select count(*)::int as n from transactions'))[0]!.n;

  test('five at once with the same one: one is accepted', async () => {
    const otpId = await ask();
    const results = await Promise.allSettled(
      Array.from({ length: 5 }, () => accept([{ amountPaise: 200_000n, otpId }])),
    );
    expect(results.filter((r) => r.status === 'fulfilled')).toHaveLength(1);
    expect(
      new Set(
        results.flatMap((r) => (r.status === 'rejected' ? [(r.reason as { code?: string }).code] : [])),
      ),
    ).toEqual(new Set(['DMT_OTP_USED']));
    expect(await count()).toBe(1);
  });

  test('a split is stored whole or not at all, also when one of its passwords is taken while it is stored', async () => {
    const [a, b, c] = [await ask(), await ask(), await ask()];
    const results = await Promise.allSettled([
      accept([a, b].map((otpId) => ({ amountPaise: 200_000n, otpId }))),
      accept([c, b].map((otpId) => ({ amountPaise: 200_000n, otpId }))),
    ]);
    expect(results.map((r) => r.status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await count()).toBe(2);
    expect(await rows(world.knex, 'select count(*)::int as n from requests')).toEqual([{ n: 1 }]);
  });

  test('of another amount, twice in one request, of another sender, or unknown: refused, and nothing is stored', async () => {
    const mine = await ask();
    const stranger = await world.remitter(await world.user(FUNDS), '9876500001');
    const theirs = await ask(200_000n, stranger);
    for (const parts of [
      [{ amountPaise: 200_001n, otpId: mine }],
      [mine, mine].map((otpId) => ({ amountPaise: 200_000n, otpId })),
      [{ amountPaise: 200_000n, otpId: theirs }],
      [{ amountPaise: 200_000n, otpId: randomUUID() }],
    ]) {
      await expect(accept(parts)).rejects.toMatchObject({ code: 'DMT_OTP_REFERENCE_INVALID' });
    }
    expect(await count()).toBe(0);
  });
});

class RolledBack extends Error {}
/** Does something in a database transaction, reads what it gave, and takes it back. */
async function takenBack<T>(work: (trx: Knex.Transaction) => Promise<T>): Promise<T> {
  const box: { value?: T } = {};
  await world.knex
    .transaction(async (trx) => {
      box.value = await work(trx);
      throw new RolledBack();
    })
    .catch((error: unknown) => {
      if (!(error instanceof RolledBack)) throw error;
    });
  return box.value!;
}
/** Breaks the data behind the back of every trigger, and says what a check finds. */
const foundBroken = (check: string, sql: string): Promise<Finding['result']> =>
  takenBack(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    const changed = await trx.raw<{ rowCount: number }>(sql);
    if (changed.rowCount !== 1) throw new Error('nothing was broken');
    return (await verifyTables(trx, {})).find((f) => f.name === check)!.result;
  });

describe('P7 the check of what is kept', () => {
  test('is green on transfers in every state, and red for one that kept its password', async () => {
    const [sent, waiting] = [await held(), await held()];
    await runJob(world.first, 'send', [sent]);
    const findings = await world.knex.transaction((trx) => verifyTables(trx, {}));
    // the clock of this world stands still
    expect(findings.filter((f) => f.promise !== 'P6' && (f.result?.violations ?? 0) > 0)).toEqual([]);
    expect(
      await foundBroken(
        'otp-erased',
        `update dmt_transfers set otp_sealed = 'v1.k.a.b.c' where transaction_id = '${sent}'`,
      ),
    ).toEqual({
      violations: 1,
      rowsChecked: 2,
      offenders: [{ id: `transaction ${sent}`, detail: 'is dispatched and still has its one-time password' }],
    });
    expect(
      await foundBroken(
        'otp-erased',
        `update dmt_transfers set otp_sealed = 'v1.246810' where transaction_id = '${waiting}'`,
      ),
    ).toMatchObject({
      violations: 1,
      offenders: [{ detail: 'is held and still has its one-time password, in clear' }],
    });
  });

  test.each([
    ['a mobile number in clear', () => "update dmt_senders set mobile_sealed = 'v1.9876543210'", 'sealed'],
    [
      'an account number in clear',
      () => "update dmt_recipients set account_sealed = 'v1.000111220000'",
      'sealed',
    ],
    [
      'a transaction without its transfer',
      (id: string) => `delete from dmt_transfers where transaction_id = '${id}'`,
      'accepted-whole',
    ],
    [
      'a transfer of another amount',
      (id: string) =>
        `update dmt_transfers set amount_paise = amount_paise - 1 where transaction_id = '${id}'`,
      'accepted-whole',
    ],
    [
      'a transfer without its transaction',
      (id: string) => `delete from transactions where id = '${id}'`,
      'accepted-whole',
    ],
  ])('and the other checks are red for %s', async (_how, sql, check) => {
    await world.knex.raw(
      'alter table dmt_senders drop constraint dmt_senders_sealed; alter table dmt_recipients drop constraint dmt_recipients_sealed',
    );
    const id = await held();
    expect(await foundBroken(check, sql(id))).toMatchObject({ violations: 1 });
  });
});

describe('the same amount to the same recipient within minutes, by somebody who is signed in', () => {
  const send = (amounts: readonly bigint[], more: { by?: 'session'; force?: boolean } = { by: 'session' }) =>
    acceptTransfer(world.first, { ...remitter, ...more }, amounts).then(
      () => 'ok',
      (error: { code: string }) => error.code,
    );
  const openTries = (): Promise<number> => execute(world.knex, 'delete from otp_tries');

  test('is refused unless it is meant, and its password can be used; of parts the whole counts', async () => {
    expect(await send([200_000n, 200_000n])).toBe('ok');
    await openTries();
    expect(await send([200_000n])).toBe('ok');
    await openTries();
    expect(await send([400_000n])).toBe('DMT_DUPLICATE_SUSPECTED');
    expect(await send([200_000n])).toBe('DMT_DUPLICATE_SUSPECTED');
    expect(await send([200_000n], { by: 'session', force: true })).toBe('ok');
    await openTries();
    expect(await send([200_000n], {})).toBe('ok'); // by a key
    await openTries();
    world.clock.advance(10 * MINUTE + 1);
    expect(await send([200_000n])).toBe('ok');
    expect((await rows<{ id: string }>(world.knex, 'select id from transactions')).length).toBe(6);
  });

  test('of several at once one goes through', async () => {
    const all = await Promise.all([send([200_000n]), send([200_000n]), send([200_000n])]);
    expect(all.toSorted()).toEqual(['DMT_DUPLICATE_SUSPECTED', 'DMT_DUPLICATE_SUSPECTED', 'ok']);
  });
});
