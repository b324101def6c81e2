/** Stored beneficiaries whose IFSC has ended are marked, never rewritten, by as many processes as run. */
import { randomBytes } from 'node:crypto';
import { execute, rows } from '../../../platform/database';
import { createDmtWorld, type DmtWorld, type Remitter } from '../../support/dmt-world';

const ENDED = 'BKID0AG0001';
const MERGED = 'SYNB0000445';
const CLOSED = 'PYTM0123456';
const DAY_MS = 86_400_000;

let world: DmtWorld;
let remitter: Remitter;

beforeEach(async () => {
  world = await createDmtWorld({ start: '2026-11-29T06:30:00Z' });
  const user = await world.user(10_000_000n);
  await world.accept(user);
  await world.accept(user, {
    mode: undefined,
    beneficiary: { name: 'Test Beneficiary', account: { kind: 'vpa', address: 'test.trader@okbank' } },
  });
  remitter = await world.remitter(user);
});
afterEach(() => world.close());

/** Beneficiaries and recipients like those that are there, with other codes: stored before these had ended. */
async function store(ifscs: readonly string[]): Promise<void> {
  for (const ifsc of ifscs) {
    await execute(
      world.knex,
      `insert into beneficiaries (id, user_id, kind, fingerprint, name_sealed, account_sealed, ifsc, hint)
      select gen_random_uuid(), user_id, kind, ?, name_sealed, account_sealed, ?, hint from beneficiaries
      where ifsc = 'HDFC0000053' limit 1`,
      [randomBytes(32), ifsc],
    );
    await execute(
      world.knex,
      `insert into dmt_recipients (id, sender_id, provider_ref, name_sealed, account_sealed, fingerprint, ifsc, bank, hint,
        is_verified, created_at)
      select gen_random_uuid(), sender_id, ?, name_sealed, account_sealed, fingerprint, ?, bank, hint, is_verified, created_at
      from dmt_recipients where id = ?`,
      [`ref-${ifsc}`, ifsc, remitter.recipientId],
    );
  }
}

const marks = async (): Promise<string[]> =>
  (
    await rows<{ mark: string }>(
      world.knex,
      `select ifsc || ' ' || reconfirm as mark from beneficiaries where reconfirm is not null
      union all select ifsc || ' ' || reconfirm from dmt_recipients where reconfirm is not null order by 1`,
    )
  ).map(({ mark }) => mark);
const twice = (...found: string[]): string[] => found.flatMap((mark) => [mark, mark]).toSorted();

/** Everything that is stored of beneficiaries but the mark. */
const facts = (): Promise<unknown[]> =>
  rows(
    world.knex,
    `select (to_jsonb(b) - 'reconfirm')::text as fact from beneficiaries b
    union all select (to_jsonb(r) - 'reconfirm')::text from dmt_recipients r order by 1`,
  );

async function toTheEnd(limit = 500): Promise<number> {
  let changed = 0;
  for (;;) {
    const step = await world.first.beneficiaryMarks.step(limit);
    changed += step.changed;
    if (step.codes === 0) return changed;
  }
}

test('codes that ended and banks that closed are marked, others are not, and nothing else changes', async () => {
  await store([ENDED, MERGED, CLOSED, 'SBIN0999999', 'ZZZZ0000001']);
  const before = await facts();
  expect(await toTheEnd()).toBe(6);
  expect(await marks()).toEqual(
    twice(`${ENDED} ifsc_ended`, `${CLOSED} bank_closed`, `${MERGED} ifsc_ended`),
  );
  expect(await facts()).toEqual(before);
  expect(await toTheEnd()).toBe(0);
});

test('one code at a time comes to the same end', async () => {
  await store([ENDED, MERGED, CLOSED]);
  expect(await world.first.beneficiaryMarks.step(1)).toEqual({ codes: 2, changed: 2 });
  expect(await toTheEnd(1)).toBe(4);
  expect(await marks()).toHaveLength(6);
});

test('two processes at once mark each row once', async () => {
  await store([ENDED, MERGED, CLOSED]);
  const second = await world.another();
  let changed = 0;
  for (let i = 0; i < 10; i += 1) {
    const steps = await Promise.all([
      world.first.beneficiaryMarks.step(1),
      second.beneficiaryMarks.step(1),
      world.first.beneficiaryMarks.step(2),
    ]);
    for (const step of steps) changed += step.changed;
  }
  expect(changed).toBe(6);
  expect(await marks()).toHaveLength(6);
});

test('a row of a bank that begins marks, and one that opens the bank again takes the mark away', async () => {
  await toTheEnd();
  const row = (from: string, status: string): Promise<number> =>
    execute(
      world.knex,
      `insert into bank_statuses (bank, in_force_from, status, source) values ('SBIN', ?, ?, 'a test')`,
      [from, status],
    );
  await row('2026-11-30', 'closed');
  await world.first.policies.refresh();
  expect(await toTheEnd()).toBe(0);
  world.clock.advance(DAY_MS / 4);
  expect(await toTheEnd()).toBe(0);
  world.clock.advance(DAY_MS / 4); // 2026-11-30 in India
  expect(await toTheEnd()).toBe(1);
  expect(await marks()).toEqual(['SBIN0000001 bank_closed']);

  world.clock.advance(DAY_MS);
  await row('2026-12-01', 'open');
  await world.first.policies.refresh();
  expect(await toTheEnd()).toBe(1);
  expect(await marks()).toEqual([]);
});

test('what is stored behind the round is found a day later', async () => {
  await toTheEnd();
  await store([ENDED]);
  world.clock.advance(DAY_MS - 1);
  expect(await toTheEnd()).toBe(0);
  world.clock.advance(1);
  expect(await toTheEnd()).toBe(2);
});

test('a process with an older list than the one that marked leaves all as it is', async () => {
  await store([ENDED]);
  await execute(world.knex, "update ifsc_marking set list_release = '{2,0,100}'", []);
  expect(await world.first.beneficiaryMarks.step(500)).toEqual({ codes: 0, changed: 0 });
  expect(await marks()).toEqual([]);
  await execute(world.knex, "update ifsc_marking set list_release = '{2,0,9}'", []);
  expect(await toTheEnd()).toBe(2);
});

test('the database refuses to rewrite a beneficiary, and a mark that it does not know', async () => {
  await store([ENDED]);
  for (const change of ["ifsc = 'BKID0MG0001'", "hint = '…9999'", "kind = 'vpa', ifsc = null"])
    await expect(
      execute(world.knex, `update beneficiaries set ${change} where ifsc = ?`, [ENDED]),
    ).rejects.toMatchObject({ constraint: 'beneficiaries_facts_stay' });
  for (const table of ['beneficiaries', 'dmt_recipients'])
    await expect(
      execute(world.knex, `update ${table} set reconfirm = 'who knows' where ifsc = ?`, [ENDED]),
    ).rejects.toMatchObject({ constraint: `${table}_reconfirm_known` });
  await expect(
    execute(
      world.knex,
      "update beneficiaries set reconfirm = 'ifsc_ended' where kind = 'vpa' and hint <> ?",
      [''],
    ),
  ).rejects.toMatchObject({ constraint: 'beneficiaries_reconfirm_of_ifsc' });
});

test('a recipient whose code has ended cannot be sent to, and is shown so when the provider lists it', async () => {
  const { user, senderId, mobile } = remitter;
  const [kept] = world.connector.people.get(mobile)!;
  world.connector.people.set(mobile, [{ ...kept!, ifsc: ENDED }]);
  const { recipients, transferOtps } = world.first.moneyTransfer;
  expect(await recipients.list(user.userId, senderId)).toMatchObject([
    { ifsc: ENDED, reconfirm: 'ifsc_ended' },
  ]);
  expect(await marks()).toEqual([`${ENDED} ifsc_ended`]);
  await expect(
    transferOtps.request(user.userId, senderId, { recipientId: remitter.recipientId, amountPaise: 200_000n }),
  ).rejects.toMatchObject({ code: 'IFSC_ENDED', errors: [{ pointer: '#/recipient' }] });
  expect(world.connector.asked.filter(({ call }) => call === 'sendTransferOtp')).toEqual([]);

  world.connector.people.set(mobile, [{ ...kept!, ifsc: 'SBIN0000001' }]);
  expect(await recipients.list(user.userId, senderId)).toMatchObject([
    { ifsc: 'SBIN0000001', reconfirm: null },
  ]);
  expect(await marks()).toEqual([]);
});
