/** Models over the real schema: what they read, how they page, and how a broken constraint reaches the caller. */
import { userId } from '../../../domain/ids/ids';
import fs from 'node:fs';
import path from 'node:path';
import type { Knex } from 'knex';
import { UserModel } from '../../../domain/auth/user.model';
import { CaseModel } from '../../../domain/cases/case.model';
import { closeCases, openCases } from '../../../domain/cases/cases';
import { DomainError } from '../../../domain/errors/errors';
import { isRetryableError, makeKnex, rows, type ConstraintErrors } from '../../../platform/database';
import { systemIds } from '../../../platform/ids';
import { BaseModel, readPage } from '../../../platform/model';
import { freshDatabase } from '../../support/database';

let database: Awaited<ReturnType<typeof freshDatabase>>;
let knex: Knex;
beforeAll(async () => {
  database = await freshDatabase();
  knex = makeKnex(database.url);
});
afterAll(async () => {
  await knex.destroy();
  await database.drop();
});

const DOMAIN = path.join(__dirname, '..', '..', '..', 'domain');
const MODELS = fs
  .readdirSync(DOMAIN, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.model.ts'))
  .flatMap((file) => Object.values(require(path.join(DOMAIN, file)) as Record<string, unknown>))
  .filter(
    (value): value is typeof BaseModel => typeof value === 'function' && value.prototype instanceof BaseModel,
  );

describe.each(MODELS.map((model) => [model.name, model] as const))('%s', (_name, model) => {
  it('names columns of its table, and reads these alone', async () => {
    const found = await rows<{ name: string }>(
      knex,
      'select column_name as name from information_schema.columns where table_name = ?',
      [model.tableName],
    );
    const known = found.map(({ name }) => `${model.tableName}.${name}`);
    expect(model.columnNames().length).toBeGreaterThan(0);
    expect(known).toEqual(expect.arrayContaining(model.columnNames()));
    const sql = model.query(knex).toKnexQuery().toQuery();
    expect(sql).not.toContain('*');
    expect(sql).not.toMatch(/hash|sealed|token/);
    expect(await model.query(knex).limit(1)).toEqual(expect.any(Array));
  });
});

it('there is a model for each kind of row that is shown', () => {
  expect(MODELS.map((model) => model.tableName).toSorted()).toEqual(
    expect.arrayContaining([
      'api_calls',
      'api_keys',
      'audit_log',
      'ops_cases',
      'ops_sessions',
      'users',
      'wallets',
    ]),
  );
});

describe('pages', () => {
  const ids = Array.from(
    { length: 25 },
    (_none, i) => `00000000-0000-7000-8000-${String(i).padStart(12, '0')}`,
  );
  beforeAll(async () => {
    await UserModel.query(knex).insert(
      ids.map((id) => ({ id: userId(id), kind: 'app' as const, name: 'page' })),
    );
  });

  it.each([
    ['asc', 1],
    ['asc', 24],
    ['asc', 25],
    ['desc', 7],
    ['desc', 26],
  ] as const)('%s, %i a page, give each row once and in order', async (order, limit) => {
    const seen: string[] = [];
    let after: string | undefined;
    let pages = 0;
    do {
      const query = UserModel.query(knex).where('name', 'page');
      const page = await readPage(query, { by: 'id', order, limit, after, encode: (id) => id });
      seen.push(...page.data.map((user) => user.id));
      expect(page.data.length).toBeLessThanOrEqual(limit);
      after = page.nextCursor ?? undefined;
      pages += 1;
    } while (after !== undefined);
    expect(seen).toEqual(order === 'asc' ? ids : ids.toReversed());
    expect(pages).toBe(Math.ceil(ids.length / limit));
  });
});

it('a constraint with an error of its own gives that error; any other reaches the caller as it is', async () => {
  class StrictUser extends UserModel {
    static override readonly constraintErrors: ConstraintErrors = {
      users_email_lower_case: (cause) => new DomainError('REQUEST_FIELD_INVALID', { cause }),
    };
  }
  const ops = { kind: 'ops' as const, name: 'x', passwordHash: 'x', role: 'viewer' as const };
  const insert = (email: string) =>
    StrictUser.query(knex).insert({ ...ops, id: userId(systemIds.uuid()), email });
  await insert('one@munim.example');
  await expect(insert('Upper@munim.example')).rejects.toMatchObject({
    name: 'DomainError',
    code: 'REQUEST_FIELD_INVALID',
    cause: { constraint: 'users_email_lower_case' },
  });
  await expect(insert('one@munim.example')).rejects.toMatchObject({
    code: '23505',
    constraint: 'users_email_unique',
  });
});

it('a lock that was not had in time is known as such', async () => {
  const [{ id }] = (await UserModel.query(knex).limit(1)) as [UserModel];
  await knex.transaction(async (holder) => {
    await holder.raw('select from users where id = ? for update', [id]);
    const waiting = knex.transaction(async (trx) => {
      await trx.raw("set local lock_timeout = '20ms'");
      await UserModel.query(trx).findById(id).patch({ name: 'y' });
    });
    await expect(waiting.catch(isRetryableError)).resolves.toBe(true);
  });
});

it('closes the open case of each kind and subject that is named, and no other', async () => {
  const at = new Date('2026-11-29T00:00:00Z');
  const named = [
    { kind: 'aeps_velocity', subject: 'x:1' },
    { kind: 'late_success', subject: 'x:2' },
  ] as const;
  const others = [
    { kind: 'aeps_velocity', subject: 'x:2' },
    { kind: 'late_success', subject: 'x:1' },
  ] as const;
  const all = [...named, ...others].map((one) => ({ ...one, summary: 's' }));
  expect(await openCases(knex, systemIds, all, at)).toBe(4);
  await closeCases(knex, named, { by: 'test', note: 'done', at });
  await closeCases(knex, named, { by: 'later', note: 'again', at: new Date() });
  const closed = await CaseModel.query(knex).whereNotNull('closed_at').orderBy('kind');
  expect(closed).toMatchObject(
    named.map((one) => ({ ...one, closedAt: at, closedBy: 'test', closedNote: 'done' })),
  );
});
