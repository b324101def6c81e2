import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { openCases, type NewCase } from '../cases/cases';
import type { SendGate, Stop } from '../dispatch/gate';
import { transactionId } from '../ids/ids';
import { stopForReview } from '../lifecycle/drives';
import { applyChange, lockTransactionsForUpdate, writeChanges } from '../lifecycle/moves';
import type { LookedPayee, PayeeScreening } from './payees';
import { SINGLES } from './patterns';
import { createKnownRules, type RiskRule } from './rules';

/**
 * Looks at transactions between their hold and their first send. What stops one: a rule has stopped its user, its payee or
 * its customer; the payee is like a listed name, or was not compared with the list in force, which happens here; a rule
 * about single transactions holds it. What two persons have released is not stopped again.
 */
export interface GateDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  profile: string;
  payees: PayeeScreening;
}

export function createGate(deps: GateDependencies): SendGate {
  const rules = createKnownRules(deps);
  return {
    async look(ids) {
      const looked = await rows<Held>(deps.knex, LOOK, { ids, now: deps.clock.now() });
      const payees = await deps.payees.look(looked);
      const singles = await findSingles(deps.knex, await rules(), looked);
      const stops = looked.flatMap((held): Stop[] => {
        const { id, stopRule, stopSubject } = held;
        if (payees.listed.has(payeeOf(held)))
          return [{ transactionId: id, rule: PAYEE_LISTED, subject: `transaction:${id}` }];
        if (stopRule !== null) return [{ transactionId: id, rule: stopRule, subject: stopSubject! }];
        const single = singles.get(id);
        return single === undefined ? [] : [single];
      });
      const unknown = looked.flatMap((held) => {
        const error = payees.unknown.get(payeeOf(held));
        return error === undefined ? [] : [[held.id, error] as const];
      });
      return { stops, unknown: new Map(unknown) };
    },
    stop: (stops) => deps.knex.transaction((trx) => stopAll(trx, deps, stops)),
  };
}

/** The name of the rule that a payee is like a listed name. It is no row: it is the law, and cannot be tuned. */
export const PAYEE_LISTED = 'payee_listed';

/** A held transaction of which nothing was sent and which nobody has released. */
interface Held extends LookedPayee {
  id: string;
  amountPaise: bigint;
  stopRule: string | null;
  stopSubject: string | null;
}

const payeeOf = ({ beneficiaryId, recipientId }: LookedPayee): string => beneficiaryId ?? recipientId ?? '';

const PAYEE_SUBJECT = `case when b.id is not null then 'beneficiary:' || b.id when r.id is not null
  then 'dmt_recipient:' || r.id end`;

const LOOK = `
  select t.id, t.amount_paise as "amountPaise", b.id as "beneficiaryId", r.id as "recipientId",
    case when l.id is not null and (
        select true from screenings s where s.subject = ${PAYEE_SUBJECT} and s.list_id = l.id limit 1) is null
      then coalesce(b.name_sealed, r.name_sealed) end as "unscreenedName",
    (select true from screening_hits h where h.subject = ${PAYEE_SUBJECT} and h.state <> 'cleared' limit 1) is not null
      as "isListed",
    stop.rule as "stopRule", stop.subject as "stopSubject"
  from transactions t
  left join payouts p on p.transaction_id = t.id
  left join beneficiaries b on b.id = p.beneficiary_id
  left join dmt_transfers d on d.transaction_id = t.id
  left join dmt_recipients r on r.id = d.recipient_id
  left join dmt_senders c on c.id = d.sender_id
  left join screening_lists l on l.is_current
  left join lateral (
    select s.rule, s.subject from risk_stops s
    where s.ended_at is null and s.until_at > :now and s.subject in ('user:' || t.user_id,
      'payee:' || md5(coalesce(b.fingerprint, r.fingerprint))::uuid, 'customer:' || md5(c.mobile_fingerprint)::uuid)
    limit 1) as stop on true
  where t.id = any(:ids::uuid[]) and t.state = 'held' and t.attempt_no = 0 and t.restore_id is null
    and not exists (
    select from transaction_events e where e.transaction_id = t.id and e.from_state = 'in_review'
      and e.actor = 'checker')`;

/** By rules that hold, of those large enough to be looked at: of most batches none, and then nothing is asked. */
async function findSingles(
  knex: Knex,
  rules: readonly RiskRule[],
  looked: readonly Held[],
): Promise<Map<string, Stop>> {
  const stops = new Map<string, Stop>();
  for (const { name, pattern, isOn, action, leastPaise, windowS } of rules) {
    const sql = SINGLES[pattern];
    if (!isOn || action !== 'hold' || sql === undefined) continue;
    const ids = looked.filter(({ amountPaise }) => amountPaise >= leastPaise).map(({ id }) => id);
    if (ids.length === 0) continue;
    const found = await rows<{ id: string; subject: string; measured: number }>(knex, sql, {
      ids,
      leastPaise,
      windowS,
    });
    for (const { id, subject } of found) stops.set(id, { transactionId: id, rule: name, subject });
  }
  return stops;
}

async function stopAll(
  trx: Knex.Transaction,
  { clock, ids }: GateDependencies,
  stops: readonly Stop[],
): Promise<void> {
  const locked = await lockTransactionsForUpdate(
    trx,
    stops.map((stop) => stop.transactionId),
  );
  const now = clock.now();
  const stopped = stops.flatMap((stop) => {
    const row = locked.get(stop.transactionId);
    const change = row === undefined ? undefined : stopForReview(row, stop.rule);
    return change === undefined ? [] : [{ stop, result: applyChange(row!, change) }];
  });
  await writeChanges(
    trx,
    stopped.map(({ result }) => result),
    now,
  );
  await openCases(
    trx,
    ids,
    stopped.map(({ stop }) => caseOf(stop)),
    now,
  );
}

function caseOf({ transactionId: id, rule, subject }: Stop): NewCase {
  return {
    kind: 'risk_hold',
    subject: `transaction:${id}`,
    transactionId: transactionId(id),
    summary: `stopped before it was sent, by ${rule}`,
    evidence: { rule, about: subject },
  };
}
