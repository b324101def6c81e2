/** What the code says of services and kinds of wallets, and what the database says: the same, from both sides. */
import type { Knex } from 'knex';
import { accountCode, WALLET_KINDS } from '../../../domain/ledger/accounts';
import { SERVICES } from '../../../domain/provider/service-name';
import { ALL_SERVICES, SCOPES } from '../../../domain/services/services';
import { sealedColumns } from '../../../domain/services/sealed';
import { down, up } from '../../../migrations/20261129000100_service_tables';
import { execute, rows } from '../../../platform/database';
import { systemIds } from '../../../platform/ids';
import { createWorld, type World } from '../../support/world';

let world: World;
let knex: Knex;

beforeAll(async () => {
  world = await createWorld();
  knex = world.knex;
});
afterAll(async () => {
  await world.close();
});

class TakenBack extends Error {}

/** What `work` returns; what it did is undone. */
async function takenBack<T>(work: (trx: Knex.Transaction) => Promise<T>): Promise<T> {
  const box: { value?: T } = {};
  await knex
    .transaction(async (trx) => {
      box.value = await work(trx);
      throw new TakenBack();
    })
    .catch((error: unknown) => {
      if (!(error instanceof TakenBack)) throw error;
    });
  return box.value!;
}

/** The name of the constraint that refuses a statement, or `done`. */
function attempt(sql: string, bindings: readonly unknown[] = []): Promise<string> {
  return takenBack(async (trx) => {
    await trx.raw('savepoint before');
    return execute(trx, sql, bindings).then(
      () => 'done',
      async (error: unknown) => {
        await trx.raw('rollback to savepoint before');
        return (error as { constraint?: string }).constraint ?? String(error);
      },
    );
  });
}

/** A transaction like another one, but of this service and flow. */
async function copyAs(
  db: Knex | Knex.Transaction,
  id: string,
  service: string,
  flow: string,
): Promise<string> {
  const copy = systemIds.uuid();
  await execute(
    db,
    `insert into transactions (id, user_id, wallet_id, account_id, service, flow, provider, amount_paise, fee_paise, tax_paise,
      reference, request_id, due_at, expected_by, expires_at, created_at, updated_at)
    select ?, user_id, wallet_id, account_id, ?, ?, provider, amount_paise, fee_paise, tax_paise,
      'copy', request_id, now(), expected_by, expires_at, created_at, updated_at from transactions where id = ?`,
    [copy, service, flow, id],
  );
  return copy;
}

const byName = <T extends { name: string }>(list: readonly T[]): T[] =>
  list.toSorted((a, b) => a.name.localeCompare(b.name));

describe('code and rows', () => {
  test('name the same services, with the same flow', async () => {
    const inDatabase = await rows<{ name: string; flow: string }>(knex, 'select name, flow from services');
    expect(byName(inDatabase)).toEqual(byName(ALL_SERVICES.map(({ name, flow }) => ({ name, flow }))));
    expect(ALL_SERVICES.map(({ name }) => name)).toEqual([...SERVICES]);
  });

  test('name the same kinds of wallets', async () => {
    const inDatabase = await rows<{ name: string }>(knex, 'select name from wallet_kinds');
    expect(inDatabase.map(({ name }) => name).toSorted()).toEqual([...WALLET_KINDS].toSorted());
    const user = await world.user(0n);
    expect(
      await attempt(
        `insert into wallets (id, user_id, kind, account_id) select ?, ?, 'savings', id from ledger_accounts where code = ?`,
        [systemIds.uuid(), user.userId, accountCode.wallet(user.userId, 'main')],
      ),
    ).toMatch(/^wallets_(kind_known|account_unique)$/);
  });

  test('name the same sealed columns: one that a migration adds and no service declares is found here', async () => {
    const inDatabase = await rows<{ name: string }>(
      knex,
      `select table_name || '.' || column_name as name from information_schema.columns
      where table_schema = 'public' and column_name like '%\\_sealed'`,
    );
    const declared = sealedColumns(ALL_SERVICES).map(({ table, column }) => `${table}.${column}`);
    expect(declared.toSorted()).toEqual(inDatabase.map(({ name }) => name).toSorted());
    expect(new Set(declared).size).toBe(declared.length);
  });

  test.each(ALL_SERVICES.map((service) => [service.name, service] as const))(
    '%s has its table of details, one row for each transaction',
    async (_name, { details }) => {
      const [key] = await rows<{ def: string }>(
        knex,
        `select pg_get_constraintdef(oid) as def from pg_constraint where conrelid = ?::regclass and contype = 'p'`,
        [details.table],
      );
      expect(key!.def).toBe('PRIMARY KEY (transaction_id)');
    },
  );

  test('each service has a scope of its own', () => {
    expect(new Set(ALL_SERVICES.map(({ scope }) => scope)).size).toBe(ALL_SERVICES.length);
    expect(new Set(SCOPES).size).toBe(SCOPES.length);
  });
});

describe('the flow of a transaction', () => {
  test('is that of its service, and decides what its wallet pays', async () => {
    const id = await world.accept(await world.user(10_000_000n));
    const totals = await takenBack(async (trx) => {
      await copyAs(trx, id, 'aeps', 'credit');
      return rows(
        trx,
        'select service, flow, total_paise as total from transactions where request_id = ? order by service',
        [id],
      );
    });
    expect(totals).toEqual([
      { service: 'aeps', flow: 'credit', total: 0n },
      { service: 'payout', flow: 'debit', total: 150_590n },
    ]);
  });

  test.each([
    ['aeps', 'debit'],
    ['payout', 'credit'],
    ['lottery', 'debit'],
  ])('%s with the flow %s is refused', async (service, flow) => {
    const id = await world.accept(await world.user(10_000_000n));
    await expect(takenBack((trx) => copyAs(trx, id, service, flow))).rejects.toMatchObject({
      constraint: 'transactions_service_known',
    });
  });

  test('never changes, neither there nor at its service', async () => {
    const id = await world.accept(await world.user(10_000_000n));
    expect(await attempt(`update transactions set flow = 'credit' where id = ?`, [id])).toBe(
      'transactions_service_known',
    );
    expect(await attempt(`update services set flow = 'credit' where name = 'payout'`)).toBe(
      'transactions_service_known',
    );
    expect(await attempt(`insert into services values ('lottery', 'sideways')`)).toBe('services_flow_known');
  });

  test('is given to the transactions that were there before, and the way back keeps their totals', async () => {
    const id = await world.accept(await world.user(10_000_000n));
    const read = (trx: Knex.Transaction, columns: string): Promise<unknown[]> =>
      rows(trx, `select service, ${columns} from transactions where request_id = ? order by service`, [id]);
    const [before, then, after] = await takenBack(async (trx) => {
      await copyAs(trx, id, 'aeps', 'credit');
      await trx.raw('set constraints all immediate');
      const first = await read(trx, 'flow, total_paise');
      // a later migration has replaced it
      await trx.raw('create index transactions_open_of_wallet on transactions (wallet_id)');
      await dropLaterReferences(trx);
      await down(trx);
      const old = await read(trx, 'total_paise');
      await up(trx);
      return [first, old, await read(trx, 'flow, total_paise')];
    });
    expect(after).toEqual(before);
    expect(then).toEqual([
      { service: 'aeps', total_paise: 0n },
      { service: 'payout', total_paise: 150_590n },
    ]);
  });
});

/** Tables of later migrations name services and kinds of wallets; on the way back they have gone before. */
async function dropLaterReferences(trx: Knex.Transaction): Promise<void> {
  const later = await rows<{ drop: string }>(
    trx,
    `select format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop from pg_constraint
    where contype = 'f' and confrelid in ('services'::regclass, 'wallet_kinds'::regclass)
      and conname not in ('transactions_service_known', 'wallets_kind_known')`,
    [],
  );
  for (const { drop } of later) await trx.raw(drop);
}
