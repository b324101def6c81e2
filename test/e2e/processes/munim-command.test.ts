/** `munim` as a command: exit codes, JSON, who may, and that secrets are shown once and to nobody else. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { TOTP } from 'otpauth';
import { createKeyRotation } from '../../../domain/keys/rotation';
import { keyedTables } from '../../../domain/keys/tables';
import { digestedColumns, sealedColumns } from '../../../domain/services/sealed';
import { ALL_SERVICES } from '../../../domain/services/services';
import { systemClock } from '../../../platform/clock';
import { makeKnex } from '../../../platform/database';
import { createFieldCipher, createKeyedDigest } from '../../../platform/encryption';
import { systemIds } from '../../../platform/ids';
import { freshDatabase, type TestDatabase } from '../../support/database';

let database: TestDatabase;
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-command-'));
const inDir = (name: string): string => path.join(dir, name);
const KEYS = `k1:${randomBytes(32).toString('base64')}`;

beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(async () => {
  await database.drop();
  fs.rmSync(dir, { recursive: true, force: true });
});

function munim(args: string, { input = '', url = database.appUrl } = {}) {
  const ran = spawnSync(process.execPath, ['dist/scripts/munim.js', ...args.split(' ')], {
    encoding: 'utf8',
    input,
    env: { PATH: process.env.PATH, DATABASE_URL: url, MUNIM_ENCRYPTION_KEYS: KEYS },
  });
  return { code: ran.status, said: ran.stdout, complained: ran.stderr };
}

const FIRST = 'ops first --email asha@munim.example --name Asha --reason first-day';

test('a wrong command line is 2 and is told how it is used; help is 0', () => {
  expect(munim('help')).toMatchObject({ code: 0, said: expect.stringContaining('case propose') });
  expect(munim('nothing')).toMatchObject({ code: 2, said: expect.stringContaining('usage: munim') });
  expect(munim('ops first --name x')).toMatchObject({
    code: 2,
    complained: expect.stringMatching(/--email, --reason are needed\n\nusage: munim ops first/),
  });
  expect(munim('user list --wrong x').code).toBe(2);
  expect(munim('user disable').complained).toContain('it takes one argument, USER');
});

test('a database that does not answer is 1, and its password is not repeated', () => {
  const away = munim('user list --as a@b.example', { url: 'postgres://x:hunter2hunter2@127.0.0.1:1/none' });
  expect(away.code).toBe(1);
  expect(away.complained).not.toContain('hunter2');
});

test('the first two accounts, and no third; a wrong password and no sign-in are 4, a rule that says no is 3', () => {
  const password = inDir('asha');
  expect(munim(`${FIRST} --secret-file ${password}`).code).toBe(0);
  expect(fs.statSync(password).mode & 0o077).toBe(0);
  expect(munim(`${FIRST} --secret-file ${password}`)).toMatchObject({
    code: 2,
    complained: expect.stringContaining('a secret overwrites no file'),
  });
  const second = FIRST.replaceAll(/asha/gi, 'ravi');
  expect(munim(`${second} --secret-file ${inDir('ravi')}`).code).toBe(0);
  const third = munim(`${FIRST.replaceAll(/asha/gi, 'eve')} --json`);
  expect(third.code).toBe(3);
  expect(JSON.parse(third.complained)).toMatchObject({ code: 'OPS_ACCOUNT_EXISTS' });

  expect(munim('user list')).toMatchObject({ code: 4, complained: expect.stringContaining('--as EMAIL') });
  const wrong = munim('user list --as asha@munim.example', { input: 'not the password\n' });
  expect(wrong).toMatchObject({ code: 4, complained: expect.stringContaining('AUTH_LOGIN_FAILED') });
  expect(wrong.complained).not.toContain('not the password');

  const secret = fs.readFileSync(password, 'utf8');
  const made = munim('user create --name Stores --reason contract --json --as asha@munim.example', {
    input: secret,
  });
  expect(made.code).toBe(0);
  const { user } = JSON.parse(made.said) as { user: string };
  expect(munim('policy list --as asha@munim.example', { input: secret })).toMatchObject({
    code: 0,
    said: expect.stringMatching(/^│ prices /m),
  });
  const routes = munim('policy show recharge_routes --json --as asha@munim.example', { input: secret });
  expect((JSON.parse(routes.said) as { operator: string }[]).length).toBeGreaterThan(0);
  expect(munim('policy show users --as asha@munim.example', { input: secret }).code).toBe(3);
  expect(munim(`beneficiary list ${user} --as asha@munim.example`, { input: secret })).toMatchObject({
    code: 0,
    said: 'Nothing.\n',
  });

  const register = (whose: string): string =>
    `aeps-terminal register ${whose} --terminal shop-1 --reason contract --as asha@munim.example`;
  expect(munim(register(user), { input: secret })).toMatchObject({
    code: 0,
    said: expect.stringContaining('status: registered'),
  });
  expect(munim(register('usr_00000000000000000000000000'), { input: secret })).toMatchObject({
    code: 3,
    complained: expect.stringContaining('USER_NOT_FOUND'),
  });

  fs.chmodSync(password, 0o644);
  expect(munim(`user list --as asha@munim.example --password-file ${password}`)).toMatchObject({
    code: 2,
    complained: expect.stringContaining('chmod 600'),
  });
  expect(
    munim('key revoke key_00000000000000000000000000 --reason lost --as asha@munim.example', {
      input: secret,
    }).code,
  ).toBe(3);
});

test('a rotation of keys is begun, followed and looked at; a key that nobody knows is 3', async () => {
  const as = '--as asha@munim.example';
  const secret = { input: fs.readFileSync(inDir('asha'), 'utf8') };
  fs.chmodSync(inDir('asha'), 0o600);
  const begun = munim(`keys rotate --reason yearly --no-wait --json ${as}`, secret);
  expect(begun.code).toBe(0);
  expect(JSON.parse(begun.said)).toMatchObject({ finished_at: null, sealed_with: null, rows_renewed: 0 });

  const knex = makeKnex(database.appUrl, { max: 1 });
  const rotation = createKeyRotation({
    knex,
    clock: systemClock,
    ids: systemIds,
    cipher: createFieldCipher({ keys: new Map([['k2', randomBytes(32)]]), activeKid: 'k2' }),
    digest: createKeyedDigest(randomBytes(32)),
    tables: keyedTables(sealedColumns(ALL_SERVICES), digestedColumns(ALL_SERVICES)),
  });
  while ((await rotation.work()).more);
  await knex.destroy();

  const status = munim(`keys status --json ${as}`, secret);
  expect(JSON.parse(status.said)).toMatchObject({
    finished_at: expect.any(String),
    sealed_with: 'k2',
    pass: 1,
  });
  expect(munim(`keys check ${as}`, secret)).toMatchObject({ code: 0, said: 'Nothing.\n' });
  expect(munim(`keys forget k9 --reason lost ${as}`, secret)).toMatchObject({
    code: 3,
    complained: expect.stringContaining('KEY_UNKNOWN'),
  });
});

test('heads of the audit chain go to a file that only grows; one that the database does not have is 3', () => {
  const input = fs.readFileSync(inDir('asha'), 'utf8');
  const file = inDir('heads.jsonl');
  const heads = `audit heads --file ${file} --json --as asha@munim.example`;
  const written = munim(heads, { input });
  expect(written.code).toBe(0);
  expect(JSON.parse(written.said)).toEqual({ heads: 0, new: 0, file });
  fs.writeFileSync(
    file,
    '{"day":"2026-11-27","links":"6","hash":"00","signed_at":"2026-11-28T00:00:00.000Z","key":"a1","public_key":"","signature":""}\n',
  );
  const refused = munim(heads, { input });
  expect(refused.code).toBe(3);
  expect(JSON.parse(refused.complained)).toMatchObject({
    code: 'AUDIT_HEADS_DIFFER',
    detail: expect.stringContaining('no longer has the head of 2026-11-27'),
  });
  expect(munim('audit keys --as asha@munim.example', { input })).toMatchObject({
    code: 0,
    said: 'Nothing.\n',
  });
  expect(munim('verify status --as asha@munim.example', { input })).toMatchObject({
    code: 0,
    said: expect.stringMatching(/^findings: 0\neverything_seen_since: -$/m),
  });
});

test('keys are made by whoever shows a second factor; without one it is 4, and so is a code that was used', () => {
  const [password, signIn] = [inDir('ravi'), inDir('ravi.sign-in')];
  const [app, recovery] = [inDir('ravi.app'), inDir('ravi.recovery')];
  munim(`sign-in --as ravi@munim.example --password-file ${password} --file ${signIn}`);
  const by = `--sign-in ${signIn}`;
  const made = munim(`user create --name Stores --reason contract --json ${by}`);
  const { user } = JSON.parse(made.said) as { user: string };
  const create = (how: string) => munim(`key create ${user} --scopes wallets:read --reason contract ${how}`);
  expect(create(by)).toMatchObject({ code: 4, complained: expect.stringContaining('AUTH_PROOF_NEEDED') });

  munim(`authenticator begin --password-file ${password} --secret-file ${app} ${by}`);
  const code = new TOTP({ secret: fs.readFileSync(app, 'utf8').trim() }).generate();
  expect(munim(`authenticator confirm ${code} --secret-file ${recovery} ${by}`).code).toBe(0);
  expect(create(by).said).toMatch(/^secret: mk_live_/m);

  const again = `--as ravi@munim.example --password-file ${password}`;
  expect(create(again)).toMatchObject({ code: 4, complained: expect.stringContaining('AUTH_CODE_NEEDED') });
  const [first, second] = fs.readFileSync(recovery, 'utf8').trim().split(' ');
  expect(create(`${again} --code ${first}`).code).toBe(0);
  expect(create(`${again} --code ${first}`)).toMatchObject({
    code: 4,
    complained: expect.stringContaining('AUTH_LOGIN_FAILED'),
  });
  expect(create(`${by} --code ${first}`).complained).toContain('AUTH_LOGIN_FAILED');
  expect(create(`${by} --code ${second}`).code).toBe(0);

  const bound = create(`--from 203.0.113.0/24,2001:DB8::/48 --json ${by}`);
  const { key } = JSON.parse(bound.said) as { key: string };
  const elsewhere = (from: string) => munim(`key addresses ${key} --from ${from} --reason moved ${by}`);
  expect(elsewhere('203.0.113.1/24')).toMatchObject({
    code: 2,
    complained: expect.stringContaining('write 203.0.113.0/24'),
  });
  expect(munim(`key list ${user} --json ${by}`).said).toContain('"2001:db8::/48"');
  expect(elsewhere('any')).toMatchObject({ code: 0, said: expect.stringMatching(/^from: any$/m) });
  const listed = munim(`key list ${user} ${by}`);
  expect(listed.code).toBe(0);
  expect(listed.said).not.toMatch(/mk_live_[A-Za-z0-9_-]{20}/);
});

test('what is kept of people is planned before it goes; what a person asks is granted by another one', () => {
  const as = '--as asha@munim.example --json';
  const input = fs.readFileSync(inDir('asha'), 'utf8');
  const say = (args: string): unknown => {
    const { code, said, complained } = munim(`${args} ${as}`, { input });
    expect([code, complained]).toEqual([0, '']);
    return JSON.parse(said);
  };
  expect(say('retention --dry-run')).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ what: 'sessions', keep: '365 days', would_erase: 0 }),
      expect.objectContaining({ what: 'books', keep: 'on hold', before: null }),
    ]),
  );
  expect(say('retention')).toEqual([]);
  const { user } = say('user create --name Stores --reason contract') as { user: string };
  const asked = say(`privacy ask ${user} --kind export --reason letter`) as { request: string };
  expect(asked).toMatchObject({
    request: expect.stringMatching(/^dtr_/),
    user,
    kind: 'export',
    state: 'open',
  });
  expect(say('privacy list')).toMatchObject([asked]);
  const { approval } = say(`privacy propose ${asked.request} --reason known --evidence letter`) as {
    approval: string;
  };
  expect(munim(`approval approve ${approval} --sign-in ${inDir('ravi.sign-in')}`).code).toBe(0);
  expect(say(`privacy show ${asked.request}`)).toMatchObject({ state: 'granted', parts: null });
  const refused = (args: string) => munim(`${args} ${as}`, { input }).complained;
  expect(refused(`privacy export ${asked.request} --file ${inDir('person.json')}`)).toContain(
    'AUTH_PROOF_NEEDED',
  );
  expect(refused(`privacy refuse ${asked.request} --note late`)).toContain('DATA_REQUEST_DECIDED');
  expect(refused(`privacy ask ${user} --kind other --reason letter`)).toContain(
    '--kind is one of export, correction, erasure',
  );
});
