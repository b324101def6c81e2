/** The roles are made, an existing database changes hands, and production refuses to run as anybody who owns it. */
import { Client } from 'pg';
import { requireRunningRole } from '../../../composition/role-check';
import { createLedger } from '../../../domain/ledger/post';
import { accountCode, openAccounts } from '../../../domain/ledger/accounts';
import { systemClock } from '../../../platform/clock';
import { execute, makeKnex, migrateAll, rows, sqlState } from '../../../platform/database';
import { systemIds } from '../../../platform/ids';
import {
  handOver,
  letsIn,
  sessionToMigrate,
  urlAs,
  verifierOf,
  withClient,
} from '../../../scripts/stack/roles';
import { adminUrl, freshDatabase } from '../../support/database';

async function post(url: string, amountPaise: bigint): Promise<string> {
  const knex = makeKnex(url, { max: 2 });
  try {
    const codes = [accountCode.bank('escrow'), accountCode.capital()];
    const accounts = await openAccounts(knex, codes);
    const [bank, capital] = codes.map((code) => accounts.get(code)!);
    const { status } = await createLedger({ knex, clock: systemClock }).post({
      journal: {
        id: systemIds.uuid(),
        transactionId: null,
        transfers: [{ debitAccountId: bank!, creditAccountId: capital!, amountPaise, code: 'capital' }],
      },
    });
    return status;
  } finally {
    await knex.destroy();
  }
}

test('a database of one superuser is given to the roles while it is used, and everything goes on', async () => {
  const database = await freshDatabase({ empty: true });
  const superuser = makeKnex(database.url, { max: 2 });
  try {
    await execute(superuser, `alter database ${database.name} owner to postgres`);
    await migrateAll(superuser, { queues: true });
    expect(await post(database.url, 100n)).toBe('posted');
    expect(await sessionToMigrate(database.url)).toEqual({});

    expect(await withClient(database.url, handOver)).toBeGreaterThan(80);
    expect(await withClient(database.url, handOver)).toBe(0);
    const left = await rows(
      superuser,
      `select c.oid::regclass from pg_class c where c.relnamespace in ('public'::regnamespace, 'bullmq'::regnamespace)
         and c.relowner <> 'munim_migrate'::regrole
       union all select p.oid::regprocedure::text::regclass from pg_proc p
         where p.pronamespace = 'public'::regnamespace and p.proowner <> 'munim_migrate'::regrole`,
    );
    expect(left).toEqual([]);
    // a process that was not started anew, and one in the name of its role
    expect(await post(database.url, 100n)).toBe('posted');
    expect(await post(database.appUrl, 100n)).toBe('posted');

    // whoever migrates now, what is made belongs to the role
    expect(await sessionToMigrate(database.url)).toEqual({ role: 'munim_migrate' });
    expect(await sessionToMigrate(database.migrateUrl)).toEqual({});
    const migrator = makeKnex(database.migrateUrl, { max: 2 });
    await migrateAll(migrator, { queues: true });
    await execute(migrator, 'create table later (id int)');
    await migrator.destroy();
    const acting = makeKnex(database.url, { max: 1, session: { role: 'munim_migrate' } });
    await execute(acting, 'alter table later add column more int');
    await acting.destroy();
  } finally {
    await superuser.destroy();
    await database.drop();
  }
}, 120_000);

test('production runs as a role that owns nothing', async () => {
  const database = await freshDatabase();
  const verdict = async (url: string): Promise<string> => {
    const knex = makeKnex(url, { max: 1 });
    try {
      return await requireRunningRole(knex).then(
        () => 'runs',
        (error: Error) => error.message,
      );
    } finally {
      await knex.destroy();
    }
  };
  expect(await verdict(database.appUrl)).toBe('runs');
  expect(await verdict(database.migrateUrl)).toMatch(
    /^The role munim_migrate of DATABASE_URL owns the tables.*npm run roles/,
  );
  expect(await verdict(database.url)).toMatch(/^The role postgres of DATABASE_URL is a superuser.*munim_app/);
  await database.drop();
});

test('a password is kept as PostgreSQL itself keeps it, and is never sent', async () => {
  const role = `t_role_${process.pid}`;
  const password = "it's~a\\p@ss:word/%?#";
  await withClient(adminUrl(), async (admin) => {
    await admin.query(`create role ${role} login password ${admin.escapeLiteral(verifierOf(password))}`);
    try {
      const url = urlAs(adminUrl(), role, password);
      expect(await letsIn(url)).toBe(true);
      expect(await letsIn(url.replace(/\/postgres$/, '/no_such_database'))).toBe(true);
      expect(await letsIn(urlAs(adminUrl(), role, 'another'))).toBe(false);
      const client = new Client({ connectionString: urlAs(adminUrl(), role, 'another') });
      await expect(client.connect()).rejects.toMatchObject({ code: '28P01' });
      await client.end().catch(sqlState);
    } finally {
      await admin.query(`drop role ${role}`);
    }
  });
  expect(() => verifierOf('pässword')).toThrow('ASCII');
});
