import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { checksOf, EARNER_STRETCH, EARNERS, runSlice } from './slices';
import type { Position, Step, Walk } from './walks';

/** Some users at a time, as long as they have few shares; one with many in stretches of its own. */
export const earners: Walk = {
  slice: 'earners',
  async step(db, at, size) {
    if (at?.user !== undefined) return stretch(db, at, size);
    const after = at?.after ?? FIRST_UUID;
    const found = await rows<{ userId: string; shares: number }>(db, SHARES, { after, size });
    const few: string[] = [];
    let count = 0;
    for (const { userId, shares } of found) {
      count += shares;
      if (count > size) break;
      few.push(userId);
    }
    if (few.length === 0 && found[0] !== undefined)
      return stretch(db, { user: found[0].userId, ...START }, size);
    const isThrough = few.length === found.length && found.length < size;
    const upto = isThrough ? LAST_UUID : few.at(-1)!;
    const result = await runSlice(db, EARNERS, checksOf('earners'), { after, upto });
    return { ...result, next: isThrough ? undefined : { after: upto } };
  },
};

const FIRST_UUID = '00000000-0000-0000-0000-000000000000';
const LAST_UUID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const START = { day: '-infinity', transaction: FIRST_UUID, turn: '0', gross: '0' } as const;
const END = { uptoDay: 'infinity', uptoTransaction: LAST_UUID, uptoTurn: '32767' } as const;

/** The next users who ever earned, and how many shares they have: counted to one more than a part may have. */
const SHARES = `
  select u.user_id as "userId", (select count(*)::int from (
      select from commission_accruals a where a.user_id = u.user_id limit :size::int8 + 1) as counted) as shares
  from (select distinct user_id from commission_dues where user_id > :after::uuid order by user_id limit :size::int8) u`;

/** What can be said before the last share is reached. */
const OF_A_STRETCH: ReadonlySet<string> = new Set(['commission-share']);

async function stretch(db: Knex | Knex.Transaction, at: Position, size: number): Promise<Step> {
  const { gross: _behind, ...place } = at;
  const [cut] = await rows<Cut>(db, CUT, { ...place, size });
  const isLast = cut === undefined || cut.place < size;
  const upto = isLast ? END : { uptoDay: cut.day, uptoTransaction: cut.transaction, uptoTurn: cut.turn };
  const checks = checksOf('earners').filter(({ name }) => isLast || OF_A_STRETCH.has(name));
  const result = await runSlice(db, EARNER_STRETCH, checks, { ...at, ...upto });
  if (!isLast) {
    const { day, transaction, turn } = cut;
    const gross = (BigInt(at.gross!) + cut.gross).toString();
    return { ...result, next: { user: at.user!, day, transaction, turn, gross } };
  }
  const next = { after: at.user! };
  if (result.found.every(({ check }) => OF_A_STRETCH.has(check))) return { ...result, next };
  // What was earned behind the walk is in the dues and not in what was counted: one look at all of it, on one state.
  const again = await runSlice(db, EARNER_STRETCH, checks, { ...at, ...START, ...END });
  return { ...again, next };
}

interface Cut {
  day: string;
  transaction: string;
  turn: string;
  place: number;
  gross: bigint;
}

const CUT = `
  select day::text as day, transaction_id as transaction, turn::text as turn, place, gross from (
    select day, transaction_id, turn, (row_number() over w)::int as place, (sum(gross_paise) over w)::int8 as gross
    from (select * from commission_accruals where user_id = :user::uuid
        and (day, transaction_id, turn) > (:day::date, :transaction::uuid, :turn::int2)
      order by day, transaction_id, turn limit :size::int8) as next
    window w as (order by day, transaction_id, turn)) as counted
  order by place desc limit 1`;
