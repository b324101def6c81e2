/** The two clicks of the maker-checker in the console. */
import request from 'supertest';
import { createOperations } from '../../../composition/operations';
import type { ApprovalModel } from '../../../domain/approvals/approval.model';
import { staffRoleProposal } from '../../../domain/users/role-actions';
import { userId, type UserId } from '../../../domain/ids/ids';
import { rows } from '../../../platform/database';
import { publicId, systemIds } from '../../../platform/ids';
import type { StaffRole } from '../../support/access';
import { email, PASSWORD, startConsole, type TestConsole } from '../../support/console';

let c: TestConsole;
let operations: Awaited<ReturnType<typeof createOperations>>;
const cookies = new Map<StaffRole, string>();
beforeAll(async () => {
  c = await startConsole();
  operations = await createOperations({
    knex: c.knex,
    clock: c.clock,
    ids: systemIds,
    profile: 'production',
    sessionMs: 900_000,
  });
  for (const role of ['founder', 'admin', 'support'] as const) {
    const reply = await request(c.url)
      .post('/ops/login')
      .type('form')
      .set('Origin', c.origin)
      .send({ email: email(role), password: PASSWORD });
    cookies.set(role, String(reply.headers['set-cookie']![0]).split(';')[0]!);
  }
});
afterAll(async () => {
  operations.close();
  await c.close();
});

async function idOf(role: StaffRole): Promise<UserId> {
  const [found] = await rows<{ id: string }>(c.knex, 'select id from users where email = ?', [email(role)]);
  return userId(found!.id);
}
const propose = async (role: string): Promise<ApprovalModel> =>
  operations.approvals.propose(
    staffRoleProposal({
      user: await idOf('support'),
      role,
      reason: 'moves to <b>another</b> desk',
      evidence: 'asked in writing',
    }),
    { userId: await idOf('founder'), role: 'founder' },
  );
const at = ({ id }: ApprovalModel): string => `/ops/approvals/${publicId('approval', id)}`;
const look = (path: string, role: StaffRole) => request(c.url).get(path).set('Cookie', cookies.get(role)!);
const click = (path: string, role: StaffRole, form: object = {}) =>
  request(c.url)
    .post(path)
    .type('form')
    .set({ Cookie: cookies.get(role)!, Origin: c.origin })
    .send(form);

test('a proposal is shown with what it changes, and one click of another person does it', async () => {
  const one = await propose('finance');
  expect((await look('/ops/approvals', 'admin')).text).toContain(at(one));
  const shown = await look(at(one), 'admin');
  expect(shown.text).toMatch(/support[^]*finance/);
  expect(shown.text).toContain('moves to &lt;b&gt;another&lt;/b&gt; desk');
  const own = await look(at(one), 'founder');
  expect([own.text.includes('/withdrawal'), own.text.includes('/approval"')]).toEqual([true, false]);
  expect((await click(`${at(one)}/approval`, 'founder')).text).toContain('Another person');
  expect((await click(`${at(one)}/approval`, 'support')).status).toBe(403);
  const done = await click(`${at(one)}/approval`, 'admin');
  expect([done.status, done.text.includes('It is done')]).toEqual([200, true]);
  const again = await click(`${at(one)}/approval`, 'admin');
  expect([again.status, again.text.includes('decided already')]).toEqual([409, true]);
  expect((await look('/ops/approvals', 'admin')).text).not.toContain(at(one));
});

test('it is refused with a reason, or taken back by its maker', async () => {
  const refused = await propose('ops');
  expect((await click(`${at(refused)}/refusal`, 'admin')).status).toBe(422);
  expect((await click(`${at(refused)}/refusal`, 'admin', { note: 'not this year' })).text).toContain(
    'It is refused',
  );
  const back = await propose('ops');
  expect((await click(`${at(back)}/withdrawal`, 'admin')).status).toBe(403);
  expect((await click(`${at(back)}/withdrawal`, 'founder')).text).toContain('It is taken back');
  expect((await operations.approvals.get(back.id)).state).toBe('withdrawn');
});

test('a form of another site does nothing', async () => {
  const one = await propose('ops');
  const reply = await click(`${at(one)}/approval`, 'admin').set('Origin', 'https://evil.example');
  expect(reply.status).toBe(403);
  expect((await operations.approvals.get(one.id)).state).toBe('proposed');
  await operations.approvals.withdraw(one.id, { userId: await idOf('founder'), role: 'founder' });
});
