/** An ops account is untied from the company by two persons; its sessions end, and it is not tied again by itself. */
import { createFederatedLogin } from '../../../domain/auth/federated-login';
import { createSessions, type Sessions } from '../../../domain/auth/sessions';
import { createNotifier } from '../../../domain/notifications/notifier';
import { createNotificationRules } from '../../../domain/notifications/rules';
import { createUntiedNotices } from '../../../domain/reminders/untied';
import { untieProposal } from '../../../domain/users/identity-actions';
import { execute, rows } from '../../../platform/database';
import { createStaff, type Staff } from '../../support/operations';
import { useWorld } from '../../support/use-world';

const ISSUER = 'https://id.company.example';
const here = useWorld();
let staff: Staff;
let sessions: Sessions;
beforeEach(async () => {
  staff = await createStaff(here.world);
  sessions = createSessions({ knex: here.world.first.knex, clock: here.world.clock });
});
afterEach(() => {
  staff.close();
});

const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: { code?: string }) => error.code ?? 'without a code',
  );
const signIn = (subject: string) =>
  createFederatedLogin({ knex: here.world.first.knex, clock: here.world.clock, sessions }).in(
    { issuer: ISSUER, subject, claims: { email: 'vikram@munim.example', email_verified: true } },
    { ip: '192.0.2.1' },
  );
const why = { reason: 'another at the company now', evidence: 'a letter of the company' };
const propose = (by = staff.admin) =>
  staff.operations.approvals.propose(untieProposal({ user: staff.viewer.userId, ...why }), by);

test('two persons untie it; what began there ends, and the same person there is nobody here', async () => {
  const { approvals } = staff.operations;
  expect(await code(propose())).toBe('OPS_IDENTITY_NOT_TIED');
  const there = await signIn('there-1');
  const byPassword = await sessions.open(staff.viewer.userId, '192.0.2.1');
  expect(await code(propose(staff.viewer))).not.toBe('done');
  const { id } = await propose();
  expect(await code(approvals.approve(id, staff.admin))).toBe('APPROVAL_NEEDS_ANOTHER');
  const [second] = await rows<{ id: string }>(
    here.world.knex,
    `insert into users (id, kind, name, email, role, password_hash)
     values (gen_random_uuid(), 'ops', 'Second', 'second@munim.example', 'admin', '$argon2id$x') returning id`,
  );
  await approvals.approve(id, { userId: second!.id as never, role: 'founder' });

  expect(await sessions.find(there)).toBeUndefined();
  expect(await sessions.find(byPassword)).toBeDefined();
  expect(await code(signIn('there-1'))).toBe('AUTH_LOGIN_FAILED');
  // one that was opened at the same moment is no session either
  const late = await sessions.open(staff.viewer.userId, '192.0.2.1', { issuer: ISSUER });
  expect(await sessions.find(late)).toBeUndefined();
  expect(await code(signIn('there-2'))).toBe('done');
  expect(
    await code(execute(here.world.knex, 'update ops_identities set untied_at = null, untied_by = null')),
  ).not.toBe('done');
});

test('its owner is told once', async () => {
  const { knex, ids, cipher } = here.world.first;
  await signIn('there-1');
  const { id } = await propose();
  await execute(here.world.knex, `update ops_identities set untied_at = :now, untied_by = :id`, {
    now: here.world.clock.now(),
    id,
  });
  const rules = await createNotificationRules({ knex, profile: 'production' });
  const notices = createUntiedNotices({
    knex,
    clock: here.world.clock,
    notifier: createNotifier({ clock: here.world.clock, ids, cipher, notificationRules: rules }),
  });
  await Promise.all([notices.tell(10), notices.tell(10)]);
  expect(await notices.tell(10)).toBe(0);
  rules.close();
  const told = await rows<{ kind: string; channel: string }>(
    here.world.knex,
    'select kind, channel from notifications where user_id = ?',
    [staff.viewer.userId],
  );
  expect(told).toEqual([{ kind: 'identity_untied', channel: 'email' }]);
});
