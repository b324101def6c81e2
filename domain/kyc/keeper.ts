import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { FieldCipher } from '../../platform/encryption';
import type { Screening } from '../screening/screening';
import { KYC_BORN, KYC_NAME } from './sealed';

/**
 * Compares those who were handed in or approved with the list in force: each once for each list, so a newer list is
 * compared with everybody again.
 */
export interface KycKeeper {
  /** Returns how many were compared; fewer than `limit` when all are. */
  screen(limit: number): Promise<{ screened: number; errors: Error[] }>;
}

interface DueRow {
  id: string;
  nameSealed: string;
  bornSealed: string | null;
}

export function createKycKeeper(deps: {
  knex: Knex;
  clock: Clock;
  cipher: FieldCipher;
  screening: Screening;
}): KycKeeper {
  const { knex, clock, cipher, screening } = deps;
  return {
    async screen(limit) {
      const due = await rows<DueRow>(knex, DUE, { limit });
      const errors: Error[] = [];
      for (const { id, nameSealed, bornSealed } of due)
        try {
          const name = cipher.open(nameSealed, KYC_NAME.place(id));
          const born = bornSealed === null ? undefined : yearOf(cipher.open(bornSealed, KYC_BORN.place(id)));
          await screening.screen(`kyc_record:${id}`, { name, born });
        } catch (error) {
          errors.push(error instanceof Error ? error : new Error('a screening failed', { cause: error }));
        }
      if (due.length === 0) await execute(knex, ALL_COMPARED, { now: clock.now() });
      return { screened: due.length - errors.length, errors };
    },
  };
}

/**
 * The records that wait, and after a newer list those that users stand on, until all are compared: whoever is approved
 * later was compared while they waited. Without a list none is due.
 */
const DUE = `
  select r.id, r.name_sealed as "nameSealed", r.born_sealed as "bornSealed"
  from screening_lists l cross join lateral (
    select id from kyc_records where state = 'submitted'
    union all select record_id from kyc_standings where l.compared_at is null) as who
  join kyc_records r on r.id = who.id
  where l.is_current
    and not exists (select from screenings s where s.subject = 'kyc_record:' || r.id and s.list_id = l.id)
  limit :limit`;
const ALL_COMPARED = 'update screening_lists set compared_at = :now where is_current and compared_at is null';

const yearOf = (day: string): number => Number(day.slice(0, 4));
