/** What is sealed is sealed anew: by several processes at once, beside others that write, and nothing else of a row. */
import { createStaffAccess } from '../../../domain/access/access';
import { randomBytes, randomUUID } from 'node:crypto';
import { createKeyOperations, type KeyOperations } from '../../../domain/keys/operations';
import { keyedTables } from '../../../domain/keys/tables';
import {
  createKeyRotation,
  type KeyRotation,
  type KeyRotationDependencies,
} from '../../../domain/keys/rotation';
import { CALLBACK_BODY } from '../../../domain/callbacks/sealed';
import { digestedColumns, sealedColumns } from '../../../domain/services/sealed';
import { ALL_SERVICES } from '../../../domain/services/services';
import type { Person } from '../../../domain/approvals/approvals';
import { userId } from '../../../domain/ids/ids';
import { execute, makeKnex, rows } from '../../../platform/database';
import { createFieldCipher } from '../../../platform/encryption';
import { compareKeys } from '../../../platform/key-fingerprints';
import { callbackBody, notFound, pending, signedHeaders, timedOut } from '../../support/scripted-connector';
import { createWorld, startProcess, type DomainProcess, type World } from '../../support/world';

const TABLES = keyedTables(sealedColumns(ALL_SERVICES), digestedColumns(ALL_SERVICES));
const OLD = randomBytes(32);
const KEYS = new Map([
  ['new', randomBytes(32)],
  ['test1', OLD],
]);
const ADMIN: Person = { userId: userId(randomUUID()), role: 'admin' };

let world: World;
/** Knows both keys and seals with the new one. */
let next: DomainProcess;
let keys: KeyOperations;
beforeEach(async () => {
  world = await createWorld();
  world.settings.keys.encryption = OLD;
  next = await startProcess({
    ...world.settings,
    keys: { ...world.settings.keys, encryption: { keys: KEYS, activeKid: 'new' } },
  });
  keys = createKeyOperations({ ...next, access: createStaffAccess(next), tables: TABLES });
});
afterEach(async () => {
  await next.close();
  await world.close();
});

const rotationOf = (p: DomainProcess, over: Partial<KeyRotationDependencies> = {}): KeyRotation =>
  createKeyRotation({ ...p, tables: TABLES, rowsOfARange: 4, ...over });

/** Payouts to as many beneficiaries, and callbacks; all sealed with the old key. */
async function sealedRows(count: number): Promise<string[]> {
  const old = await startProcess({ ...world.settings });
  const user = await world.user(100_000_000n);
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const accountNumber = String(1_000_000_000 + i);
    ids.push(
      await old.acceptPayouts
        .accept(
          { ...user, keyId: 'key', scopes: ['payouts:write'], services: ['payout'], role: 'retailer' },
          randomUUID(),
          {
            amountPaise: 150_000n,
            currency: 'INR',
            mode: 'IMPS',
            reference: `ref-${randomUUID().slice(0, 18)}`,
            beneficiary: {
              name: `Person ${i}`,
              account: { kind: 'bank', accountNumber, ifsc: 'HDFC0000053' },
            },
          },
        )
        .then(({ id }) => id),
    );
    const body = callbackBody({ event: `payout.updated.${i}` });
    await old.callbackReceiver.receive('testpay', signedHeaders(`event-${i}`), body);
  }
  await old.close();
  return ids;
}

async function finish(rotation: KeyRotation): Promise<void> {
  for (let round = 0; round < 1_000; round++) {
    if ((await rotation.work()).more) continue;
    if ((await keys.status())!.finishedAt !== null) return;
    world.clock.advance(2_000);
  }
  throw new Error('it does not come to an end');
}

const begin = () => keys.begin({ reason: 'a test', by: ADMIN });
const idsInUse = async (): Promise<string[]> =>
  (await keys.check()).filter(({ values }) => values > 0).map(({ key }) => key);

test('two processes share the work, and its progress counts every row once', async () => {
  await sealedRows(30);
  expect(await idsInUse()).toEqual(['test1']);
  await begin();
  const ranges = [0, 0];
  const run = async (which: 0 | 1): Promise<void> => {
    const rotation = rotationOf(next, {
      onPoint: (point) => void (ranges[which]! += point === 'claimed' ? 1 : 0),
    });
    while ((await rotation.work()).more);
  };
  await Promise.all([run(0), run(1)]);
  await finish(rotationOf(next));
  expect(Math.min(...ranges)).toBeGreaterThan(2);
  const { tables, pass } = (await keys.status())!;
  expect(pass).toBe(2); // the second finds nothing to do
  expect(Object.fromEntries(tables.map(({ table, renewed }) => [table, renewed]))).toMatchObject({
    beneficiaries: 30,
    callbacks: 30,
    recharges: 0,
  });
  expect(await idsInUse()).toEqual(['new']);
});

test('a range whose process died is done by another when its time is over', async () => {
  await sealedRows(3);
  await begin();
  const dying = rotationOf(next, {
    onPoint(point) {
      if (point === 'written') throw new Error('killed');
    },
  });
  await expect(dying.work()).rejects.toThrow('killed');
  expect(await idsInUse()).toEqual(['test1']); // nothing half done
  const rotation = rotationOf(next);
  while ((await rotation.work()).more);
  expect((await keys.status())!.finishedAt).toBeNull();
  world.clock.advance(61_000);
  await finish(rotation);
  expect(await idsInUse()).toEqual(['new']);
});

test('what was renewed counts also when the range was given to another meanwhile', async () => {
  await sealedRows(2);
  await begin();
  let isDone = (): void => undefined;
  const done = new Promise<void>((resolve) => (isDone = resolve));
  let other: Promise<unknown> = Promise.resolve();
  const slow = rotationOf(next, {
    async onPoint(point) {
      if (point !== 'read') return;
      world.clock.advance(61_000);
      await new Promise<void>((isClaimed) => {
        const onPoint = (at: string) => (at === 'claimed' ? (isClaimed(), done) : undefined);
        other = rotationOf(next, { onPoint }).work();
      });
    },
  });
  await slow.work();
  isDone();
  await other;
  await finish(rotationOf(next));
  const { tables } = (await keys.status())!;
  expect(tables.find(({ table }) => table === 'beneficiaries')).toMatchObject({ seen: 2, renewed: 2 });
});

test('what another process writes meanwhile is not lost', async () => {
  await sealedRows(1);
  const [callback] = await rows<{ id: string }>(next.knex, 'select id from callbacks');
  const place = CALLBACK_BODY.place(callback!.id);
  await begin();
  let reads = 0;
  const rotation = rotationOf(next, {
    async onPoint(point) {
      if (point !== 'read' || (reads += 1) !== 2) return; // that of beneficiaries comes first
      await execute(next.knex, 'update callbacks set body_sealed = ? where id = ?', [
        createFieldCipher({ keys: KEYS, activeKid: 'test1' }).seal('written meanwhile', place),
        callback!.id,
      ]);
    },
  });
  while ((await rotation.work()).more);
  await finish(rotationOf(next));
  const [after] = await rows<{ sealed: string }>(next.knex, 'select body_sealed as sealed from callbacks');
  expect(after!.sealed).toMatch(/^v1\.new\./);
  expect(next.cipher.open(after!.sealed, place)).toBe('written meanwhile');
});

test('a row that somebody has locked is waited for by nobody, and done later', async () => {
  await sealedRows(4);
  await begin();
  const other = makeKnex(world.database.url, { max: 1 });
  const trx = await other.transaction();
  await trx.raw('select 1 from beneficiaries order by id limit 1 for update');
  const rotation = rotationOf(next);
  while ((await rotation.work()).more);
  expect((await keys.check()).find(({ key }) => key === 'test1')?.in).toEqual({
    'beneficiaries.account_sealed': 1,
    'beneficiaries.name_sealed': 1,
  });
  await trx.rollback();
  await other.destroy();
  await finish(rotation);
  expect(await idsInUse()).toEqual(['new']);
});

test('a repeat to the provider has the bytes of the first send', async () => {
  const [id] = await sealedRows(1);
  world.connector.onSend = timedOut;
  await next.holds.hold([id!]);
  const send = await startProcess({ ...world.settings });
  await send.sender.send([id!]);
  await send.close();
  await begin();
  await finish(rotationOf(next));
  world.connector.onInquire = notFound;
  world.connector.onSend = () => pending();
  for (let i = 0; i < 50 && world.connector.sends.length < 2; i++) {
    world.clock.advance(60_000);
    await next.poller.poll([id!]);
    await next.sender.send([id!]);
  }
  expect(world.connector.sends).toHaveLength(2);
  const [first, repeat] = world.connector.sends;
  expect(repeat!.body).toBe(first!.body);
});

test('a process with another key in front takes no part, and says so', async () => {
  await sealedRows(1);
  await begin();
  await rotationOf(next).work();
  const behind = await startProcess({
    ...world.settings,
    keys: { ...world.settings.keys, encryption: { keys: KEYS, activeKid: 'test1' } },
  });
  expect(await rotationOf(behind).work()).toEqual({
    more: false,
    refused: expect.stringContaining('test1') as string,
  });
  await behind.close();
});

test('what does not open is counted and left as it is', async () => {
  await sealedRows(1);
  await execute(next.knex, `update callbacks set body_sealed = 'v1.lost.AAAA.AAAA.AAAA'`);
  await begin();
  await finish(rotationOf(next));
  const { tables } = (await keys.status())!;
  expect(tables.find(({ table }) => table === 'callbacks')).toMatchObject({ renewed: 0, unopened: 1 });
  expect(await idsInUse()).toEqual(['lost', 'new']);
});

test('a key is forgotten when nothing is sealed with it, and only then', async () => {
  await sealedRows(1);
  const fingerprints = { encryption: KEYS, blindIndexes: [randomBytes(32)], cursor: randomBytes(32) };
  await compareKeys(next.knex, fingerprints);
  const forget = (id: string, by: Person = ADMIN) => keys.forget(id, { reason: 'a test', by });
  await expect(forget('test1')).rejects.toMatchObject({ code: 'KEY_STILL_NEEDED' });
  await begin();
  await finish(rotationOf(next));
  await expect(forget('test1', { ...ADMIN, role: 'operator' })).rejects.toMatchObject({
    code: 'OPS_ROLE_MISSING',
  });
  await forget('test1');
  await expect(forget('test1')).rejects.toMatchObject({ code: 'KEY_UNKNOWN' });
  const alone = { ...fingerprints, encryption: new Map([['new', KEYS.get('new')!]]) };
  expect(await compareKeys(next.knex, alone)).toEqual([]);
  const said = await rows<{ action: string }>(next.knex, 'select action from audit_log order by id');
  expect(said.map(({ action }) => action)).toEqual(['keys.rotate', 'keys.forget']);
});

test('a rotation changes what is sealed and nothing else, and without one nothing changes', async () => {
  const renewing = (sql: string): Promise<unknown> =>
    next.knex.transaction(async (trx) => {
      await trx.raw(`set local munim.renewing_keys = 'yes'`);
      await trx.raw(sql);
    });
  await sealedRows(1);
  const id = randomUUID();
  await execute(
    next.knex,
    `insert into bbps_fetches (id, user_id, provider, biller_id, our_reference, request_sealed, state, result_sealed,
      created_at, start_before, finished_at, expires_at)
     select :id, id, 'setu', 'B1', 'r1', 'v1.a', 'failed', 'v1.b', now(), now(), now(), now() + interval '1 hour'
     from users limit 1`,
    { id },
  );
  const constraint = 'bbps_fetches_facts_stay';
  await expect(next.knex.raw(`update bbps_fetches set request_sealed = 'v1.c'`)).rejects.toMatchObject({
    constraint,
  });
  await expect(renewing(`update bbps_fetches set biller_id = 'B2'`)).rejects.toMatchObject({ constraint });
  await expect(renewing(`update bbps_fetches set result_sealed = null`)).rejects.toMatchObject({
    constraint,
  });
  await renewing(`update bbps_fetches set request_sealed = 'v1.c'`);
  const triggers = await rows<{ table: string }>(
    next.knex,
    `select distinct c.relname as "table" from pg_trigger t join pg_class c on c.oid = t.tgrelid
     join pg_proc p on p.oid = t.tgfoid where p.proname = 'refuse_change_but_keys' order by 1`,
  );
  expect(triggers.map(({ table }) => table)).toEqual([
    'account_validations',
    'aeps_withdrawals',
    'bbps_complaints',
    'bbps_fetches',
    'bbps_payments',
    'beneficiaries',
    'dmt_transfers',
    'recharges',
  ]);
});
