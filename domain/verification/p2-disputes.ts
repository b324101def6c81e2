import type { Check, CheckGroup } from '../promises/check';

/** What networks claim back is held while it is open, and taken once, by the ledger, when it is lost. */

const SIDE = (side: string, kind: string): string =>
  `case when ${side}.code like '${kind}:%' then x.amount_paise else 0 end`;
const MOVED = (kind: string): string => `sum(${SIDE('d', kind)} - ${SIDE('c', kind)})`;

const ended: Check = {
  promise: 'P1',
  name: 'dispute-ended',
  what: 'a dispute that was lost, or given back, has moved its amount so, once; nothing else has',
  over: 'dispute_endings',
  offenders: `
    select coalesce('dispute ' || e.dispute_id, 'journal ' || t.journal_id), case
        when e.dispute_id is null then format('moved %s paise, and no dispute ended so', t.taken + t.owed)
        else format('is %s with %s paise of wallets and %s owed; its journal says %s and %s', e.outcome, e.taken_paise,
          e.owed_paise, coalesce(t.taken, 0), coalesce(t.owed, 0)) end
    from dispute_endings e full join (
      select x.journal_id, ${MOVED('wallet')} as taken, ${MOVED('receivable:user')} as owed
      from ledger_transfers x join ledger_accounts d on d.id = x.debit_account_id
        join ledger_accounts c on c.id = x.credit_account_id
      where x.code in ('dispute_lost', 'dispute_owed', 'dispute_lost_back', 'dispute_owed_back')
      group by x.journal_id) t on t.journal_id = e.journal_id
    where case when e.dispute_id is null then true
      else coalesce(t.taken, 0) <> case e.outcome when 'given_back' then -e.taken_paise else e.taken_paise end
        or coalesce(t.owed, 0) <> case e.outcome when 'given_back' then -e.owed_paise else e.owed_paise end end`,
};

const held: Check = {
  promise: 'P2',
  name: 'dispute-held',
  what: 'what is claimed is under liens while the dispute is open, and no longer',
  over: 'disputes',
  offenders: `
    select 'dispute ' || d.id, format('is %s, of %s paise, and holds %s', d.state, d.amount_paise, coalesce(l.paise, 0))
    from disputes d left join (select dispute_id, sum(amount_paise) as paise from wallet_liens
      where released_at is null and dispute_id is not null group by dispute_id) l on l.dispute_id = d.id
    where coalesce(l.paise, 0) <> case d.state when 'open' then d.amount_paise else 0 end`,
};

const claims: Check = {
  promise: 'P4',
  name: 'dispute-claims',
  what: 'claims on a transaction come to its amount at most, and what was lost did not come back otherwise',
  over: 'disputes',
  offenders: `
    select 'transaction ' || t.id, format('is %s of %s paise; open or lost are %s, lost %s', t.state, t.amount_paise,
      c.claimed, c.lost)
    from (select transaction_id, coalesce(sum(amount_paise) filter (where state <> 'won'), 0) as claimed,
        coalesce(sum(amount_paise) filter (where state = 'lost'), 0) as lost from disputes group by transaction_id) c
      join transactions t on t.id = c.transaction_id
    where c.claimed > t.amount_paise or (c.lost > 0 and t.state <> 'succeeded')`,
};

export const DISPUTES: readonly CheckGroup[] = [ended, held, claims].map((check) => ({ checks: [check] }));
