import type { Check, CheckGroup } from '../promises/check';
import { CARRIED } from '../reconciliation/suspense';

/** Breaks of reconciliation are in the ledger what their rows say, and nothing stays at a loss that is no difference any more. */

/** The journal of a break's n-th posting, as `derivedUuid` makes it. */
const JOURNAL = `(substr(replace(b.id::text, '-', ''), 1, 12) || '8' || substr(h.digest, 1, 3)
  || to_hex(('x' || substr(h.digest, 4, 1))::bit(4)::int & 3 | 8) || substr(h.digest, 5, 15))::uuid`;
const OF_SUSPENSE = (code: string): string => `split_part(${code}, ':', 1) in ('suspense', 'unidentified')`;
const OF_LOSS = (code: string): string => `${code} like 'expense:loss:%'`;
const moved = (is: (code: string) => string): string =>
  `coalesce(sum(case when ${is('c.code')} then t.amount_paise when ${is('d.code')} then -t.amount_paise end), 0)`;

const booked: Check = {
  promise: 'P1',
  name: 'break-booked',
  what: 'what a break has in suspense and at a loss is what its own journals left there',
  over: 'recon_breaks',
  offenders: `
    select 'break ' || b.id, format('says %s paise in suspense and %s at a loss; its journals left %s and %s',
      b.suspense_paise, b.written_off_paise, m.suspense, m.loss)
    from recon_breaks b cross join lateral (
      select ${moved(OF_SUSPENSE)} as suspense, ${moved(OF_LOSS)} as loss
      from generate_series(1, b.postings) n cross join lateral (
          select encode(sha256(convert_to(b.id || '|break|' || n, 'UTF8')), 'hex') as digest) h
        join ledger_transfers t on t.journal_id = ${JOURNAL} and t.code like 'break!_%' escape '!'
        join ledger_accounts c on c.id = t.credit_account_id join ledger_accounts d on d.id = t.debit_account_id) m
    where b.suspense_paise <> m.suspense or b.written_off_paise <> m.loss`,
};

const undone: Check = {
  promise: 'P1',
  name: 'break-losses',
  what: 'no break that is resolved has a loss as a kind that carries no money',
  over: 'recon_breaks',
  offenders: `
    select 'break ' || b.id, format('is %s, and %s paise of it are at a loss', b.kind, b.written_off_paise)
    from recon_breaks b where b.state = 'resolved' and b.written_off_paise <> 0
      and b.kind not in (${[...CARRIED].map((kind) => `'${kind}'`).join(', ')})`,
};

export const RECONCILED: readonly CheckGroup[] = [{ checks: [booked] }, { checks: [undone] }];
