import type { Knex } from 'knex';
import { businessDate, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { formatRupees, type Paise } from '../../platform/money';
import type { NewCase } from '../cases/cases';
import type { TransactionId, UserId } from '../ids/ids';
import { SINGLES } from './patterns';
import { alarmSubject, createKnownRules, type RiskRule } from './rules';

/**
 * Looks at what is sent while its customer waits, before it is sent. It cannot be held until a person has looked, since
 * the customer would be gone: what a rule stops is refused, and a person looks before the next try.
 */
export interface RiskDoor {
  /** Reads the rules first, so that a database transaction waits for no second connection. */
  open(): Promise<LookAtDoor>;
}

/** What stops it, as the case that a person gets; undefined where nothing does. Its row is written already. */
export type LookAtDoor = (trx: Knex.Transaction, asked: AtDoor) => Promise<NewCase | undefined>;

export interface AtDoor {
  id: TransactionId;
  userId: UserId;
  /** The keyed digest by which rules know the customer. */
  customer: Buffer;
  amountPaise: Paise;
}

export function createRiskDoor(deps: { knex: Knex; clock: Clock; profile: string }): RiskDoor {
  const rules = createKnownRules(deps);
  return {
    async open() {
      const inForce = await rules();
      return async (trx, asked) => {
        const now = deps.clock.now();
        const found = (await stopOf(trx, asked, now)) ?? (await singleOf(trx, asked, { inForce, now }));
        return found && caseOf(found, asked, now);
      };
    },
  };
}

interface Found {
  rule: string;
  /** `user:<uuid>`, `customer:<uuid>` */
  subject: string;
}

/** What a rule has stopped, of the user or of the customer. */
async function stopOf(
  trx: Knex.Transaction,
  { userId, customer }: AtDoor,
  now: Date,
): Promise<Found | undefined> {
  const [stop] = await rows<Found>(
    trx,
    `select rule, subject from risk_stops
     where ended_at is null and until_at > :now
       and subject in ('user:' || :userId::text, 'customer:' || md5(:customer::bytea)::uuid)
     limit 1`,
    { userId, customer, now },
  );
  return stop;
}

/**
 * Rules about single transactions that hold, of one that is large enough. Who was called a false alarm goes through for
 * as long as the rule stops others.
 */
async function singleOf(
  trx: Knex.Transaction,
  { id, amountPaise }: AtDoor,
  { inForce, now }: { inForce: readonly RiskRule[]; now: Date },
): Promise<Found | undefined> {
  for (const { name, pattern, isOn, action, leastPaise, windowS, stopS } of inForce) {
    const sql = SINGLES[pattern];
    if (!isOn || action !== 'hold' || sql === undefined || amountPaise < leastPaise) continue;
    const [found] = await rows<{ id: string; subject: string; measured: number }>(trx, sql, {
      ids: [id],
      leastPaise,
      windowS,
    });
    if (found === undefined) continue;
    const stop = { rule: name, subject: found.subject };
    if (!(await isCleared(trx, stop, { now, stopS: stopS ?? 0 }))) return stop;
  }
  return undefined;
}

async function isCleared(
  trx: Knex.Transaction,
  { rule, subject }: Found,
  { now, stopS }: { now: Date; stopS: number },
): Promise<boolean> {
  const [last] = await rows<{ verdict: string }>(
    trx,
    `select verdict from risk_register
     where decided_at > :now::timestamptz - :stopS * interval '1 second' and rule = :rule and subject = :subject
     order by decided_at desc limit 1`,
    { rule, subject: alarmSubject(rule, subject), now, stopS },
  );
  return last?.verdict === 'false_alarm';
}

/** The alarm of the rule about the same subject: one case, whether the loop or the door comes first. */
function caseOf({ rule, subject }: Found, { amountPaise }: AtDoor, now: Date): NewCase {
  return {
    kind: 'risk_alarm',
    subject: alarmSubject(rule, subject),
    summary: `${rule}: a withdrawal of ${formatRupees(amountPaise)} was refused, and nothing was debited`,
    situation: `${rule} ${businessDate(now)}`,
    evidence: { rule, refused: 'aeps', amount_paise: amountPaise.toString() },
  };
}
