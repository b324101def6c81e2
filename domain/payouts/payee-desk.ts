import type { Knex } from 'knex';
import { addMs, businessDate, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import type { Paise } from '../../platform/money';
import type { Access } from '../access/access';
import { textOf, type Person } from '../approvals/approvals';
import { recordAudit } from '../audit/audit';
import type { Whom } from '../auth/whom';
import type { Reconfirm } from '../banks/ifsc';
import type { MadeBy } from '../beneficiaries/beneficiaries';
import { listBeneficiaries, type ListedBeneficiary } from '../beneficiaries/listing';
import { DomainError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import { noteChanges } from '../payees/changes';
import { PAYEE_ERRORS } from '../payees/errors';
import { archive, lockListed } from '../payees/rows';
import type { PayeeRule } from '../payees/rules';
import type { PolicyProfile } from '../policies/policies';
import type { ValidationState } from '../validations/rows';
import { sumsPaid } from './new-payees';

/** Beneficiaries of users, for staff: nothing sealed is opened. */
export interface PayeeDesk {
  /** The newest first. */
  list(user: UserId, limit: number): Promise<ListedBeneficiary[]>;
  /** One as it stands, and what holds payouts to it. Throws DomainError BENEFICIARY_NOT_FOUND. */
  show(id: string): Promise<ShownPayee>;
  /**
   * Takes it off its user's list, as the user could; the user is told. One that is off the list stays so. Throws
   * DomainError BENEFICIARY_NOT_FOUND, REQUEST_FIELD_INVALID, OPS_ROLE_MISSING.
   */
  archive(id: string, reason: string, by: Person): Promise<void>;
}

/**
 * `archived`: no payout may name it. `new`: only so much may be paid to it yet. `listed`: its name is like one of the
 * list of sanctions, and a person has not cleared it. The others: its IFSC does not hold any more.
 */
export type HeldBy = 'archived' | 'new' | 'listed' | Reconfirm;

export interface ShownPayee extends StoredPayee {
  heldBy: readonly HeldBy[];
  /** Null: it is not new. `leftPaise` is null where there is no cap. */
  isNew: { until: Date; binds: Whom; paidPaise: Paise; leftPaise: Paise | null } | null;
}

interface StoredPayee {
  id: string;
  userId: UserId;
  kind: 'bank' | 'vpa';
  hint: string;
  ifsc: string | null;
  madeBy: MadeBy;
  createdAt: Date;
  restoredAt: Date | null;
  archivedAt: Date | null;
  reconfirm: Reconfirm | null;
  isListed: boolean;
  /** Of the question to its bank that is open, or was the last. */
  checkState: ValidationState | null;
  checkedAt: Date | null;
}

interface Dependencies {
  knex: Knex;
  clock: Clock;
  profile: PolicyProfile;
  access: Access;
}

export function createPayeeDesk(deps: Dependencies): PayeeDesk {
  return {
    list: (user, limit) => listBeneficiaries(deps.knex, user, limit),
    show: (id) => show(deps, id),
    archive: (id, reason, by) => takeOff(deps, { id, reason }, by),
  };
}

async function show({ knex, clock, profile }: Dependencies, id: string): Promise<ShownPayee> {
  const [found] = await rows<StoredPayee>(knex, STORED, { id });
  if (found === undefined) throw new DomainError(PAYEE_ERRORS.BENEFICIARY_NOT_FOUND);
  const now = clock.now();
  const isNew = await newness(knex, found, { rule: await ruleOn(knex, profile, now), now });
  return {
    ...found,
    isNew,
    heldBy: [
      ...(found.archivedAt === null ? [] : ['archived' as const]),
      ...(isNew === null ? [] : ['new' as const]),
      ...(found.isListed ? ['listed' as const] : []),
      ...(found.reconfirm === null ? [] : [found.reconfirm]),
    ],
  };
}

type Rule = Pick<PayeeRule, 'binds' | 'newForS' | 'newCapPaise' | 'tells'>;

async function newness(
  knex: Knex,
  { id, userId, createdAt, restoredAt, archivedAt }: StoredPayee,
  { rule, now }: { rule: Rule; now: Date },
): Promise<ShownPayee['isNew']> {
  const { binds, newForS, newCapPaise } = rule;
  const until = addMs(restoredAt ?? createdAt, newForS * 1_000);
  if (archivedAt !== null || binds === 'nobody' || until <= now) return null;
  const sums = await sumsPaid(knex, [{ id, userId, isRestored: restoredAt !== null, at: now, newForS }]);
  const paidPaise = sums.get(id) ?? 0n;
  const left = newCapPaise === null ? null : newCapPaise - paidPaise;
  return { until, binds, paidPaise, leftPaise: left !== null && left < 0n ? 0n : left };
}

/** Read anew: a command begins and ends, and keeps no rules. */
async function ruleOn(db: Knex | Knex.Transaction, profile: PolicyProfile, now: Date): Promise<Rule> {
  const [rule] = await rows<Rule>(
    db,
    `select binds, new_for_s as "newForS", new_cap_paise as "newCapPaise", tells from beneficiary_rules
     where profile = :profile and in_force_from <= :today::date order by in_force_from desc limit 1`,
    { profile, today: businessDate(now) },
  );
  if (rule === undefined)
    throw new DomainError('POLICY_NOT_FOUND', { detail: 'no rule for new beneficiaries' });
  return rule;
}

const STORED = `
  select b.id, b.user_id as "userId", b.kind, b.hint, b.ifsc, b.made_by as "madeBy", b.created_at as "createdAt",
    b.restored_at as "restoredAt", b.archived_at as "archivedAt", b.reconfirm,
    exists (select from screening_hits h where h.subject = 'beneficiary:' || b.id and h.state <> 'cleared') as "isListed",
    v.state as "checkState", coalesce(v.ended_at, v.begun_at) as "checkedAt"
  from beneficiaries b left join lateral (
    select * from account_validations a where a.beneficiary_id = b.id
    order by a.ended_at is null desc, a.begun_at desc, a.id desc limit 1) v on true
  where b.id = :id`;

async function takeOff(
  { knex, clock, profile, access }: Dependencies,
  { id, reason }: { id: string; reason: string },
  by: Person,
): Promise<void> {
  await access.require(by, 'beneficiaries.archive');
  const why = textOf('reason', reason);
  await knex.transaction(async (trx) => {
    const [owner] = await rows<{ userId: UserId }>(
      trx,
      'select user_id as "userId" from beneficiaries where id = ?',
      [id],
    );
    if (owner === undefined) throw new DomainError(PAYEE_ERRORS.BENEFICIARY_NOT_FOUND);
    if (!(await lockListed(trx, owner.userId, id))) return;
    const at = clock.now();
    const { tells } = await ruleOn(trx, profile, at);
    await archive(trx, id, at);
    await noteChanges(trx, [{ beneficiaryId: id, at }], { kind: 'archived', isTold: tells !== 'nobody' });
    await recordAudit(trx, {
      at,
      actor: by.userId,
      action: 'beneficiary.archive',
      subject: `beneficiary:${id}`,
      outcome: 'succeeded',
      detail: { by: 'staff', reason: why },
    });
  });
}
