import type { Knex } from 'knex';
import { businessDate, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { insertOne } from '../../platform/sql';
import { recordAudit } from '../audit/audit';
import { DomainError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import type { Sessions } from './sessions';
import { UserModel } from './user.model';

/**
 * Staff who were signed in by the OpenID provider of their company. The account must be there: admins make and
 * confirm accounts, and a provider makes none. At the first sign-in who they are there is tied to the account of
 * their verified e-mail address, until two persons untie it. Where rules of roles are in force, one must fit, and gives the role; an
 * account that nobody made (the first two admins) keeps its own.
 */
export interface FederatedLogin {
  /** Opens a session and returns its token. Throws DomainError AUTH_LOGIN_FAILED. */
  in(person: FederatedPerson, of: { ip: string; previousToken?: string | undefined }): Promise<string>;
}

export interface FederatedPerson {
  issuer: string;
  subject: string;
  claims: Readonly<Record<string, unknown>>;
  /** Its session there, where the provider names it. */
  session?: string | undefined;
}

interface Dependencies {
  knex: Knex;
  clock: Clock;
  sessions: Sessions;
}

export function createFederatedLogin(deps: Dependencies): FederatedLogin {
  const { knex, clock, sessions } = deps;
  const audit = (
    db: Knex | Knex.Transaction,
    { user, ip, reason }: { user: UserId | undefined; ip: string; reason: string },
    outcome: 'succeeded' | 'refused',
  ): Promise<void> =>
    recordAudit(db, {
      at: clock.now(),
      actor: outcome === 'succeeded' && user !== undefined ? user : 'anonymous',
      actorIp: ip,
      action: 'ops.login',
      subject: `user:${user ?? 'unknown'}`,
      outcome,
      detail: { reason },
    });
  return {
    async in(person, { ip, previousToken }) {
      const found = await accountOf(deps, person);
      const refuse = async (reason: string): Promise<never> => {
        await audit(knex, { user: found?.id, ip, reason }, 'refused');
        throw new DomainError('AUTH_LOGIN_FAILED', {
          detail: 'your company knows you, and there is no account for you here that may sign in',
        });
      };
      if (found === undefined) return refuse('oidc_unknown');
      if (found.status !== 'active') return refuse('oidc_disabled');
      const rules = await rulesOn(deps);
      const role = rules.find((rule) => fits(rule, person.claims))?.role;
      if (rules.length > 0 && role === undefined) return refuse('oidc_no_role');
      await knex.transaction(async (trx) => {
        await insertOne(
          trx,
          'ops_identities',
          { issuer: person.issuer, subject: person.subject, user_id: found.id, tied_at: clock.now() },
          'on conflict do nothing',
        );
        if (!(await isTied(trx, person, found.id))) throw new DomainError('AUTH_LOGIN_FAILED');
        if (role !== undefined && role !== found.role && isRoleGiven(found, role)) {
          await UserModel.query(trx).findById(found.id).patch({ role });
          await recordAudit(trx, {
            at: clock.now(),
            actor: found.id,
            actorIp: ip,
            action: 'ops.role',
            subject: `user:${found.id}`,
            outcome: 'succeeded',
            detail: { role, reason: 'oidc' },
          });
        }
        await audit(trx, { user: found.id, ip, reason: 'oidc' }, 'succeeded');
      });
      if (previousToken !== undefined) await sessions.end(previousToken);
      return sessions.open(found.id, ip, { issuer: person.issuer, oidcSession: person.session });
    },
  };
}

/** An admin whom nobody made is a founder (`role_of`): no rule makes one, or takes it away. */
function isRoleGiven({ madeBy, role: present }: Account, role: string): boolean {
  return madeBy !== null || (present !== 'admin' && role !== 'admin');
}

interface Account {
  id: UserId;
  status: string;
  role: string;
  madeBy: UserId | null;
}

/**
 * The account that is tied to the person, or that of their verified address while that is tied to nobody. Who was
 * untied has none.
 */
async function accountOf(
  { knex }: Dependencies,
  { issuer, subject, claims }: FederatedPerson,
): Promise<Account | undefined> {
  const email =
    typeof claims.email === 'string' && claims.email_verified === true
      ? claims.email.normalize('NFC').trim().toLowerCase()
      : '';
  const [found] = await rows<Account>(
    knex,
    `select u.id, u.status, u.role, u.made_by as "madeBy" from users u
     left join ops_identities i on i.user_id = u.id and i.issuer = :issuer and i.untied_at is null
     where u.kind = 'ops' and (i.subject = :subject or (i.subject is null and u.email = :email and not exists
       (select from ops_identities t where t.issuer = :issuer and t.subject = :subject)))`,
    { issuer, subject, email },
  );
  return found;
}

/** Of two who are tied to one account at once, one is. */
async function isTied(
  trx: Knex.Transaction,
  { issuer, subject }: FederatedPerson,
  user: UserId,
): Promise<boolean> {
  const [tied] = await rows<{ id: string }>(
    trx,
    `select user_id as id from ops_identities
     where issuer = :issuer and subject = :subject and user_id = :user and untied_at is null`,
    { issuer, subject, user },
  );
  return tied !== undefined;
}

interface Rule {
  claim: string;
  value: string;
  role: string;
}

/** The rules in force, in the order in which they are looked at. */
function rulesOn({ knex, clock }: Dependencies): Promise<Rule[]> {
  return rows<Rule>(
    knex,
    `select claim, value, role from (
       select distinct on (claim, value) claim, value, role, rank from oidc_role_rules
       where in_force_from <= :today::date order by claim, value, in_force_from desc) as r
     where role is not null order by rank, claim, value`,
    { today: businessDate(clock.now()) },
  );
}

function fits({ claim, value }: Rule, claims: Readonly<Record<string, unknown>>): boolean {
  const has = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  return Array.isArray(has) ? has.includes(value) : has === value;
}
