import type { Knex } from 'knex';
import { addMs } from '../../platform/clock';
import { rows } from '../../platform/database';
import type { UserId } from '../ids/ids';
import type { ChangeKind } from '../payees/changes';
import type { PayeeRules } from '../payees/rules';
import { whenInIndia } from '../sign-in/notices';
import { tellEach, TOLD_WITHIN_MS, type Message, type TellDependencies } from './tell-each';

/**
 * Tells people that beneficiaries came onto their list or left it. The first change is told at once, and what follows
 * within `beneficiary_rules.tell_gap_s` together: a program that changes many sends few messages.
 */
export interface PayeeNotices {
  /** Returns how many messages were due; fewer than `limit` when all were. Throws DomainError POLICY_NOT_FOUND. */
  tell(limit: number): Promise<number>;
}

interface Dependencies extends TellDependencies {
  payeeRules: Pick<PayeeRules, 'payees'>;
}

export function createPayeeNotices(deps: Dependencies): PayeeNotices {
  const { knex, clock, payeeRules } = deps;
  return {
    async tell(limit) {
      const now = clock.now();
      const lately = addMs(now, -payeeRules.payees(now).tellGapS * 1_000);
      const due = await rows<DueNotice>(knex, DUE, { since: sinceOf(now), lately, limit });
      return tellEach(deps, due, (trx, notice) => claim(trx, clock.now(), notice));
    },
  };
}

const sinceOf = (now: Date): Date => addMs(now, -TOLD_WITHIN_MS);

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

const MARK = `
  with marked as (
    update beneficiary_changes set told_at = :now
    where user_id = :userId and kind = :kind and is_told and told_at is null and at > :since
    returning id, beneficiary_id, at)
  select m.at, b.hint, count(*) over ()::int4 as count
  from marked m join beneficiaries b on b.id = m.beneficiary_id order by m.at desc, m.id desc limit 1`;

async function claim(
  trx: Knex.Transaction,
  now: Date,
  { userId, kind }: DueNotice,
): Promise<Message | undefined> {
  const of = { now, since: sinceOf(now), userId, kind };
  const [last] = await rows<{ at: Date; hint: string; count: number }>(trx, MARK, of);
  if (last === undefined) return undefined;
  return {
    kind: KINDS[kind],
    values: {
      count: last.count.toString(),
      when: whenInIndia(last.at),
      end: last.hint.replace('…', ''),
    },
  };
}

const KINDS = { added: 'beneficiary_added', archived: 'beneficiary_archived' } as const;
