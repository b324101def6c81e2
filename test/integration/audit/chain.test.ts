/** A1: who alters, removes, puts in or reorders rows of the audit log is found, and the first row that was touched is named. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Knex } from 'knex';
import { recordAudit } from '../../../domain/audit/audit';
import { createAuditHeads, readHeads } from '../../../domain/audit/heads';
import type { Finding } from '../../../domain/promises/check';
import { createAuditEnd } from '../../../domain/verification/audit-end';
import { verifyTables } from '../../../domain/verification/verify';
import { FakeClock } from '../../../platform/clock';
import { execute, makeKnex, rows } from '../../../platform/database';
import { parseEncryptionKeys } from '../../../platform/encryption';
import { systemIds } from '../../../platform/ids';
import { createSigner } from '../../../platform/signing';
import { readHeadsFile, writeHeadsFile } from '../../../scripts/munim/heads-file';
import { freshDatabase, type TestDatabase } from '../../support/database';
import { lookAtBroken } from '../../support/verified-world';

const KEYS = `a1:${Buffer.from('0123456789abcdefghijklmnopqrstuv').toString('base64')}`;
const OTHER_KEYS = `a2:${Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ012345').toString('base64')}`;
const signer = createSigner(parseEncryptionKeys(KEYS));
const AT = '2026-11-28T06:30:00.123Z';
const ROWS = 6;

let database: TestDatabase;
let knex: Knex;
let clock: FakeClock;

beforeEach(async () => {
  database = await freshDatabase();
  knex = makeKnex(database.url, { max: 12 });
  clock = new FakeClock(AT);
});
afterEach(async () => {
  await knex.destroy();
  await database.drop();
});

const entry = (subject: string) => ({
  at: new Date(AT),
  actor: 'anonymous',
  actorIp: subject.endsWith('3') ? undefined : '192.0.2.7',
  action: 'test.done',
  subject,
  outcome: 'succeeded' as const,
  detail: { number: 12.5, word: 'ü "quoted"', is: true, longer_name: 1 },
});

async function write(count = ROWS): Promise<void> {
  for (let i = 1; i <= count; i++) await recordAudit(knex, entry(`thing:${i}`));
}

const audit = async (trx: Knex.Transaction): Promise<Finding[]> =>
  (await verifyTables(trx, {})).filter(({ promise }) => promise === 'A1');

/** The broken rows as `check: row detail`, in the order in which they are named. */
const named = (findings: readonly Finding[]): string[] =>
  findings.flatMap(({ name, result }) =>
    (result?.offenders ?? []).map((o) => `${name}: ${o.id} ${o.detail}`),
  );

const look = () => knex.transaction(audit);
const sign = () => createAuditHeads({ knex, clock, signer }).signEnded();

it('each row is linked when it is committed; what was rolled back leaves no gap', async () => {
  await write(2);
  await knex
    .transaction(async (trx) => {
      await recordAudit(trx, entry('never'));
      throw new Error('rolled back');
    })
    .catch(() => undefined);
  await write(1);
  expect(
    await rows(knex, 'select seq::int as seq, audit_id::int as "auditId" from audit_links order by seq'),
  ).toEqual([
    { seq: 1, auditId: 1 },
    { seq: 2, auditId: 2 },
    { seq: 3, auditId: 4 },
  ]);
  const findings = await look();
  expect(named(findings)).toEqual([]);
  expect(findings.map((f) => [f.name, f.result!.rowsChecked])).toEqual([
    ['audit-signatures', 0],
    ['audit-chain', 3],
    ['audit-linked', 3],
    ['audit-heads', 0],
  ]);
});

it('forty at once stand in one chain, and one who has not committed holds nobody up', async () => {
  const open = await knex.transaction();
  await recordAudit(open, entry('open'));
  await Promise.all(Array.from({ length: 40 }, (_, i) => recordAudit(knex, entry(`thing:${i}`))));
  await open.commit();
  expect(named(await look())).toEqual([]);
  const [last] = await rows<{ seq: bigint; subject: string }>(
    knex,
    `select l.seq, a.subject from audit_links l join audit_log a on a.id = l.audit_id order by l.seq desc limit 1`,
  );
  expect(last).toEqual({ seq: 41n, subject: 'open' });
});

it('rows of before are chained by the migration', async () => {
  const migration = require('../../../migrations/20261129175000_audit_chain') as Knex.Migration;
  await migration.down!(knex);
  await write();
  await migration.up(knex);
  await write(1);
  const findings = await look();
  expect(named(findings)).toEqual([]);
  expect(findings.find(({ name }) => name === 'audit-chain')!.result!.rowsChecked).toBe(ROWS + 1);
});

it.each(['update audit_links set hash = hash', 'delete from audit_links', 'truncate audit_links'])(
  'the database refuses: %s',
  async (sql) => {
    await write(1);
    await expect(execute(knex, sql)).rejects.toThrow(/audit_links may not be changed/);
  },
);

it('the role of the processes writes to the log, and cannot write links', async () => {
  const app = makeKnex(database.appUrl, { max: 1 });
  try {
    await recordAudit(app, entry('thing:1'));
    await expect(
      execute(
        app,
        `insert into audit_links (seq, audit_id, previous_hash, field_hashes, hash)
        select 2, 2, hash, field_hashes, hash from audit_links`,
      ),
    ).rejects.toThrow(/permission denied/);
    await expect(execute(app, 'alter table audit_log disable trigger all')).rejects.toThrow(/must be owner/);
  } finally {
    await app.destroy();
  }
  expect(named(await look())).toEqual([]);
});

const REHASH = `sha256(convert_to('munim.audit.1:' || l.seq || ':' || l.audit_id || ':', 'UTF8') || l.previous_hash
  || l.field_hashes[1] || l.field_hashes[2] || l.field_hashes[3] || l.field_hashes[4] || l.field_hashes[5]
  || l.field_hashes[6] || l.field_hashes[7])`;
const altered = (set: string): string => `update audit_log set ${set} where id = 3`;

const PLANTED: { how: string; sql: string; first: string; count?: number }[] = [
  {
    how: 'a time altered by a microsecond',
    sql: altered(`at = at + interval '1 microsecond'`),
    first: 'audit-chain: audit row 3 was altered: its at is not what link 3 holds',
  },
  {
    how: 'another actor and address',
    sql: altered(`actor = 'somebody', actor_ip = '192.0.2.8'`),
    first: 'audit-chain: audit row 3 was altered: its actor, actor_ip are not what link 3 holds',
  },
  {
    how: 'another outcome',
    sql: altered(`outcome = 'refused'`),
    first: 'audit-chain: audit row 3 was altered: its outcome is not what link 3 holds',
  },
  {
    how: 'a number of the detail',
    sql: altered(`detail = jsonb_set(detail, '{number}', '12.50')`),
    first: 'audit-chain: audit row 3 was altered: its detail is not what link 3 holds',
  },
  {
    how: 'two rows that changed places',
    sql: `update audit_log a set subject = b.subject from audit_log b where a.id in (3, 5) and b.id = 8 - a.id`,
    first: 'audit-chain: audit row 3 was altered: its subject is not what link 3 holds',
    count: 2,
  },
  {
    how: 'a row that was removed',
    sql: 'delete from audit_log where id = 4',
    first: 'audit-chain: audit row 4 was removed; link 4 of the chain still holds it',
  },
  {
    how: 'a row that was removed with its link',
    sql: `with gone as (delete from audit_links where seq = 4 returning audit_id)
      delete from audit_log where id = (select audit_id from gone)`,
    first: 'audit-chain: audit row 5 comes after a gap: link 4 is gone, and with it the row that it held',
  },
  {
    how: 'the first three rows, removed with their links',
    sql: `with gone as (delete from audit_links where seq < 4 returning audit_id)
      delete from audit_log where id in (select audit_id from gone)`,
    first:
      'audit-chain: audit row 4 comes after a gap: links 1 to 3 are gone, and with them the rows that they held',
  },
  {
    how: 'a row that was put in',
    sql: `insert into audit_log (at, actor, action, subject, outcome) values (now(), 'x', 'test.done', 'new', 'succeeded')`,
    first: 'audit-linked: audit row 7 was put in: it stands in no link of the chain',
  },
  {
    how: 'links that changed places',
    sql: `update audit_links set seq = case seq when 4 then 105 else 104 end where seq in (4, 5);
      update audit_links set seq = seq - 100 where seq > 100`,
    first: 'audit-chain: audit row 5 is out of its place, or its link 4 was rewritten',
    count: 3,
  },
  {
    how: 'a row altered together with the hashes of its link',
    sql: `update audit_log set actor = 'forged' where id = 3;
      update audit_links l set field_hashes[2] = sha256('forged') where seq = 3;
      update audit_links l set hash = ${REHASH} where seq = 3`,
    first:
      'audit-chain: audit row 3 was altered or put in together with its link 3: link 4 holds another hash of it',
  },
];

it.each(PLANTED)('finds $how', async ({ sql, first, count = 1 }) => {
  await write();
  const found = named(await lookAtBroken(knex, { sql }, audit));
  expect(found[0]).toBe(first);
  expect(found).toHaveLength(count);
});

/** Makes the chain anew from link 3 on, as somebody would who may do everything in the database. */
const REWRITE = `
  do $$
  declare
    l audit_links;
    before bytea := (select hash from audit_links where seq = 2);
  begin
    update audit_log set actor = 'forged' where id = 3;
    update audit_links set field_hashes[2] = sha256('forged') where seq = 3;
    for l in select * from audit_links where seq >= 3 order by seq loop
      l.previous_hash := before;
      before := ${REHASH};
      update audit_links set previous_hash = l.previous_hash, hash = before where seq = l.seq;
    end loop;
  end $$`;
const CUT = `with gone as (delete from audit_links where seq > 4 returning audit_id)
  delete from audit_log where id in (select audit_id from gone)`;

describe('a process that has seen the end of the chain', () => {
  const openCases = () =>
    rows<{ subject: string; summary: string }>(
      knex,
      `select subject, summary from ops_cases where kind = 'audit_chain_cut' order by subject`,
    );
  async function tamper(sql: string): Promise<void> {
    await knex.transaction(async (trx) => {
      await trx.raw('set local session_replication_role = replica');
      await trx.raw(sql);
    });
  }

  it('tells each newest link once, and knows it again', async () => {
    const end = createAuditEnd({ knex, clock, ids: systemIds });
    expect(await end.look()).toBeUndefined();
    await write();
    expect((await end.look())!.seq).toBe(6n);
    expect(await end.look()).toBeUndefined();
    await write(1);
    expect((await end.look())!.seq).toBe(7n);
    expect(await openCases()).toEqual([]);
  });

  it.each([
    ['was cut off', CUT, 'the chain ends at 4 now: rows were removed at its end'],
    ['was made anew', REWRITE, 'another stands there now'],
  ])('opens a case when it %s, although no head was signed', async (_how, sql, said) => {
    await write();
    const end = createAuditEnd({ knex, clock, ids: systemIds });
    await end.look();
    await tamper(sql);
    expect(await end.look()).toBeDefined();
    expect(await openCases()).toEqual([
      { subject: 'audit:link:6', summary: `Link 6 of the audit chain was seen by a process, and ${said}` },
    ]);
    expect(named(await look())).toEqual([]); // the database alone does not tell
  });
});

describe('the signed head of a day', () => {
  beforeEach(async () => {
    await write();
    if (!(await sign())) throw new Error('the head was not signed');
  });

  it('is signed once, for the business day that has ended, also by two at once', async () => {
    clock.set('2026-11-28T18:29:59.999Z'); // half a minute before midnight in India
    expect(await sign()).toBe(false);
    clock.set('2026-11-28T18:30:00.000Z');
    expect((await Promise.all([sign(), sign(), sign()])).filter(Boolean)).toHaveLength(1);
    const heads = await readHeads(knex);
    expect(heads.map(({ day, seq, keyId }) => [day, seq, keyId])).toEqual([
      ['2026-11-27', 6n, 'a1'],
      ['2026-11-28', 6n, 'a1'],
    ]);
    expect(named(await look())).toEqual([]);
  });

  it('is not signed without a key', async () => {
    clock.set('2026-11-29T18:30:00.000Z');
    expect(await createAuditHeads({ knex, clock, signer: undefined }).signEnded()).toBe(false);
  });

  it('shows that the end of the chain was cut off', async () => {
    expect(named(await lookAtBroken(knex, { sql: CUT }, audit))).toEqual([
      'audit-heads: audit head 2026-11-27 was signed over 6 links, and the chain ends at 4: rows were removed at its end',
    ]);
  });

  it('shows that the chain was made anew', async () => {
    expect(named(await lookAtBroken(knex, { sql: `${REWRITE}; select 1` }, audit))).toEqual([
      'audit-heads: audit head 2026-11-27 link 6 is not the one that was signed: the rows up to it were rewritten',
    ]);
  });

  it('cannot be signed by another: neither under our key id nor with an altered number', async () => {
    expect(named(await lookAtBroken(knex, { sql: 'update audit_heads set seq = 5' }, audit))[0]).toBe(
      'audit-signatures: audit head 2026-11-27 its signature is not one of the key a1 over day, link and hash',
    );
    const forger = createSigner(parseEncryptionKeys(OTHER_KEYS.replace('a2', 'a1')));
    clock.set('2026-11-29T18:30:00.000Z');
    await createAuditHeads({ knex, clock, signer: forger }).signEnded();
    expect(named(await look())).toEqual([]); // it is a good signature, of a key that only we know not to be ours
    const findings = await knex.transaction((trx) => verifyTables(trx, { auditKeys: signer.publicKeys }));
    expect(named(findings)).toEqual([
      'audit-signatures: audit head 2026-11-29 bears the public key of another than our key a1',
    ]);
  });

  it('cannot be signed by another under a key id of their own', async () => {
    const ours = (auditKeys = signer.publicKeys) =>
      knex.transaction((trx) => verifyTables(trx, { auditKeys })).then(named);
    const forger = createSigner(parseEncryptionKeys(OTHER_KEYS));
    expect(await ours(forger.publicKeys)).toEqual([
      'audit-signatures: audit head 2026-11-27 bears the key a1, which is none of ours',
    ]);
    clock.set('2026-11-29T18:30:00.000Z');
    await createAuditHeads({ knex, clock, signer: forger }).signEnded();
    expect(await ours()).toEqual([
      'audit-signatures: audit head 2026-11-29 bears the key a2, which is none of ours',
    ]);
    expect(await ours(forger.publicKeys)).toEqual([]); // where a2 is ours, a1 may be a key of before
  });

  it('of an earlier key stays good after a rotation', async () => {
    const rotated = createSigner(parseEncryptionKeys(`${OTHER_KEYS},${KEYS}`));
    clock.set('2026-11-29T18:30:00.000Z');
    expect(await createAuditHeads({ knex, clock, signer: rotated }).signEnded()).toBe(true);
    expect((await readHeads(knex)).map(({ keyId }) => keyId)).toEqual(['a1', 'a2']);
    const findings = await knex.transaction((trx) => verifyTables(trx, { auditKeys: rotated.publicKeys }));
    expect(named(findings)).toEqual([]);
  });

  it('that is kept outside the database shows what was done, also when its own row is gone', async () => {
    const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'munim-heads-')), 'heads.jsonl');
    expect(writeHeadsFile(file, await readHeads(knex))).toBe(1);
    expect(writeHeadsFile(file, await readHeads(knex))).toBe(0);
    const keptHeads = readHeadsFile(file);
    const kept = (trx: Knex.Transaction) => verifyTables(trx, { keptHeads });
    expect(named(await knex.transaction(kept))).toEqual([]);
    const found = (sql: string) =>
      lookAtBroken(knex, { sql: `delete from audit_heads; ${sql}; select 1` }, kept);
    expect(named(await found(CUT))).toEqual([
      'audit-kept-heads: audit head 2026-11-27 was signed over 6 links, and the chain ends at 4: rows were removed at its end',
    ]);
    expect(named(await found(REWRITE))).toEqual([
      'audit-kept-heads: audit head 2026-11-27 link 6 is not the one that was signed: the rows up to it were rewritten',
    ]);
    expect(() => writeHeadsFile(file, [])).toThrow(/no longer has the head of 2026-11-27/);
    expect(readHeadsFile(file)).toHaveLength(1);
    fs.writeFileSync(file, 'something else\n');
    expect(() => readHeadsFile(file)).toThrow(/no head of the audit chain/);
  });
});
