import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import type { FieldCipher } from '../../platform/encryption';
import type { UserId } from '../ids/ids';
import type { Notifier } from '../notifications/notifier';
import type { ChangeKind } from '../payees/changes';
import type { PayeeRules } from '../payees/rules';
import { tellEverywhere, whenInIndia } from '../sign-in/notices';
import { personOf } from '../sign-in/people';

/**
 * Tells people that beneficiaries came onto their list or left it. The first change is told at once, and what follows
 * within `beneficiary_rules.tell_gap_s` together: a program that changes many sends few messages.
 */
export interface PayeeNotices {
  /** Returns how many messages were due; fewer than `limit` when all were. Throws DomainError POLICY_NOT_FOUND. */
  tell(limit: number): Promise<number>;
}

interface Dependencies {
  knex: Knex;
  clock: Clock;
  cipher: FieldCipher;
  notifier: Notifier;
  payeeRules: Pick<PayeeRules, 'payees'>;
}

/** What was changed longer ago is not told any more. */
const TOLD_WITHIN_MS = 7 * 86_400_000;

export function createPayeeNotices(deps: Dependencies): PayeeNotices {
  const { knex, clock, payeeRules } = deps;
  return {
    async tell(limit) {
      const now = clock.now();
      const lately = addMs(now, -payeeRules.payees(now).tellGapS * 1_000);
      const due = await rows<DueNotice>(knex, DUE, { since: addMs(now, -TOLD_WITHIN_MS), lately, limit });
      for (const notice of due) await knex.transaction((trx) => tell(trx, deps, notice));
      return due.length;
    },
  };
}

/** Of one user all changes of a kind that wait. */
interface DueNotice {
  userId: UserId;
  kind: ChangeKind;
}

const DUE = `
  select c.user_id as "userId", c.kind from beneficiary_changes c
  where c.is_told and c.told_at is null and c.at > :since
    and not exists (select from beneficiary_changes t
      where t.user_id = c.user_id and t.kind = c.kind and t.told_at > :lately)
  group by c.user_id, c.kind order by min(c.at) limit :limit`;

/** Whoever marks them tells them: two processes at once tell each once. */
const MARK = `
  with marked as (
    update beneficiary_changes set told_at = :now
    where user_id = :userId and kind = :kind and is_told and told_at is null
    returning id, beneficiary_id, at)
  select m.at, b.hint, count(*) over ()::int4 as count
  from marked m join beneficiaries b on b.id = m.beneficiary_id order by m.at desc, m.id desc limit 1`;

async function tell(
  trx: Knex.Transaction,
  { clock, cipher, notifier }: Dependencies,
  { userId, kind }: DueNotice,
): Promise<void> {
  const now = clock.now();
  const [last] = await rows<{ at: Date; hint: string; count: number }>(trx, MARK, { now, userId, kind });
  // Whose account is closed is written to by hand.
  const person = last === undefined ? undefined : await personOf({ knex: trx, cipher }, userId);
  if (last === undefined || person === undefined) return;
  await tellEverywhere(trx, notifier, person, {
    kind: KINDS[kind],
    values: {
      count: last.count.toString(),
      when: whenInIndia(last.at),
      end: last.hint.replace('…', ''),
    },
  });
}

const KINDS = { added: 'beneficiary_added', archived: 'beneficiary_archived' } as const;
