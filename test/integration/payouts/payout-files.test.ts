/** A file of payouts: brought by one, released by another, each line paid once, whatever dies and whatever runs twice. */
import { randomUUID } from 'node:crypto';
import { readPayoutFile } from '../../../api/schemas/payout-file';
import type { Caller } from '../../../domain/auth/api-keys';
import type { PayoutFileView } from '../../../domain/payout-files/payout-files';
import type { AppUser } from '../../../domain/users/users';
import { verifyTables } from '../../../domain/verification/verify';
import { execute, rows } from '../../../platform/database';
import { parsePublicId } from '../../../platform/ids';
import { createWorld, type DomainProcess, type World } from '../../support/world';

let world: World;
let user: AppUser;
let second: DomainProcess;
let maker: Caller;
let checker: Caller;
beforeAll(async () => {
  world = await createWorld();
  second = await world.process();
});
afterAll(async () => {
  await world.close();
});
beforeEach(async () => {
  user = await world.user(100_000_000n);
  maker = callerOf(user);
  checker = callerOf(user);
});

const callerOf = (of: AppUser, over: Partial<Caller> = {}): Caller => ({
  ...of,
  keyId: randomUUID(),
  scopes: [],
  services: ['payout'],
  role: 'retailer',
  ...over,
});
const HEADER = 'amount,reference,name,account_number,ifsc\n';
const reference = (): string => `ref-${randomUUID().slice(0, 18)}`;
const lineOf = (amount: string, of = reference(), ifsc = 'HDFC0000053'): string =>
  `${amount},${of},Test Beneficiary,000111220000,${ifsc}\n`;
const files = () => world.first.payoutFiles;

async function bring(
  lines: readonly string[],
  amountPaise: bigint,
  { key = randomUUID(), by = maker }: { key?: string; by?: Caller } = {},
): Promise<PayoutFileView & { uuid: string; replayed: boolean }> {
  const file = await readPayoutFile(Buffer.from(HEADER + lines.join('')));
  const { view, replayed } = await files().bring(by, key, {
    ...file,
    totals: { lines: lines.length, amountPaise },
  });
  return { ...view, uuid: parsePublicId('payoutFile', view.id)!, replayed };
}
const release = (id: string, lines: number, amountPaise: bigint, by = checker): Promise<PayoutFileView> =>
  files().release(by, id, { lines, amountPaise });
async function workOff(...processes: DomainProcess[]): Promise<void> {
  const worked = await Promise.all(processes.map((p) => p.payoutFiles.work()));
  if (worked.some(({ isMore }) => isMore)) await workOff(...processes);
}
const get = (id: string): Promise<PayoutFileView> => files().get(user.userId, id);
const linesOf = async (id: string) => (await files().lines(user.userId, id, {}, { limit: 100 })).data;
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: { code: string }) => error.code,
  );
const paid = (of: AppUser): Promise<{ reference: string; amount: string; created: number }[]> =>
  rows(
    world.knex,
    `select reference, amount_paise::text as amount, count(*)::int4 as created from transactions where user_id = ?
     group by 1, 2 order by 1`,
    [of.userId],
  );

test('nothing is paid before another has released what is ready; each line then is one payout', async () => {
  const [good, taken] = [reference(), reference()];
  await world.accept(user, { reference: taken });
  const file = await bring(
    [lineOf('1500.00', good), lineOf('1500', taken), lineOf('0.5'), lineOf('12,50'), lineOf('10', good)],
    301_051n,
  );
  expect(file).toMatchObject({
    state: 'waiting',
    lines: 5,
    ready_lines: 2,
    ready_amount: 300_000,
    refused_lines: 3,
  });
  await workOff(world.first);
  expect(await paid(user)).toHaveLength(1);
  expect(await release(file.uuid, 2, 300_000n)).toMatchObject({ state: 'released' });
  await workOff(world.first);
  expect(await get(file.uuid)).toMatchObject({
    ...{ state: 'finished', ready_lines: 0, ready_amount: 0, refused_lines: 4 },
    ...{ accepted_lines: 1, accepted_amount: 150_000 },
  });
  expect(await linesOf(file.uuid)).toMatchObject([
    { line: 2, state: 'accepted', reference: good, amount: 150_000, status: 'PENDING', code: null },
    { line: 3, state: 'refused', reference: taken, transaction: null, code: 'TRANSACTION_REFERENCE_TAKEN' },
    { line: 4, state: 'refused', amount: 50, code: 'PAYOUT_AMOUNT_OUT_OF_RANGE' },
    { line: 5, state: 'refused', amount: null, code: 'PAYOUT_FILE_INVALID' },
    { line: 6, state: 'refused', reference: good, code: 'PAYOUT_FILE_REFERENCE_TWICE' },
  ]);
  const refusedOnes = await files().lines(user.userId, file.uuid, { state: 'refused' }, { limit: 2 });
  expect([refusedOnes.data.map(({ line }) => line), refusedOnes.nextCursor === null]).toEqual([
    [3, 4],
    false,
  ]);
});

test('what is told of a file must be in it, when it is brought and when it is released', async () => {
  const line = lineOf('1500');
  const file = await readPayoutFile(Buffer.from(HEADER + line));
  for (const totals of [
    { lines: 1, amountPaise: 150_001n },
    { lines: 2, amountPaise: 150_000n },
  ])
    expect(await codeOf(files().bring(maker, randomUUID(), { ...file, totals }))).toBe(
      'PAYOUT_FILE_TOTALS_DIFFER',
    );
  const { uuid } = await bring([line], 150_000n);
  expect(await codeOf(release(uuid, 1, 149_999n))).toBe('PAYOUT_FILE_TOTALS_DIFFER');
  expect(await codeOf(release(uuid, 2, 150_000n))).toBe('PAYOUT_FILE_TOTALS_DIFFER');
});

test('whoever brought a file does not release it, and two sessions of a user are one person', async () => {
  const { uuid } = await bring([lineOf('1500')], 150_000n);
  expect(await codeOf(release(uuid, 1, 150_000n, maker))).toBe('PAYOUT_FILE_OWN');
  const session = (): Caller => callerOf(user, { by: 'session' });
  const mine = await bring([lineOf('1500')], 150_000n, { by: session() });
  expect(await codeOf(release(mine.uuid, 1, 150_000n, session()))).toBe('PAYOUT_FILE_OWN');
  const stranger = callerOf(await world.user(0n));
  expect(await codeOf(release(uuid, 1, 150_000n, stranger))).toBe('PAYOUT_FILE_NOT_FOUND');
  expect(await codeOf(release(uuid, 1, 150_000n, callerOf(user, { services: [] })))).toBe(
    'SERVICE_NOT_ACTIVE',
  );
  await release(uuid, 1, 150_000n, session());
  const other = callerOf(user);
  expect(await codeOf(release(uuid, 1, 150_000n, other))).toBe('PAYOUT_FILE_OVER');
  expect(await codeOf(files().cancel(maker, uuid))).toBe('PAYOUT_FILE_OVER');
});

test('of those who release at once one does, and again it is the same', async () => {
  const { uuid } = await bring([lineOf('1500')], 150_000n);
  const codes = await Promise.all(
    Array.from({ length: 4 }, () => codeOf(release(uuid, 1, 150_000n, callerOf(user)))),
  );
  expect(codes.toSorted()).toEqual(['PAYOUT_FILE_OVER', 'PAYOUT_FILE_OVER', 'PAYOUT_FILE_OVER', 'none']);
  const again = await bring([lineOf('1500')], 150_000n);
  await release(again.uuid, 1, 150_000n);
  await workOff(world.first);
  expect(await release(again.uuid, 1, 150_000n)).toMatchObject({ state: 'finished', accepted_lines: 1 });
});

test('the same file is there once: under its key, at once, and under another key until it is called off', async () => {
  const [key, lines] = [randomUUID(), [lineOf('1500')]];
  const begun = await Promise.all(Array.from({ length: 4 }, () => bring(lines, 150_000n, { key })));
  expect(new Set(begun.map(({ id }) => id)).size).toBe(1);
  expect(begun.filter(({ replayed }) => !replayed)).toHaveLength(1);
  expect(await codeOf(bring([lineOf('1500')], 150_000n, { key }))).toBe('IDEMPOTENCY_KEY_REUSED');
  expect(await codeOf(bring(lines, 150_000n))).toBe('PAYOUT_FILE_KNOWN');
  expect(await files().cancel(maker, begun[0]!.uuid)).toMatchObject({ state: 'cancelled', ready_lines: 0 });
  expect(await codeOf(release(begun[0]!.uuid, 1, 150_000n))).toBe('PAYOUT_FILE_OVER');
  const again = await bring(lines, 150_000n);
  expect(again.id).not.toBe(begun[0]!.id);
});

test('what a line says is sealed while it waits, and erased when it is paid, called off or too old', async () => {
  const stored = (id: string) =>
    rows<{ text: string; sealed: string | null; state: string }>(
      world.knex,
      'select l::text as text, given_sealed as sealed, state from payout_file_lines l where file_id = ?',
      [id],
    );
  const made = await Promise.all([1, 2, 3].map(() => bring([lineOf('1500')], 150_000n)));
  for (const { uuid } of made) {
    const [waiting] = await stored(uuid);
    expect([waiting!.sealed?.startsWith('v1.'), waiting!.text.includes('000111220000')]).toEqual([
      true,
      false,
    ]);
  }
  await release(made[0]!.uuid, 1, 150_000n);
  await workOff(world.first);
  await files().cancel(maker, made[1]!.uuid);
  expect(await files().expire()).toBe(0);
  world.clock.advance(7 * 86_400_000);
  expect(await codeOf(release(made[2]!.uuid, 1, 150_000n))).toBe('PAYOUT_FILE_OVER');
  expect(await files().expire()).toBeGreaterThan(0);
  expect(await get(made[2]!.uuid)).toMatchObject({ state: 'expired', ready_lines: 0, release_by: null });
  const ends = await Promise.all(made.map(async ({ uuid }) => (await stored(uuid))[0]!));
  expect(ends.map(({ state, sealed }) => [state, sealed])).toEqual([
    ['accepted', null],
    ['dropped', null],
    ['dropped', null],
  ]);
});

test('two processes on one file, and one that died between the payouts and the lines: each line is one payout', async () => {
  const references = Array.from({ length: 450 }, () => reference());
  const file = await bring(
    references.map((of) => lineOf('10', of)),
    450_000n,
  );
  await release(file.uuid, 450, 450_000n);
  world.points.payoutFile = (point) => {
    if (point === 'paid') throw new Error('it dies here');
  };
  await expect(world.first.payoutFiles.work()).rejects.toThrow('it dies here');
  world.points.payoutFile = undefined;
  expect(await get(file.uuid)).toMatchObject({ state: 'released', ready_lines: 450, accepted_lines: 0 });
  const free = "update payout_files set claimed_until = null where id = ? and state = 'released'";
  await execute(world.knex, free, [file.uuid]);
  const both = workOff(world.first, second);
  await execute(world.knex, free, [file.uuid]);
  await both;
  world.clock.advance(10_000); // lines that both had at once are looked at again
  await workOff(world.first);
  expect(await get(file.uuid)).toMatchObject({
    state: 'finished',
    accepted_lines: 450,
    accepted_amount: 450_000,
  });
  expect((await paid(user)).map(({ reference: of, created }) => [of, created])).toEqual(
    references.toSorted().map((of) => [of, 1]),
  );
});

/** Stops payouts to a bank; returns what lifts that again. */
async function stopBank(bank: string): Promise<() => Promise<void>> {
  const stop = randomUUID();
  await execute(
    world.knex,
    `insert into routing_stops (id, service, subject, reason, placed_by, placed_at)
     values (:stop, 'payout', :bank, 'maintenance', :by, now())`,
    { stop, bank, by: user.userId },
  );
  await world.first.roads.refresh();
  return async () => {
    await execute(
      world.knex,
      'update routing_stops set lifted_by = placed_by, lifted_at = now() where id = ?',
      [stop],
    );
    await world.first.roads.refresh();
  };
}

test('a line that has to wait is ready until it may go', async () => {
  const { uuid } = await bring([lineOf('1500')], 150_000n);
  await release(uuid, 1, 150_000n);
  const lift = await stopBank('HDFC');
  await world.first.payoutFiles.work();
  expect((await world.first.payoutFiles.work()).isMore).toBe(false);
  expect(await linesOf(uuid)).toMatchObject([{ state: 'ready', code: null }]);
  await lift();
  expect((await world.first.payoutFiles.work()).isMore).toBe(false);
  world.clock.advance(10_000);
  await workOff(world.first);
  expect(await linesOf(uuid)).toMatchObject([{ state: 'accepted' }]);
});

test('lines that have to wait hold up none behind them, however many they are', async () => {
  const waiting = Array.from({ length: 200 }, () => lineOf('100')); // as many as a round has
  const { uuid } = await bring([...waiting, lineOf('1500', reference(), 'SBIN0000001')], 2_150_000n);
  await release(uuid, 201, 2_150_000n);
  const lift = await stopBank('HDFC');
  await workOff(world.first);
  expect(await get(uuid)).toMatchObject({ state: 'released', ready_lines: 200, accepted_amount: 150_000 });
  await lift();
  world.clock.advance(10_000);
  await workOff(world.first);
  expect(await get(uuid)).toMatchObject({ state: 'finished', accepted_lines: 201 });
});

test('a line that cannot be read is reported, and the others are paid', async () => {
  const { uuid } = await bring([lineOf('1500'), lineOf('1600'), lineOf('1700')], 480_000n);
  await release(uuid, 3, 480_000n);
  const garble = (to: string): Promise<unknown> =>
    execute(world.knex, `update payout_file_lines set given_sealed = ${to} where file_id = ? and line = 3`, [
      uuid,
    ]);
  await garble("'v1.x' || substr(given_sealed, 4)");
  await expect(world.first.payoutFiles.work()).rejects.toThrow('names a key that is not configured');
  expect((await linesOf(uuid)).map(({ state }) => state)).toEqual(['accepted', 'ready', 'accepted']);
  expect(await get(uuid)).toMatchObject({
    ...{ state: 'released', accepted_lines: 2, accepted_amount: 320_000 },
    ...{ ready_lines: 1, ready_amount: 160_000 },
  });
  await garble("'v1.' || substr(given_sealed, 5)");
  world.clock.advance(10_000);
  await workOff(world.first);
  expect(await get(uuid)).toMatchObject({ state: 'finished', accepted_lines: 3 });
});

test('a payout that was made before its user was disabled is the line of it', async () => {
  const { uuid } = await bring([lineOf('1500')], 150_000n);
  await release(uuid, 1, 150_000n);
  world.points.payoutFile = () => {
    throw new Error('it dies here');
  };
  await expect(world.first.payoutFiles.work()).rejects.toThrow('it dies here');
  world.points.payoutFile = undefined;
  await execute(world.knex, "update users set status = 'disabled' where id = ?", [user.userId]);
  world.clock.advance(60_000);
  await workOff(world.first);
  expect(await linesOf(uuid)).toMatchObject([{ state: 'accepted' }]);
  expect(await paid(user)).toHaveLength(1);
});

test('a user who may not pay out any more pays nothing of a file that was released', async () => {
  const { uuid } = await bring([lineOf('1500')], 150_000n);
  await release(uuid, 1, 150_000n);
  await execute(world.knex, "update user_services set state = 'suspended' where user_id = ?", [user.userId]);
  await workOff(world.first);
  expect(await linesOf(uuid)).toMatchObject([{ state: 'refused', code: 'SERVICE_NOT_ACTIVE' }]);
  expect(await paid(user)).toEqual([]);
});

test('the database holds that nothing is paid without the release of another', async () => {
  const { uuid } = await bring([lineOf('1500')], 150_000n);
  const set = (what: string): Promise<unknown> =>
    execute(world.knex, `update payout_files set ${what} where id = ?`, [uuid]);
  await expect(
    set('ready_lines = 0, ready_paise = 0, accepted_lines = 1, accepted_paise = 150000'),
  ).rejects.toThrow('payout_files_pays_nothing_before');
  await expect(set("state = 'released'")).rejects.toThrow('payout_files_released_when_paying');
  await expect(
    set("state = 'released', released_by = brought_by, released_as = 'key', released_at = now()"),
  ).rejects.toThrow('payout_files_released_by_another');
  await expect(set('amount_paise = 1')).rejects.toThrow('payout_files_facts_stay');
});

test('verification finds a line that is another payout than it says, and a file that counts wrong', async () => {
  const { uuid } = await bring([lineOf('1500'), lineOf('1600')], 310_000n);
  await release(uuid, 2, 310_000n);
  await workOff(world.first);
  const found = async (tamper: string): Promise<string[]> => {
    let names: string[] = [];
    await world.knex.transaction(async (trx) => {
      await execute(trx, 'set local session_replication_role = replica');
      await execute(trx, 'alter table payout_files drop constraint payout_files_released_by_another');
      await execute(trx, tamper, [uuid]);
      const findings = await verifyTables(trx, {});
      names = findings
        .filter(({ name, result }) => name.startsWith('payout-file') && (result?.violations ?? 0) > 0)
        .map(({ name }) => name);
      await trx.rollback();
    });
    return names;
  };
  expect(await found('select 1 from payout_files where id = ?')).toEqual([]);
  expect(await found('update payout_file_lines set reference = reference || 1 where file_id = ?')).toEqual([
    'payout-file-lines',
  ]);
  for (const own of ['released_by = brought_by', "brought_as = 'session', released_as = 'session'"])
    expect(await found(`update payout_files set ${own} where id = ?`)).toEqual(['payout-file-lines']);
  for (const wrong of ['accepted_lines = 1, refused_lines = 1', 'accepted_paise = accepted_paise - 1'])
    expect(await found(`update payout_files set ${wrong} where id = ?`)).toEqual(['payout-file-counted']);
});
