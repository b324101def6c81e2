/** The page of the rules of risk: findings are judged by a click, thresholds proposed for another person. */
import request from 'supertest';
import { openCases } from '../../../domain/cases/cases';
import { rows } from '../../../platform/database';
import { publicId, systemIds } from '../../../platform/ids';
import type { StaffRole } from '../../support/access';
import { email, PASSWORD, startConsole, type TestConsole } from '../../support/console';

let c: TestConsole;
const cookies = new Map<StaffRole, string>();
beforeAll(async () => {
  c = await startConsole();
  for (const role of ['operator', 'viewer'] as const) {
    const reply = await request(c.url)
      .post('/ops/login')
      .type('form')
      .set('Origin', c.origin)
      .send({ email: email(role), password: PASSWORD });
    cookies.set(role, String(reply.headers['set-cookie']![0]).split(';')[0]!);
  }
});
afterAll(async () => {
  await c.close();
});

const look = (role: StaffRole) => request(c.url).get('/ops/risk').set('Cookie', cookies.get(role)!);
const click = (path: string, role: StaffRole, form: object) =>
  request(c.url)
    .post(path)
    .type('form')
    .set({ Cookie: cookies.get(role)!, Origin: c.origin })
    .send(form);

async function finding(): Promise<string> {
  const subject = `velocity:user:${systemIds.uuid()}`;
  const evidence = { rule: 'velocity', measured: 9, threshold: 1 };
  await openCases(
    c.knex,
    systemIds,
    [{ kind: 'risk_alarm', subject, summary: '<b>much</b>', evidence }],
    c.clock.now(),
  );
  const [found] = await rows<{ id: string }>(c.knex, 'select id from ops_cases where subject = ?', [subject]);
  return publicId('case', found!.id);
}

test('whoever may read sees rules and findings; whoever may judge says what one is, once', async () => {
  const id = await finding();
  const shown = await look('viewer');
  expect(shown.text).toContain(id);
  expect(shown.text).toContain('&lt;b&gt;much&lt;/b&gt;');
  const at = `/ops/risk/findings/${id}`;
  expect((await click(at, 'viewer', { reason: 'market day', verdict: 'false_alarm' })).status).toBe(403);
  expect((await click(at, 'operator', { reason: '', verdict: 'false_alarm' })).status).toBe(422);
  const done = await click(at, 'operator', { reason: 'market day', verdict: 'false_alarm' });
  expect([done.status, done.text.includes('It stands in the register')]).toEqual([200, true]);
  expect(done.text).not.toContain(id);
  expect((await click(at, 'operator', { reason: 'market day', verdict: 'suspicious' })).status).toBe(409);
  expect((await click('/ops/risk/findings/cas_x', 'operator', { reason: 'why not' })).status).toBe(404);
  const register = await rows<{ verdict: string; reason: string }>(
    c.knex,
    'select verdict, reason from risk_register',
  );
  expect(register).toEqual([{ verdict: 'false_alarm', reason: 'market day' }]);
});

test('another threshold is proposed, and waits for another person', async () => {
  const at = '/ops/risk/rules/velocity';
  expect((await click(at, 'operator', { threshold: 'many', state: 'on', reason: 'quiet' })).status).toBe(422);
  expect((await click(at, 'viewer', { threshold: '300', state: 'on', reason: 'quiet' })).status).toBe(403);
  const done = await click(at, 'operator', { threshold: '300', state: 'on', reason: 'too many alarms' });
  expect([done.status, done.text.includes('It waits for another person: apr_')]).toEqual([200, true]);
  const [waits] = await rows<{ action: string; to: string }>(
    c.knex,
    `select action, changes -> 'threshold' ->> 'to' as to from approvals where state = 'proposed'`,
  );
  expect(waits).toEqual({ action: 'risk.rule', to: '300' });
});
