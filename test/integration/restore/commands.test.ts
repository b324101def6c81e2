/** `munim restore …`: who may use it, and what it tells. */
import { createOperations, type Operations } from '../../../composition/operations';
import { userId } from '../../../domain/ids/ids';
import { publicId, systemIds } from '../../../platform/ids';
import { RESTORE } from '../../../scripts/munim/restore';
import { perform, type Given, type Told } from '../../../scripts/munim/command';
import { runJob } from '../../support/driver';
import { useWorld } from '../../support/use-world';

const here = useWorld();
let operations: Operations;
beforeEach(async () => {
  const { knex, clock } = here.world;
  operations = await createOperations({
    knex,
    clock,
    ids: systemIds,
    profile: 'production',
    sessionMs: 60_000,
  });
});
afterEach(() => {
  operations.close();
});

const operator = { userId: userId(systemIds.uuid()), role: 'operator' } as const;
const viewer = { ...operator, role: 'viewer' } as const;
function run(
  verb: string,
  given: Given = {},
  { argument = '', by = operator }: { argument?: string; by?: typeof operator | typeof viewer } = {},
): Promise<Told> {
  const command = RESTORE.find(({ name }) => name === `restore ${verb}`)!;
  const environment = { databaseUrl: '', profile: 'production', keyMode: 'test' } as const;
  const { clock } = here.world;
  return perform(command, {
    ...{ operations, environment, clock, given, argument, by },
    proved: () => Promise.resolve(),
  });
}

it('begins, tells what is to be asked, clears one and ends', async () => {
  const { world } = here;
  const id = await world.accept(here.user);
  await runJob(world.first, 'hold', [id]);
  const given = { point: world.clock.now().toISOString(), reason: 'drill' };
  await expect(run('begin', given, { by: viewer })).rejects.toMatchObject({ code: 'OPS_ROLE_MISSING' });
  expect(await run('begin', given)).toEqual({ to_ask: 1 });
  expect(await run('status', {}, { by: viewer })).toMatchObject({ open: true, to_ask: 1, reason: 'drill' });
  await expect(run('finish')).rejects.toMatchObject({ code: 'RESTORE_UNANSWERED' });
  const argument = publicId('transaction', id);
  expect(await run('clear', { reason: 'their report has nothing' }, { argument })).toMatchObject({
    cleared: true,
  });
  await expect(run('clear', { reason: 'again' }, { argument })).rejects.toMatchObject({
    code: 'RESTORE_NOTHING_TO_CLEAR',
  });
  expect(await run('finish')).toEqual({ open: false });
  expect(await run('none', { reason: 'moved' })).toEqual({ noted: true });
  expect(await run('status')).toEqual({ open: false });
});

it('a point that is no time, or lies ahead, begins nothing', async () => {
  await expect(run('begin', { point: 'yesterday', reason: 'drill' })).rejects.toThrow('--point wants a time');
  const point = new Date(here.world.clock.now().getTime() + 60_000).toISOString();
  await expect(run('begin', { point, reason: 'drill' })).rejects.toMatchObject({
    code: 'RESTORE_POINT_INVALID',
  });
});
