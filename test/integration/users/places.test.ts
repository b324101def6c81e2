/** Who may stand where, and that every pair of the network is right after whatever was added and moved. */
import * as fc from 'fast-check';
import type { Knex } from 'knex';
import { userId, type UserId } from '../../../domain/ids/ids';
import { isInSubtree, readUpline } from '../../../domain/network/subtree';
import { moversOf, STAGES } from '../../../domain/users/stages';
import { USER_TYPES, type UserType } from '../../../domain/users/types';
import { createAppUser } from '../../../domain/users/users';
import { ALL_SERVICES } from '../../../domain/services/services';
import { execute, rows, sqlState } from '../../../platform/database';
import { systemIds } from '../../../platform/ids';
import { until } from '../../support/until';
import { createWorld, type World } from '../../support/world';

let world: World;
let knex: Knex;
beforeAll(async () => {
  world = await createWorld();
  ({ knex } = world);
});
afterAll(async () => {
  await world.close();
});

async function add(type: UserType, parent?: UserId, db: Knex | Knex.Transaction = knex): Promise<UserId> {
  const id = userId(systemIds.uuid());
  await execute(
    db,
    "insert into users (id, kind, name, type, parent_id, stage) values (:id, 'app', 'Test', :type, :parent, 'active')",
    { id, type, parent: parent ?? null },
  );
  return id;
}
const move = (
  user: UserId,
  parent: UserId | undefined,
  db: Knex | Knex.Transaction = knex,
): Promise<number> =>
  execute(db, 'update users set parent_id = :parent where id = :user', { user, parent: parent ?? null });

/** The name of the rule that refuses it, or `done`. */
const attempt = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => (error as { constraint?: string }).constraint ?? sqlState(error) ?? String(error),
  );

/** A user of each type, each in the place that the type may have. */
async function oneOfEach(): Promise<Record<UserType, UserId>> {
  const white = await add('white_label');
  const master = await add('master_distributor', white);
  const distributor = await add('distributor', master);
  const staff = await add('field_staff', distributor);
  const retailer = await add('retailer', staff);
  return {
    white_label: white,
    api_partner: await add('api_partner', white),
    master_distributor: master,
    distributor,
    field_staff: staff,
    retailer,
    sub_merchant: await add('sub_merchant', retailer),
  };
}

interface TypeRow {
  name: UserType;
  standsAlone: boolean;
  below: UserType[];
}
const typeRows = (): Promise<TypeRow[]> =>
  rows<TypeRow>(
    knex,
    'select name, stands_alone as "standsAlone", below from user_types order by rank, name',
  );

describe('types', () => {
  test('code and rows name the same ones', async () => {
    expect((await typeRows()).map(({ name }) => name).toSorted()).toEqual([...USER_TYPES].toSorted());
  });

  test('each stands below those that its row names, and below nobody else', async () => {
    const above = await oneOfEach();
    for (const { name, standsAlone, below } of await typeRows()) {
      expect([name, await attempt(add(name))]).toEqual([
        name,
        standsAlone ? 'done' : 'users_parent_of_a_fitting_type',
      ]);
      for (const parent of USER_TYPES)
        expect([name, parent, await attempt(add(name, above[parent]))]).toEqual([
          name,
          parent,
          below.includes(parent) ? 'done' : 'users_parent_of_a_fitting_type',
        ]);
    }
  });

  test('one that has others below changes its type only where they may stay', async () => {
    const { distributor, staff } = await (async () => {
      const d = await add('distributor');
      return { distributor: d, staff: await add('field_staff', d) };
    })();
    const setType = (type: UserType): Promise<string> =>
      attempt(execute(knex, 'update users set type = ? where id = ?', [type, distributor]));
    expect(await setType('white_label')).toBe('users_parent_of_a_fitting_type');
    expect(await setType('master_distributor')).toBe('done');
    expect(await upline(staff)).toEqual([{ userId: distributor, type: 'master_distributor' }]);
  });

  test('nobody stands below one that is closed, and nobody is closed above others', async () => {
    const distributor = await add('distributor');
    const retailer = await add('retailer', distributor);
    const close = (id: UserId): Promise<string> =>
      attempt(execute(knex, "update users set stage = 'closed', status = 'disabled' where id = ?", [id]));
    expect(await close(distributor)).toBe('users_closed_have_nobody_below');
    expect(await close(retailer)).toBe('done');
    expect(await close(distributor)).toBe('done');
    expect(await attempt(add('retailer', distributor))).toBe('users_parent_is_open');
  });

  test('a program of before adds a retailer that stands alone, works, and has every service', async () => {
    const id = systemIds.uuid();
    await execute(knex, "insert into users (id, kind, name) values (?, 'app', 'Test')", [id]);
    const [found] = await rows<{ type: string; stage: string; services: number }>(
      knex,
      `select type, stage, (select count(*)::int4 from user_services s where s.user_id = u.id and s.state = 'active')
         as services from users u where id = ?`,
      [id],
    );
    expect(found).toEqual({ type: 'retailer', stage: 'active', services: ALL_SERVICES.length });
  });
});

test('the database knows the moves between stages that the code knows, and no other', async () => {
  for (const from of STAGES)
    for (const to of STAGES) {
      if (from === to) continue;
      const id = await add('retailer');
      await knex.transaction(async (trx) => {
        await trx.raw("set local session_replication_role = 'replica'"); // to begin anywhere
        const status = from === 'suspended' || from === 'closed' ? 'disabled' : 'active';
        await execute(trx, 'update users set stage = ?, status = ? where id = ?', [from, status, id]);
        await execute(trx, 'update user_ancestors set stage = ? where user_id = ?', [from, id]);
      });
      const moved = await attempt(
        execute(knex, "update users set stage = ?, status = 'disabled' where id = ?", [to, id]),
      );
      expect([from, to, moved]).toEqual([
        from,
        to,
        moversOf(from, to).length > 0 ? 'done' : 'users_stage_moves',
      ]);
    }
});

async function upline(user: UserId): Promise<{ userId: UserId; type: string }[]> {
  const [found] = await rows<{ uplineId: bigint | null }>(
    knex,
    'select upline_id as "uplineId" from users where id = ?',
    [user],
  );
  return readUpline(knex, found!.uplineId);
}

interface Pair {
  above: UserId;
  user: UserId;
  depth: number;
}

/** What `user_ancestors` and the uplines must be, from the parents alone. */
async function expectWhole(): Promise<void> {
  const users = await rows<{ id: UserId; parentId: UserId | null; type: string; stage: string }>(
    knex,
    `select id, parent_id as "parentId", type, stage from users where kind = 'app'`,
  );
  const byId = new Map(users.map((user) => [user.id, user]));
  const expected: string[] = [];
  for (const { id, type, stage } of users) {
    const chain: string[] = [];
    let depth = 0;
    for (let at: UserId | null = id; at !== null; at = byId.get(at)!.parentId, depth += 1) {
      expected.push(`${at} ${id} ${depth} ${type} ${stage}`);
      if (depth > 0) chain.push(`${at} ${byId.get(at)!.type}`);
    }
    expect([id, ...(await upline(id)).map((one) => `${one.userId} ${one.type}`)]).toEqual([id, ...chain]);
  }
  const found = await rows<Pair & { type: string; stage: string }>(
    knex,
    'select ancestor_id as above, user_id as user, depth, type, stage from user_ancestors',
  );
  expect(found.map((p) => `${p.above} ${p.user} ${p.depth} ${p.type} ${p.stage}`).toSorted()).toEqual(
    expected.toSorted(),
  );
}

test('whatever is added and moved, every pair, type, stage and chain follows from the parents', async () => {
  const types = await typeRows();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ isMove: fc.boolean(), a: fc.nat(), b: fc.nat() }), {
        minLength: 20,
        maxLength: 40,
      }),
      async (steps) => {
        const known: UserId[] = [];
        for (const { isMove, a, b } of steps) {
          const parent = known.length === 0 || b % 5 === 0 ? undefined : known[b % known.length];
          if (isMove && known.length > 0) await attempt(move(known[a % known.length]!, parent));
          else {
            const added = await add(types[a % types.length]!.name, parent).catch(() => undefined);
            if (added !== undefined) known.push(added);
          }
        }
        await expectWhole();
      },
    ),
    { numRuns: 3 },
  );
}, 300_000);

test('a move takes along those below, writes down when it was, and leaves the old chain readable', async () => {
  const { distributor, field_staff: staff, retailer, sub_merchant: till } = await oneOfEach();
  const [before] = await rows<{ uplineId: bigint }>(
    knex,
    'select upline_id as "uplineId" from users where id = ?',
    [till],
  );
  const chain = await readUpline(knex, before!.uplineId);
  const other = await add('distributor');
  await move(staff, other);
  expect((await upline(till)).map((one) => one.userId)).toEqual([retailer, staff, other]);
  expect(await readUpline(knex, before!.uplineId)).toEqual(chain);
  expect(await isInSubtree(knex, { top: other, user: till })).toBe(true);
  expect(await isInSubtree(knex, { top: distributor, user: till })).toBe(false);
  expect(await isInSubtree(knex, { top: till, user: till })).toBe(true);
  const places = await rows<{ no: number; parentId: UserId }>(
    knex,
    'select no, parent_id as "parentId" from user_placements where user_id = ? order by no',
    [staff],
  );
  expect(places).toEqual([
    { no: 1, parentId: distributor },
    { no: 2, parentId: other },
  ]);
});

test('whoever is added below one that is being moved comes where it goes', async () => {
  const { distributor, field_staff: staff } = await oneOfEach();
  const other = await add('distributor');
  const moving = await knex.transaction();
  await move(staff, other, moving);
  let isAdded = false;
  const adding = add('retailer', staff, world.first.knex).then((id) => {
    isAdded = true;
    return id;
  });
  await until(
    async () =>
      rows<{ waiting: number }>(
        knex,
        `select count(*)::int4 as waiting from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock' and query like '%insert into users%'`,
      ),
    ([found]) => found!.waiting > 0,
  );
  expect(isAdded).toBe(false);
  await moving.commit();
  const added = await adding;
  expect((await upline(added)).map((one) => one.userId)).toEqual([staff, other]);
  expect(await isInSubtree(knex, { top: distributor, user: added })).toBe(false);
});

test('a transaction keeps the chain above its user as it was accepted, however often the user is moved meanwhile', async () => {
  const [one, two] = [await add('distributor'), await add('distributor')];
  const user = await world.first.knex.transaction((trx) =>
    createAppUser(trx, systemIds, { name: 'Test Trader', type: 'retailer', parentId: one }),
  );
  const first = await world.accept(user);
  const isMoving = { now: true };
  const moving = (async () => {
    for (let i = 0; isMoving.now; i += 1) await move(user.userId, i % 2 === 0 ? two : one);
  })();
  const accepted = await Promise.all(Array.from({ length: 20 }, () => world.accept(user)));
  isMoving.now = false;
  await moving;
  await move(user.userId, two);
  const last = await world.accept(user);
  const chainOf = async (id: string): Promise<UserId[]> => {
    const [found] = await rows<{ uplineId: bigint | null }>(
      knex,
      'select upline_id as "uplineId" from transactions where id = ?',
      [id],
    );
    return (await readUpline(knex, found!.uplineId)).map((above) => above.userId);
  };
  expect([await chainOf(first), await chainOf(last)]).toEqual([[one], [two]]);
  for (const id of accepted) expect([[one], [two]]).toContainEqual(await chainOf(id));
  expect(await attempt(execute(knex, 'update transactions set upline_id = null where id = ?', [first]))).toBe(
    'transactions_upline_stays',
  );
  const alone = await world.user(0n);
  expect(await chainOf(await world.accept(alone))).toEqual([]);
});

test('a chain, a place and a pair are written by nobody but the users themselves', async () => {
  const app = world.first.knex;
  const { retailer } = await oneOfEach();
  for (const sql of [
    "insert into uplines (user_ids, types) values ('{}', '{}')",
    'delete from user_ancestors',
    'update user_placements set parent_id = null',
  ])
    expect(await attempt(execute(app, sql, []))).toBe('42501');
  expect(await attempt(execute(app, 'update users set upline_id = null where id = ?', [retailer]))).toBe(
    'users_upline_follows',
  );
});
