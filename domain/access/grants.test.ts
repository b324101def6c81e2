import { answeringKnex } from '../../test/support/answering-knex';
import { createKeptGrants } from './grants';

/** Answers with the role that stands in `role` when it is asked. */
function database() {
  const state = { role: 'retailer', asked: 0, fails: false };
  const knex = answeringKnex(() => {
    state.asked += 1;
    if (state.fails) throw new Error('the database is away');
    return [{ role: state.role, permission: 'users.read', reach: 'own' }];
  });
  return { state, knex };
}

function kept() {
  const { state, knex } = database();
  const clock = { ms: 0 };
  const errors: unknown[] = [];
  const reader = createKeptGrants({ knex, nowMs: () => clock.ms, onError: (error) => errors.push(error) });
  const roles = async (): Promise<string[]> => [...(await reader.grants()).keys()];
  return { state, clock, errors, reader, roles };
}
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('many at once share one question, and a steady stream never waits', async () => {
  const { state, clock, reader, roles } = kept();
  await Promise.all([roles(), roles(), roles()]);
  expect(state.asked).toBe(1);
  clock.ms = 999;
  expect(reader.grants()).toBeInstanceOf(Map);
  state.role = 'distributor';
  clock.ms = 1_000;
  expect(reader.grants()).toBeInstanceOf(Map); // answered at once, and read anew beside it
  await settled();
  expect(await roles()).toEqual(['distributor']);
  expect(state.asked).toBe(2);
});

test('after a silence nobody is judged by old rows', async () => {
  const { state, clock, roles } = kept();
  await roles();
  state.role = 'nobody';
  clock.ms = 2_000;
  expect(await roles()).toEqual(['nobody']);
});

test('while the database is away the rows of a moment ago count, and older ones do not', async () => {
  const { state, clock, errors, roles } = kept();
  await roles();
  state.fails = true;
  clock.ms = 1_500;
  expect(await roles()).toEqual(['retailer']);
  await settled();
  expect(errors).toHaveLength(1);
  clock.ms = 2_000;
  await expect(roles()).rejects.toThrow('the database is away');
});
