import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { LEDGER_HEAD, readHeads, signatureProblem, type SignedHead } from '../audit/heads';
import { MAX_OFFENDERS, type Finding, type Offender } from '../promises/check';

/** A1: the signed heads of the audit chain, those of the database and those that were kept outside it. */
export const SIGNED = {
  promise: 'A1',
  name: 'audit-signatures',
  what: 'its heads bear good signatures',
} as const;
export const LEDGER_SIGNED = {
  promise: 'A2',
  name: 'ledger-signatures',
  what: 'the heads of its seal bear good signatures',
} as const;
const KEPT = {
  promise: 'A1',
  name: 'audit-kept-heads',
  what: 'it holds what the heads say that were kept outside the database',
} as const;

export interface AuditInput {
  /** Public keys that are known from elsewhere than the database, by id. */
  auditKeys?: ReadonlyMap<string, Buffer>;
  /** Heads from a file. */
  keptHeads?: readonly SignedHead[];
}

/** The signature of each head; and, where heads were kept outside, each of them against the chain. */
export async function findHeads(db: Knex | Knex.Transaction, input: AuditInput): Promise<Finding[]> {
  const heads = await readHeads(db);
  const ours = input.auditKeys ?? new Map<string, Buffer>();
  const strange = new Set(ours.size === 0 ? [] : ofStrangeKeys(heads, ours));
  const offenders = heads.flatMap((head) =>
    named(
      head,
      strange.has(head) ? `bears the key ${head.keyId}, which is none of ours` : signatureProblem(head, ours),
    ),
  );
  const findings = [finding(SIGNED, heads.length, offenders), await findLedgerHeads(db, ours)];
  if (input.keptHeads !== undefined) findings.push(await findKept(db, input.keptHeads));
  return findings;
}

async function findLedgerHeads(
  db: Knex | Knex.Transaction,
  ours: ReadonlyMap<string, Buffer>,
): Promise<Finding> {
  const heads = await readHeads(db, LEDGER_HEAD);
  const strange = new Set(ours.size === 0 ? [] : ofStrangeKeys(heads, ours));
  const offenders = heads.flatMap((head) => {
    const problem = strange.has(head)
      ? `bears the key ${head.keyId}, which is none of ours`
      : signatureProblem(head, ours, LEDGER_HEAD);
    return problem === undefined ? [] : [{ id: `ledger head ${head.day}`, detail: problem }];
  });
  return finding(LEDGER_SIGNED, heads.length, offenders);
}

/**
 * Heads of keys that are none of ours. Keys that were replaced signed the first heads and may be gone from the settings;
 * after a head of one of ours, and as the newest, there can be none of another.
 */
function ofStrangeKeys(heads: readonly SignedHead[], ours: ReadonlyMap<string, Buffer>): SignedHead[] {
  const first = heads.findIndex(({ keyId }) => ours.has(keyId));
  const since = first === -1 ? heads.length - 1 : first;
  return heads.filter(({ keyId }, i) => i >= since && !ours.has(keyId));
}

async function findKept(db: Knex | Knex.Transaction, kept: readonly SignedHead[]): Promise<Finding> {
  const links = await rows<{ seq: bigint; hash: Buffer }>(
    db,
    'select seq, hash from audit_links where seq = any(?::int8[])',
    [kept.map(({ seq }) => seq)],
  );
  const [last] = await rows<{ seq: bigint | null }>(db, 'select max(seq) as seq from audit_links');
  const hashes = new Map(links.map(({ seq, hash }) => [seq, hash]));
  const offenders = kept.flatMap((head) =>
    named(head, signatureProblem(head) ?? chainProblem(head, hashes.get(head.seq), last?.seq ?? 0n)),
  );
  return finding(KEPT, kept.length, offenders);
}

function chainProblem(
  { seq, hash }: SignedHead,
  found: Buffer | undefined,
  last: bigint,
): string | undefined {
  if (found?.equals(hash) === true) return undefined;
  if (found !== undefined)
    return `link ${seq} is not the one that was signed: the rows up to it were rewritten`;
  return seq > last
    ? `was signed over ${seq} links, and the chain ends at ${last}: rows were removed at its end`
    : `its link ${seq} is gone`;
}

function named({ day }: SignedHead, problem: string | undefined): Offender[] {
  return problem === undefined ? [] : [{ id: `audit head ${day}`, detail: problem }];
}

function finding(
  named_: Pick<Finding, 'promise' | 'name' | 'what'>,
  rowsChecked: number,
  all: Offender[],
): Finding {
  return {
    ...named_,
    result: { rowsChecked, violations: all.length, offenders: all.slice(0, MAX_OFFENDERS) },
  };
}
