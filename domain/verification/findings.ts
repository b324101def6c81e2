import type { Knex } from 'knex';
import { execute, rows } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { insertNew, int4, table, text, timestamptz } from '../../platform/sql';
import { closeCases, openCases, type NewCase } from '../cases/cases';
import { transactionId } from '../ids/ids';
import type { PromiseCode } from '../promises/check';
import { NAMED } from './groups';
import type { SliceOffender } from './slices';

/**
 * What the verifier has found and not yet seen to hold again. Each is a row, and has one case; beyond a number that
 * people can look at, they are only counted.
 */
interface Finding {
  check: string;
  subject: string;
  detail: string;
  passNo: number;
  foundAt: Date;
}

const FINDINGS = table<Finding>('verifier_findings', {
  check_name: text((f) => f.check),
  subject: text((f) => f.subject),
  detail: text((f) => f.detail),
  found_at: timestamptz((f) => f.foundAt),
  pass_no: int4((f) => f.passNo),
});

/** The most findings, and so cases, at a time. */
export const MOST_FINDINGS = 200;
const LONGEST_DETAIL = 300;

export async function keepFindings(
  trx: Knex.Transaction,
  { ids }: { ids: Ids },
  { passNo, found, now }: { passNo: number; found: readonly SliceOffender[]; now: Date },
): Promise<void> {
  if (found.length === 0) return;
  const seen = found.map(({ check, id, detail }) => ({
    check,
    subject: id,
    detail: detail.slice(0, LONGEST_DETAIL),
    passNo,
    foundAt: now,
  }));
  const known = await rows<{ check: string; subject: string }>(trx, SEE, {
    passNo,
    checks: seen.map(({ check }) => check),
    subjects: seen.map(({ subject }) => subject),
  });
  await keepUnnamed(trx, passNo, found);
  const [{ count }] = (await rows<{ count: number }>(
    trx,
    'select count(*)::int as count from verifier_findings',
  )) as [{ count: number }];
  const isKnown = new Set(known.map(keyOf));
  const fresh = seen.filter((f) => !isKnown.has(keyOf(f))).slice(0, Math.max(0, MOST_FINDINGS - count));
  await insertNew(trx, FINDINGS, fresh, { conflict: '(check_name, subject)', returning: 'subject' });
  const kept = seen.filter((f) => isKnown.has(keyOf(f)) || fresh.includes(f));
  await openCases(trx, ids, kept.map(caseOf), now);
}

/** A check that found more than it names says nothing of those it did not name: they stay. */
async function keepUnnamed(
  trx: Knex.Transaction,
  passNo: number,
  found: readonly SliceOffender[],
): Promise<void> {
  const numberOf = (check: string): number => found.filter((one) => one.check === check).length;
  const checks = found.filter(({ check, total }) => numberOf(check) < total).map(({ check }) => check);
  if (checks.length === 0) return;
  await execute(trx, 'update verifier_findings set pass_no = ? where check_name = any(?::text[])', [
    passNo,
    checks,
  ]);
}

/** Closes the cases of what a whole pass has not met again. */
export async function closeUnseen(
  trx: Knex.Transaction,
  { passNo, now }: { passNo: number; now: Date },
): Promise<void> {
  const over = await rows<{ check: string; subject: string }>(
    trx,
    'delete from verifier_findings where pass_no < ? returning check_name as "check", subject',
    [passNo],
  );
  await closeCases(trx, over.map(matterOf), { by: 'verifier', note: 'the check holds again', at: now });
}

const SEE = `
  update verifier_findings f set pass_no = :passNo
  from unnest(:checks::text[], :subjects::text[]) as n(check_name, subject)
  where f.check_name = n.check_name and f.subject = n.subject
  returning f.check_name as "check", f.subject`;

const keyOf = ({ check, subject }: { check: string; subject: string }): string => `${check}\n${subject}`;

/** Which case a finding has. */
function matterOf({ check, subject }: { check: string; subject: string }): Pick<NewCase, 'kind' | 'subject'> {
  const kind = promiseOf(check) === 'A1' ? 'audit_chain_broken' : 'verification_failed';
  return { kind, subject: `check:${check}:${subject}` };
}

function caseOf({ check, subject, detail }: Finding): NewCase {
  const [, id] = /^transaction ([0-9a-f-]{36})$/.exec(subject) ?? [];
  return {
    ...matterOf({ check, subject }),
    transactionId: id === undefined ? undefined : transactionId(id),
    summary: `${NAMED.get(check)?.what ?? check}: not so for ${subject}, which ${detail}`,
    situation: detail,
    evidence: { check, subject },
  };
}

function promiseOf(check: string): PromiseCode | undefined {
  return NAMED.get(check)?.promise;
}
