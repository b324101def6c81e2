/** What is kept of people: for how long, what they are shown of it, and what goes when they ask. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { Person } from '../../../domain/approvals/approvals';
import { createPasswords } from '../../../domain/auth/passwords';
import { createStaffProof } from '../../../domain/auth/staff-proof';
import type { UserId } from '../../../domain/ids/ids';
import { EXPORTED, LEFT_OUT, type PersonalExport } from '../../../domain/privacy/export';
import { PART_NAMES } from '../../../domain/privacy/parts';
import { createRetention, type Retention } from '../../../domain/privacy/retention';
import { readExport } from '../../../domain/privacy/requests';
import { sealedColumns } from '../../../domain/services/sealed';
import { ALL_SERVICES } from '../../../domain/services/services';
import { emailDigests, mobileDigests, USER_EMAIL, USER_MOBILE } from '../../../domain/users/sealed';
import { createAppUser } from '../../../domain/users/users';
import { systemClock } from '../../../platform/clock';
import { execute, makeKnex, rows } from '../../../platform/database';
import { createFieldCipher, createKeyedDigest, parseEncryptionKeys } from '../../../platform/encryption';
import { systemIds } from '../../../platform/ids';
import { freshDatabase, type TestDatabase } from '../../support/database';
import { createStaff, type Staff } from '../../support/operations';

const DAY_MS = 86_400_000;
const ago = (days: number): Date => new Date(Date.now() - days * DAY_MS);
const cipher = createFieldCipher(parseEncryptionKeys(`t1:${randomBytes(32).toString('base64')}`));
const digest = createKeyedDigest(randomBytes(32));

let database: TestDatabase;
let app: Knex;
let owner: Knex;
let staff: Staff;
let retention: Retention;
beforeEach(async () => {
  database = await freshDatabase();
  app = makeKnex(database.appUrl, { max: 3 });
  owner = makeKnex(database.url, { max: 2 });
  staff = await createStaff({ knex: app, clock: systemClock });
  retention = createRetention({ knex: app, clock: systemClock, ids: systemIds });
});
afterEach(async () => {
  staff.close();
  await Promise.all([app.destroy(), owner.destroy()]);
  await database.drop();
});

const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: { code?: string; constraint?: string }) => error.constraint ?? error.code ?? 'without a code',
  );

let numbers = 0;
/** With a number, an e-mail address, a password, and a session that ended so many days ago. */
async function person(endedDaysAgo = 10): Promise<UserId> {
  const { userId } = await app.transaction((trx) =>
    createAppUser(trx, systemIds, { name: 'Planted Stores' }),
  );
  const mobile = `97000000${String((numbers += 1)).padStart(2, '0')}`;
  const email = `planted${numbers}@munim.example`;
  await execute(
    app,
    `update users set mobile_sealed = :mobile, mobile_fingerprint = :m, mobile_hint = '97XXXXXX00',
       email_sealed = :email, email_fingerprint = :e, email_hint = 'p…@munim.example' where id = :userId`,
    {
      userId,
      mobile: cipher.seal(mobile, USER_MOBILE.place(userId)),
      m: mobileDigests(digest, mobile)[0],
      email: cipher.seal(email, USER_EMAIL.place(userId)),
      e: emailDigests(digest, email)[0],
    },
  );
  const hash = await createPasswords().hash('a door in the rain');
  await execute(app, 'insert into user_passwords values (?, ?, now())', [userId, hash]);
  await session(userId, endedDaysAgo);
  return userId;
}

async function session(userId: UserId, endedDaysAgo: number): Promise<string> {
  const [device, id] = [randomUUID(), randomUUID()];
  const end = ago(endedDaysAgo);
  const begun = ago(endedDaysAgo + 1);
  await execute(
    app,
    `insert into user_devices (id, user_id, token_hash, name, first_seen_at, last_seen_at)
     values (:device, :userId, :hash, 'Planted telephone', :begun, :end)`,
    { device, userId, hash: randomBytes(32), begun, end },
  );
  await execute(
    app,
    `insert into user_sessions (id, user_id, device_id, methods, ip, started_at, family_hash, refresh_hash, refreshed_at,
       refresh_until, ends_at)
     values (:id, :userId, :device, '{pwd}', '192.0.2.7', :begun, :hash, :hash, :begun, :end, :end)`,
    { id, userId, device, hash: randomBytes(32), begun, end },
  );
  return id;
}

async function close(userId: UserId, daysAgo: number): Promise<void> {
  await execute(owner, "update users set stage = 'closed', status = 'disabled' where id = ?", [userId]);
  await execute(
    owner,
    "insert into user_stages values (?, 99, 'active', 'closed', 'test', 'staff', 'left', ?)",
    [userId, ago(daysAgo)],
  );
}

const dueOf = async (): Promise<Record<string, number>> =>
  Object.fromEntries((await retention.plan()).flatMap(({ what, due }) => (due === 0 ? [] : [[what, due]])));

test('a run says what it would do, does that in steps, and writes each step down', async () => {
  await session(await person(400), 500);
  await close(await person(), 31);
  await close(await person(), 2_000);
  const said = await dueOf();
  expect(said).toEqual({ sessions: 2, credentials: 2, email: 1, contacts: 1 });
  expect(await dueOf()).toEqual(said);

  expect(await retention.step(1)).toEqual([
    { what: 'sessions', erased: 1 },
    { what: 'devices', erased: 1 },
    { what: 'credentials', erased: 1 },
    { what: 'email', erased: 1 },
    { what: 'contacts', erased: 1 },
  ]);
  await Promise.all([retention.step(10), retention.step(10)]);
  expect(await dueOf()).toEqual({});
  const steps = await rows<{ what: string; erased: number }>(
    app,
    'select what, sum(erased)::int4 as erased from retention_steps group by what order by what',
  );
  expect(steps).toEqual([
    { what: 'contacts', erased: 1 },
    { what: 'credentials', erased: 2 },
    { what: 'devices', erased: 2 },
    { what: 'email', erased: 1 },
    { what: 'sessions', erased: 2 },
  ]);
  expect(await code(execute(owner, 'update retention_steps set erased = 9'))).not.toBe('done');
  const [left] = await rows<{ n: number }>(app, 'select count(*)::int4 as n from user_sessions');
  expect(left!.n).toBe(2);
});

test('what is on hold is never due, and every part has a rule', async () => {
  const planned = await retention.plan();
  expect(planned.map(({ what }) => what)).toEqual(PART_NAMES);
  expect(planned.every(({ source }) => source !== null)).toBe(true);
  expect(planned.filter(({ isOnHold }) => isOnHold).map(({ what }) => what)).toEqual([
    'kyc',
    'consents',
    'books',
    'audit',
  ]);
});

test('the database keeps logs for 180 days, and sessions for as long as the rule says', async () => {
  const rule = (what: string, days: number | null, isLog: boolean, onRequest: boolean) =>
    code(
      execute(owner, 'insert into retention_rules values (?, now()::date, ?, ?, ?, $$test$$)', [
        what,
        days,
        isLog,
        onRequest,
      ]),
    );
  expect(await rule('sessions', 179, true, false)).toBe('retention_rules_cert_in');
  expect(await rule('books', null, false, true)).toBe('retention_rules_logs_and_holds_wait');
  expect(await rule('sessions', 180, true, false)).toBe('done');
  const young = await session(await person(), 179);
  const old = await session(await person(), 182);
  expect(await code(execute(app, 'delete from user_sessions where id = ?', [young]))).toBe(
    'user_sessions_kept',
  );
  expect(await code(execute(app, 'delete from user_sessions where id = ?', [old]))).toBe('done');
});

async function granted(user: UserId, kind: 'export' | 'erasure'): Promise<string> {
  const { privacy, approvals } = staff.operations;
  const { id } = await privacy.ask({ user, kind, reason: 'came to the counter' }, staff.asha);
  const proposal = await privacy.proposal({ id, reason: 'it was them', evidence: 'their PAN card' });
  const { id: approval } = await approvals.propose(proposal, staff.asha);
  expect(await code(approvals.approve(approval, staff.asha))).toBe('APPROVAL_NEEDS_ANOTHER');
  expect(await code(exported(id, proved(staff.ravi)))).toBe('DATA_EXPORT_NOT_GRANTED');
  await approvals.approve(approval, staff.ravi);
  return id;
}
/** Has just shown the second factor. */
const proved = (person: Person): Person => ({ ...person, provedAt: new Date() });
const piecesOf = (id: string, by: Person) =>
  readExport(
    {
      ...{ knex: app, clock: systemClock, ids: systemIds, access: staff.operations.access, cipher },
      sealed: sealedColumns(ALL_SERVICES),
      proof: createStaffProof({ knex: app, clock: systemClock, profile: 'production' }),
    },
    id,
    by,
  );
async function allOf(pieces: AsyncGenerator<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const piece of pieces) all.push(piece);
  return all;
}
async function exported(id: string, by: Person): Promise<PersonalExport> {
  return JSON.parse((await allOf(await piecesOf(id, by))).join('')) as PersonalExport;
}

test('a person is given what is kept of them, opened, without what signs them in', async () => {
  const user = await person();
  const id = await granted(user, 'export');
  const { privacy } = staff.operations;
  expect(await code(privacy.ask({ user, kind: 'export', reason: 'again' }, staff.viewer))).toBe(
    'OPS_ROLE_MISSING',
  );
  expect(await code(exported(id, staff.ravi))).toBe('AUTH_PROOF_NEEDED');
  const { kept } = await exported(id, proved(staff.ravi));
  expect(kept.users!.rows).toMatchObject([
    {
      name: 'Planted Stores',
      mobile: expect.stringMatching(/^97000000/),
      email: expect.stringContaining('planted'),
    },
  ]);
  expect(kept.user_sessions!.rows).toMatchObject([{ ip: '192.0.2.7' }]);
  expect(kept.wallets).toMatchObject({ rows: [{ kind: 'main' }], count: 1 });
  const text = JSON.stringify(kept);
  for (const secret of ['argon2', '_sealed', '_hash', '\\\\x', 'v1.']) expect(text).not.toContain(secret);
  expect(await code(exported(id, staff.viewer))).toBe('OPS_ROLE_MISSING');
});

test('an export has every row, however many there are, and is read as it is taken', async () => {
  const user = await person();
  await execute(
    owner,
    `insert into notifications (id, user_id, kind, channel, language, is_repeated, retry_ms, state, created_at,
       expires_at, ended_at)
     select gen_random_uuid(), :user, 'new_device', 'sms', 'en', true, '{1000}', 'sent', now(), now() + interval '1 day',
       now() from generate_series(1, 12001)`,
    { user },
  );
  await execute(
    owner,
    `insert into user_services (user_id, service, state, state_at, used_on)
     select :user, name, 'active', now(), now()::date from services on conflict do nothing`,
    { user },
  );
  const id = await granted(user, 'export');
  let statements = 0;
  app.on('query', () => (statements += 1));
  const pieces = await piecesOf(id, proved(staff.ravi));
  await pieces.next();
  await pieces.next();
  expect(statements).toBeLessThan(20);
  await pieces.return(undefined);
  const all = await allOf(await piecesOf(id, proved(staff.ravi)));
  expect(Math.max(...all.map((piece) => piece.length))).toBeLessThan(500_000);
  const { kept, complete } = JSON.parse(all.join('')) as PersonalExport;
  const ids = kept.notifications!.rows.map((row) => (row as { id: string }).id);
  expect([new Set(ids).size, kept.notifications!.count, complete]).toEqual([12_001, 12_001, true]);
  const [services] = await rows<{ n: number }>(owner, 'select count(*)::int4 as n from services');
  expect(kept.user_services!.count).toBe(services!.n);
});

test('what was sent between two persons is of both, whoever asked for it', async () => {
  const [above, below] = [await person(), await person()];
  await execute(owner, 'alter table wallet_transfers disable trigger wallet_transfers_posted', []);
  await execute(
    owner,
    `insert into wallet_transfers (id, kind, user_id, from_wallet, from_user, from_account, to_wallet, to_user, to_account,
       amount_paise, reference, reason, idempotency_key, request_hash, created_at)
     select gen_random_uuid(), 'pull_back', :above, f.id, f.user_id, f.account_id, t.id, t.user_id, t.account_id, 100,
       'back', 'too much', 'key', '', now()
     from wallets f, wallets t where f.user_id = :below and f.kind = 'main' and t.user_id = :above and t.kind = 'main'`,
    { above, below },
  );
  for (const user of [above, below]) {
    const { kept } = await exported(await granted(user, 'export'), proved(staff.ravi));
    expect(kept.wallet_transfers).toMatchObject({
      rows: [{ kind: 'pull_back', amount_paise: 100 }],
      count: 1,
    });
  }
});

test('an erasure takes what no law holds, and names the law for the rest', async () => {
  const user = await person();
  const { privacy, approvals } = staff.operations;
  const open = await privacy.ask({ user, kind: 'erasure', reason: 'by letter' }, staff.asha);
  expect(await code(privacy.ask({ user, kind: 'erasure', reason: 'by mail' }, staff.asha))).toBe(
    'DATA_REQUEST_OPEN',
  );
  const proposal = await privacy.proposal({ id: open.id, reason: 'it was them', evidence: 'their PAN card' });
  expect(await code(approvals.propose(proposal, staff.asha))).toBe('DATA_REQUEST_USER_OPEN');
  expect((await privacy.waiting(10)).map(({ id }) => id)).toEqual([open.id]);
  await privacy.refuse(open.id, 'the account is open', staff.ravi);
  expect(await code(privacy.refuse(open.id, 'again', staff.ravi))).toBe('DATA_REQUEST_DECIDED');

  await close(user, 1);
  const { parts } = await privacy.show(await granted(user, 'erasure'));
  expect(parts!.filter(({ outcome }) => outcome === 'erased').map(({ what }) => what)).toEqual([
    'credentials',
    'email',
  ]);
  expect(parts!.find(({ what }) => what === 'contacts')).toMatchObject({
    outcome: 'held',
    rows: 1,
    keep_days: 1_826,
    because: expect.stringContaining('Money-Laundering') as string,
  });
  const [left] = await rows<{ mobile: boolean; email: boolean; passwords: number; device: string }>(
    app,
    `select mobile_sealed is not null as mobile, email_sealed is not null as email,
       (select count(*)::int4 from user_passwords where user_id = u.id) as passwords,
       (select name from user_devices where user_id = u.id) as device
     from users u where id = ?`,
    [user],
  );
  expect(left).toEqual({ mobile: true, email: false, passwords: 0, device: 'erased' });
  expect(await code(execute(app, "update data_requests set state = 'refused', note = 'x'"))).not.toBe('done');
});

test('every table that names a user is exported, or it is said why not', async () => {
  const found = await rows<{ name: string }>(
    owner,
    `select distinct conrelid::regclass::text as name from pg_constraint
     where contype = 'f' and confrelid = 'users'::regclass
     order by 1`,
  );
  const known = new Set([...Object.keys(EXPORTED), ...Object.keys(LEFT_OUT)]);
  expect(found.map(({ name }) => name).filter((name) => !known.has(name))).toEqual([]);
});
