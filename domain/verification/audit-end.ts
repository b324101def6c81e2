import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { openCases } from '../cases/cases';

/**
 * The end of the audit chain between two signed heads: a process remembers the newest link that it has seen, and knows
 * it again. Whoever cuts off the end, or makes it anew, would have to reach into the memory of a process as well.
 */
export interface AuditEnd {
  /** Looks for the remembered link. Returns the newest one when it is another than the last time. */
  look(): Promise<AuditLink | undefined>;
}

export interface AuditLink {
  seq: bigint;
  hash: Buffer;
}

interface Seen {
  last: bigint | null;
  lastHash: Buffer | null;
  hash: Buffer | null;
}

export function createAuditEnd({ knex, clock, ids }: { knex: Knex; clock: Clock; ids: Ids }): AuditEnd {
  let known: AuditLink | undefined;
  return {
    async look() {
      const [seen] = await rows<Seen>(knex, SEEN, { known: known?.seq ?? 0n });
      if (known !== undefined && seen?.hash?.equals(known.hash) !== true)
        await openCases(knex, ids, [lost(known, seen?.last ?? 0n)], clock.now());
      if (seen === undefined || seen.last === null || seen.lastHash === null) return undefined;
      const isNew = known?.seq !== seen.last || !known.hash.equals(seen.lastHash);
      known = { seq: seen.last, hash: seen.lastHash };
      return isNew ? known : undefined;
    },
  };
}

const SEEN = `
  select l.seq as last, l.hash as "lastHash", k.hash
  from (select 1) as one
    left join (select seq, hash from audit_links order by seq desc limit 1) l on true
    left join audit_links k on k.seq = :known`;

function lost({ seq, hash }: AuditLink, last: bigint) {
  const what =
    last < seq ? `the chain ends at ${last} now: rows were removed at its end` : 'another stands there now';
  return {
    kind: 'audit_chain_cut',
    subject: `audit:link:${seq}`,
    summary: `Link ${seq} of the audit chain was seen by a process, and ${what}`,
    evidence: { link: seq.toString(), hash: hash.toString('hex') },
  } as const;
}
