/**
 * `npm run new:service`, in a copy of the repository: a made-up service of each flow compiles and passes its tests, and
 * scopes, posting, verification, the privacy search and the quieting of errors know it.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { Knex } from 'knex';
import type { openApiDocument as Document } from '../../../api/openapi/document';
import type { Route } from '../../../api/registry/route';
import type { Finding } from '../../../domain/promises/check';
import type { Flow } from '../../../domain/service-definition/definition';
import type { verifyTables as Verify } from '../../../domain/verification/verify';
import { execute, rows } from '../../../platform/database';
import { systemIds } from '../../../platform/ids';
import { applyPolicies } from '../../../platform/policy-files';
import type { withQuietErrors as Quiet } from '../../../providers/quiet-errors';
import { generateService } from '../../../scripts/new-service/generate';
import { copyRepository, type RepositoryCopy } from '../../support/repository-copy';
import { createWorld, type World } from '../../support/world';

const PARTY = 'Planted Person 0001';
const MADE_UP: [string, Flow][] = [
  ['cashback', 'credit'],
  ['giftcard', 'debit'],
];

let copy: RepositoryCopy;
beforeAll(() => {
  copy = copyRepository('new-service');
});
afterAll(() => {
  copy.remove();
});

describe.each(MADE_UP)('%s, a service of flow %s', (name, flow) => {
  test('is written whole', () => {
    const { written, changed } = generateService(copy.dir, name, flow);
    expect(written.map((file) => file.replace(/\d{14}|\d{8}/, 'N'))).toEqual([
      `domain/${name}/service.ts`,
      `domain/${name}/port.ts`,
      `domain/${name}/errors.ts`,
      `domain/${name}/sealed.ts`,
      `domain/${name}/dispatch.ts`,
      `domain/${name}/service.test.ts`,
      `migrations/N_${name}.ts`,
      `policies/N_${name}.ts`,
      `docs/services/${name}.md`,
    ]);
    expect(changed).toEqual([
      'domain/provider/service-name.ts',
      'domain/services/services.ts',
      'domain/connectors.ts',
      'domain/access/permissions.ts',
      'migrations/privileges.ts',
      'scripts/architecture/layers.ts',
    ]);
    expect(copy.read('domain/provider/service-name.ts')).toContain(`, '${name}'] as const;`);
    expect(copy.read('domain/services/services.ts')).toContain(`  ${name}: ${name.toUpperCase()},\n`);
  });

  test('is taken then', () => {
    expect(() => generateService(copy.dir, name, flow)).toThrow(`${name} is taken`);
  });
});

test('both compile, and their tests pass', () => {
  expect(copy.run('node_modules/typescript/bin/tsc', '--noEmit')).toBe('');
  const output = copy.runTests('domain/(cashback|giftcard)/');
  expect(output).toMatch(/Test Suites: 2 passed, 2 total/);
  expect(output).not.toMatch(/^ended with/);
}, 180_000);

test('both have a scope and a code of their own', () => {
  const { SCOPES } = copy.load('domain/services/services.ts') as { SCOPES: readonly string[] };
  expect(SCOPES).toEqual(expect.arrayContaining(['cashback:write', 'giftcard:write']));
  const { ERRORS } = copy.load('domain/error-codes.ts') as { ERRORS: Record<string, unknown> };
  expect(Object.keys(ERRORS)).toEqual(
    expect.arrayContaining(['CASHBACK_AMOUNT_OUT_OF_RANGE', 'GIFTCARD_AMOUNT_OUT_OF_RANGE']),
  );
});

test('a transaction of both is described in the API', () => {
  const { openApiDocument } = copy.load('api/openapi/document.ts') as { openApiDocument: typeof Document };
  const { ROUTES } = copy.load('api/registry/routes.ts') as { ROUTES: readonly Route[] };
  const { schemas } = openApiDocument(ROUTES, 'test').components;
  for (const [name, component] of [
    ['cashback', 'CashbackTransaction'],
    ['giftcard', 'GiftcardTransaction'],
  ] as const)
    expect(schemas[component]).toMatchObject({ properties: { service: { enum: [name] }, details: {} } });
});

describe.each(MADE_UP)('verification of %s, of flow %s', (name, flow) => {
  let world: World;
  let knex: Knex;
  let id: string;

  beforeAll(async () => {
    world = await createWorld({ start: new Date().toISOString() });
    knex = world.knex;
    await copy.migration(`_${name}.ts`).up(knex);
    const other = name === 'cashback' ? 'giftcard' : 'cashback';
    await copy.migration(`_${other}.ts`).up(knex); // the code of the copy knows both
    await applyPolicies(knex, path.join(copy.dir, 'policies'));
    id = await transactionOf(await world.accept(await world.user(10_000_000n)));
  });
  afterAll(async () => {
    await world.close();
  });

  /** A transaction of the service, like a payout that was accepted; without its row of details. */
  async function transactionOf(payout: string): Promise<string> {
    const made = systemIds.uuid();
    await execute(
      knex,
      `insert into transactions (id, user_id, wallet_id, account_id, service, flow, provider, amount_paise, fee_paise, tax_paise,
        reference, request_id, due_at, expected_by, expires_at, created_at, updated_at)
      select ?, user_id, wallet_id, account_id, ?, ?, provider, amount_paise, fee_paise, tax_paise,
        'made up', request_id, now(), expected_by, expires_at, created_at, updated_at from transactions where id = ?`,
      [made, name, flow, payout],
    );
    return made;
  }

  async function findings(): Promise<(check: string) => NonNullable<Finding['result']>> {
    const { verifyTables } = copy.load('domain/verification/verify.ts') as { verifyTables: typeof Verify };
    const all = await knex.transaction((trx) => verifyTables(trx, { planted: [PARTY] }));
    return (check) => all.find((f) => f.name === check)!.result!;
  }

  const insertOrder = (sealed: string): Promise<number> =>
    execute(knex, `insert into ${name}_orders values (?, ?, now())`, [id, sealed]);

  test('P3 misses its row of details', async () => {
    const found = await findings();
    expect(found('accepted-whole').offenders).toEqual([
      { id: `transaction ${id}`, detail: `has no row of its ${name}` },
    ]);
  });

  test('the database refuses a party that is not sealed', async () => {
    await expect(insertOrder(PARTY)).rejects.toMatchObject({ constraint: `${name}_orders_sealed` });
  });

  test('P7 finds a party that only looks sealed, and a planted value', async () => {
    await insertOrder(`v1.${PARTY}`);
    const found = await findings();
    expect(found('accepted-whole').violations).toBe(0);
    expect(found('sealed').offenders).toEqual([
      { id: `${name}_orders ${id}`, detail: 'party_sealed is not sealed' },
    ]);
    expect(found('planted-tables').offenders).toEqual([
      { id: `${name}_orders ${id}`, detail: 'party_sealed holds a planted value' },
    ]);
  });

  test('P2 expects of its wallet what its flow says', async () => {
    const wallet = async (state: string): Promise<string[]> => {
      await knex.transaction(async (trx) => {
        await trx.raw('set local session_replication_role = replica');
        await execute(
          trx,
          `update transactions set state = ?, attempt_no = 1, due_at = null, finished_at = now() where id = ?`,
          [state, id],
        );
      });
      return (await findings())('wallet').offenders.map((o) => o.id);
    };
    // Nothing was posted: a wallet that should have been paid, or should have paid, stands out; one of a failure does not.
    expect(await wallet('succeeded')).toEqual([`transaction ${id}`]);
    expect(await wallet('failed')).toEqual([]);
    expect(await rows(knex, 'select total_paise as total from transactions where id = ?', [id])).toEqual([
      { total: flow === 'credit' ? 0n : 150_590n },
    ]);
  });

  test('errors of its part of a connector quote nothing', async () => {
    const { withQuietErrors } = copy.load('providers/quiet-errors.ts') as { withQuietErrors: typeof Quiet };
    const connector = withQuietErrors({
      name: 'acmepay',
      [name]: { send: () => Promise.reject(new Error(`cannot pay ${PARTY}`)) },
    }) as unknown as Record<string, { send(): Promise<void> }>;
    const error = await connector[name]!.send().catch((e: unknown) => e as Error);
    expect(`${(error as Error).message} ${(error as Error).stack}`).not.toContain(PARTY);
  });

  test('its migration goes back as it came', async () => {
    const policies = (): Promise<unknown[]> =>
      rows(knex, 'select profile from service_policies where service = ? order by 1', [name]);
    const whoMay = (): Promise<unknown[]> =>
      rows(
        knex,
        'select kind, reach, count(*)::int4 as roles from role_permissions where permission = ? group by 1, 2 order by 1',
        [`${name}.write`],
      );
    expect(await policies()).toEqual([{ profile: 'development' }, { profile: 'production' }]);
    expect(await whoMay()).toEqual([
      { kind: 'app', reach: 'own', roles: 7 },
      { kind: 'ops', reach: 'all', roles: 1 },
    ]);
    await knex.transaction(async (trx) => {
      await trx.raw('set local session_replication_role = replica');
      await execute(trx, `delete from ${name}_orders`);
      await execute(trx, `delete from transactions where id = ?`, [id]);
    });
    await copy.migration(`_${name}.ts`).down(knex);
    expect(await rows(knex, 'select from services where name = ?', [name])).toEqual([]);
    expect(await policies()).toEqual([]);
    expect(await whoMay()).toEqual([]);
    expect(await rows(knex, 'select from policy_files where name like ?', [`%_${name}`])).toEqual([]);
  });
});

test.each([
  ['', 'lower-case letters and digits'],
  ['ab', 'lower-case'],
  ['gift-card', 'lower-case'],
  ['../../etc', 'lower-case'],
  ["gift'; --", 'lower-case'],
  ['class', 'reserved'],
  ['refund', 'reserved'],
  ['payout', 'taken: there is a service of that name'],
  ['ledger', 'taken: there is domain/ledger'],
])('the name %j is refused, and nothing is written', (name, why) => {
  const before = fs.readdirSync(path.join(copy.dir, 'migrations')).length;
  expect(() => generateService(copy.dir, name, 'debit')).toThrow(why);
  expect(fs.readdirSync(path.join(copy.dir, 'migrations')).length).toBe(before);
});

test('a list that has another form stops it before anything is written', () => {
  const file = path.join(copy.dir, 'domain/services/services.ts');
  const kept = fs.readFileSync(file, 'utf8');
  fs.writeFileSync(file, kept.replace('export const SERVICE_DEFINITIONS', 'export const OTHERS'));
  expect(() => generateService(copy.dir, 'third', 'debit')).toThrow('Nothing was written');
  expect(fs.existsSync(path.join(copy.dir, 'domain/third'))).toBe(false);
  fs.writeFileSync(file, kept);
});
