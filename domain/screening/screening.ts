import type { Knex } from 'knex';
import { businessDate, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { insertNew, insertOne, int2, table, text, uuid } from '../../platform/sql';
import type { ApprovalDetail, ApprovalModel } from '../approvals/approval.model';
import type { ApprovalAction, Person, Proposal } from '../approvals/approvals';
import { recordAudit } from '../audit/audit';
import { DomainError } from '../errors/errors';
import { SCREENING_ERRORS } from './errors';
import { createLikeness, type Likeness, type Screened } from './likeness';
import { readRules, type ScreeningLists } from './lists';
import { openHits } from './rows';

/**
 * Compares people with the list in force. What is alike is kept, and a person looks: one proposes whether it is the
 * listed one, another decides. Nobody's name is kept here, only the name of the list.
 */
export interface Screening {
  /** Compares with the list in force; false without one. Once for each subject and list. */
  screen(subject: string, of: Screened): Promise<boolean>;
  /** Compares, and says whether a likeness of the subject is open or was confirmed. */
  isOpen(subject: string, of: Screened): Promise<boolean>;
}

export interface ScreeningHit {
  id: string;
  subject: string;
  reference: string;
  kind: string;
  regime: string;
  listedName: string;
  quality: string;
  score: number;
  state: 'open' | 'cleared' | 'confirmed';
  foundAt: Date;
}

export function createScreening(deps: {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  lists: Pick<ScreeningLists, 'inForce' | 'names'>;
}): Screening {
  const { knex, clock, ids, lists } = deps;
  let known: { id: string; find: ReturnType<typeof createLikeness> } | undefined;
  const screen: Screening['screen'] = async (subject, of) => {
    const list = await lists.inForce();
    if (list === undefined) return false;
    if (known?.id !== list.id) {
      const names = await lists.names(list.id);
      // It was replaced between the two reads: the next round compares with the newer one.
      if (names.length !== list.names) return false;
      known = { id: list.id, find: createLikeness(names) };
    }
    const now = clock.now();
    const found = known.find(of, (await readRules(knex, now)).leastScore);
    await knex.transaction(async (trx) => {
      const rowsOfHits = found.map((hit) => ({ ...hit, id: ids.uuid(), subject, listId: list.id }));
      await insertNew(trx, HITS, rowsOfHits, {
        conflict: '(subject, reference, listed_name)',
        returning: 'id',
        shared: { found_at: now },
      });
      await insertOne(
        trx,
        'screenings',
        { subject, list_id: list.id, hits: found.length, at: now },
        'on conflict do nothing',
      );
    });
    return true;
  };
  return {
    screen,
    async isOpen(subject, of) {
      // The list may be replaced between two reads: the second look has the newer one.
      if (!(await screen(subject, of)) && !(await screen(subject, of)))
        throw new DomainError(SCREENING_ERRORS.SCREENING_MISSING);
      return (await openHits(knex, subject)) > 0;
    },
  };
}

const HITS = table<Likeness & { id: string; subject: string; listId: string }>('screening_hits', {
  id: uuid((h) => h.id),
  subject: text((h) => h.subject),
  list_id: uuid((h) => h.listId),
  reference: text((h) => h.reference),
  kind: text((h) => h.kind),
  regime: text((h) => h.regime),
  listed_name: text((h) => h.text),
  quality: text((h) => h.quality),
  score: int2((h) => h.score),
});

const COLUMNS = `id, subject, reference, kind, regime, listed_name as "listedName", quality, score, state,
  found_at as "foundAt"`;

export interface ScreeningReview {
  /** From the oldest that is open. */
  open(limit: number): Promise<ScreeningHit[]>;
  /** Throws DomainError SCREENING_HIT_NOT_FOUND. */
  proposal(given: HitVerdict): Promise<Proposal>;
  actions: Readonly<Record<string, ApprovalAction>>;
}

export interface HitVerdict {
  hitId: string;
  /** `confirmed`: it is the listed person. Then nothing of theirs is approved any more. */
  verdict: 'cleared' | 'confirmed';
  reason: string;
  evidence: string;
}

const DECISION = 'screening.decide';

export function createScreeningReview(deps: { knex: Knex; clock: Clock }): ScreeningReview {
  const { knex } = deps;
  return {
    open: (limit) =>
      rows<ScreeningHit>(
        knex,
        `select ${COLUMNS} from screening_hits where state = 'open' order by found_at, id limit :limit`,
        { limit },
      ),
    async proposal({ hitId, verdict, reason, evidence }) {
      await needHit(knex, hitId);
      const subject = `screening_hit:${hitId}`;
      return { action: DECISION, subject, detail: { hit: hitId, verdict }, reason, evidence };
    },
    actions: {
      [DECISION]: {
        async look({ detail }) {
          const hit = await needHit(knex, String(detail.hit));
          if (hit.state !== 'open') throw new DomainError(SCREENING_ERRORS.SCREENING_HIT_DECIDED);
          const { subject, reference, listedName, score } = hit;
          return { about: subject, reference, listed_name: listedName, score };
        },
        carryOut: (trx, approval, by, lock) => decide(trx, deps, { approval, by, lock }),
      },
    },
  };
}

async function decide(
  trx: Knex.Transaction,
  { clock }: { clock: Clock },
  { approval, by, lock }: { approval: ApprovalModel; by: Person; lock: () => Promise<void> },
): Promise<{ journalId: null; result: ApprovalDetail }> {
  await lock();
  const { hit: id, verdict } = approval.detail;
  const now = clock.now();
  const decided = await execute(
    trx,
    `update screening_hits set state = :verdict, decided_at = :now, approval_id = :approvalId
     where id = :id and state = 'open'`,
    { id, verdict, now, approvalId: approval.id },
  );
  if (decided === 0) throw new DomainError(SCREENING_ERRORS.SCREENING_HIT_DECIDED);
  await recordAudit(trx, {
    at: now,
    actor: by.userId,
    action: 'screening.decide',
    subject: `screening_hit:${String(id)}`,
    outcome: 'succeeded',
    detail: { verdict: String(verdict), on: businessDate(now) },
  });
  return { journalId: null, result: { hit: id!, state: verdict! } };
}

async function needHit(knex: Knex, id: string): Promise<ScreeningHit> {
  const [found] = await rows<ScreeningHit>(knex, `select ${COLUMNS} from screening_hits where id = :id`, {
    id,
  });
  if (found === undefined) throw new DomainError(SCREENING_ERRORS.SCREENING_HIT_NOT_FOUND);
  return found;
}
