/** A file of new users: each line accepted or refused on its own, whatever dies and whatever runs twice. */
import { randomUUID } from 'node:crypto';
import { readUserFile } from '../../../api/schemas/user-import';
import { createAppUser, type AppUser } from '../../../domain/users/users';
import { execute, rows } from '../../../platform/database';
import { parsePublicId, systemIds } from '../../../platform/ids';
import { createWorld, type DomainProcess, type World } from '../../support/world';

let world: World;
let distributor: AppUser;
let second: DomainProcess;
beforeAll(async () => {
  world = await createWorld();
  second = await world.process();
  distributor = await world.first.knex.transaction((trx) =>
    createAppUser(trx, systemIds, { name: 'Test Distributor', type: 'distributor' }),
  );
});
afterAll(async () => {
  await world.close();
});

const HEADER = 'type,name,mobile,parent\n';
const begin = async (lines: string, key: string = randomUUID()) =>
  world.first.userImports.begin(distributor.userId, key, await readUserFile(Buffer.from(HEADER + lines)));
async function workOff(...processes: DomainProcess[]): Promise<void> {
  const more = await Promise.all(processes.map((p) => p.userImports.work()));
  if (more.some(Boolean)) await workOff(...processes);
}
const importId = (publicText: string): string => parsePublicId('userImport', publicText)!;
const get = (id: string) => world.first.userImports.get(distributor.userId, importId(id));
const lines = async (id: string) =>
  (await world.first.userImports.rows(distributor.userId, importId(id), {}, { limit: 100 })).data;
const usersOf = async (prefix: string): Promise<number> =>
  (
    await rows<{ users: number }>(world.knex, 'select count(*)::int4 as users from users where name like ?', [
      `${prefix}%`,
    ])
  )[0]!.users;

test('lines are taken in their order, may stand below one another, and are refused with line and reason', async () => {
  const { view } = await begin(
    'field_staff,Order area,9100000001,\nretailer,Order shop,9100000002,+91 91000 00001\n' +
      'retailer,Order shop,9100000002,\nretailer,Order shop,12,\nretailer,Order shop,9100000003,9199999999\n' +
      'sub_merchant,Order till,9100000004,9100000001\n',
  );
  expect(view).toMatchObject({ state: 'waiting', total: 6, accepted: 0, refused: 1 });
  await workOff(world.first);
  expect(await get(view.id)).toMatchObject({ state: 'finished', total: 6, accepted: 2, refused: 4 });
  expect((await lines(view.id)).map(({ line, state, code }) => [line, state, code])).toEqual([
    [2, 'accepted', null],
    [3, 'accepted', null],
    [4, 'refused', 'USER_CONTACT_TAKEN'],
    [5, 'refused', 'REQUEST_FIELD_INVALID'],
    [6, 'refused', 'USER_NOT_FOUND'],
    [7, 'refused', 'USER_PLACE_INVALID'],
  ]);
  const [area, shop] = await lines(view.id);
  expect(
    await world.first.users.get(distributor.userId, parsePublicId('user', shop!.user!) as never),
  ).toMatchObject({
    parent: area!.user,
    stage: 'lead',
  });
  const page = await world.first.userImports.rows(
    distributor.userId,
    importId(view.id),
    { state: 'refused' },
    { limit: 2 },
  );
  expect([page.data.map(({ line }) => line), page.nextCursor === null]).toEqual([[4, 5], false]);
});

test('what a line says is sealed while it waits, and erased after', async () => {
  const { view } = await begin('retailer,Sealed shop,9200000001,\n');
  const stored = (): Promise<{ text: string; sealed: string | null }[]> =>
    rows<{ text: string; sealed: string | null }>(
      world.knex,
      'select r::text as text, given_sealed as sealed from user_import_rows r where import_id = ?',
      [importId(view.id)],
    );
  const [waiting] = await stored();
  expect([waiting!.sealed?.startsWith('v1.'), waiting!.text.includes('9200000001')]).toEqual([true, false]);
  await workOff(world.first);
  expect((await stored())[0]!.sealed).toBeNull();
});

test('the same file under the same key is the same import, also at once; another one is refused', async () => {
  const [key, file] = [randomUUID(), 'retailer,Same shop,9300000001,\n'];
  const begun = await Promise.all(Array.from({ length: 4 }, () => begin(file, key)));
  expect(new Set(begun.map(({ view }) => view.id)).size).toBe(1);
  expect(begun.filter(({ replayed }) => !replayed)).toHaveLength(1);
  await expect(begin('retailer,Same shop,9300000002,\n', key)).rejects.toMatchObject({
    code: 'IDEMPOTENCY_KEY_REUSED',
  });
  await workOff(world.first);
  expect(await usersOf('Same shop')).toBe(1);
});

test('two processes on one import, and one that died between the user and the line: each line is one user', async () => {
  const file = Array.from(
    { length: 60 },
    (_none, i) => `retailer,Twice shop,94000000${String(i).padStart(2, '0')},\n`,
  );
  const { view } = await begin(file.join(''));
  // as after a death: the user is there, and the line knows nothing of it
  await world.first.users.register(distributor.userId, `import:${importId(view.id)}:2`, {
    type: 'retailer',
    name: 'Twice shop',
    mobile: '9400000000',
  });
  const both = workOff(world.first, second);
  await execute(
    world.knex,
    "update user_imports set claimed_until = null where id = ? and state = 'waiting'",
    [importId(view.id)],
  );
  await both;
  await workOff(world.first);
  expect(await get(view.id)).toMatchObject({ state: 'finished', accepted: 60, refused: 0 });
  expect(await usersOf('Twice shop')).toBe(60);
});

test('an import of others is not there', async () => {
  const { view } = await begin('retailer,Hidden shop,9500000001,\n');
  const stranger = await world.user(0n);
  await expect(world.first.userImports.get(stranger.userId, importId(view.id))).rejects.toMatchObject({
    code: 'IMPORT_NOT_FOUND',
  });
  await workOff(world.first);
});
