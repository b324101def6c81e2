import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import type { Paise } from '../../platform/money';

/** Open breaks and what stands in suspense for them, counted for people who watch. By indexes over what is open. */
export interface BreakMeasures {
  breaks: { source: string; kind: string; age: BreakAge; count: number; oldestS: number }[];
  /** Without its sign: money to us and money from us are both to be explained. */
  suspense: { source: string; paise: Paise; oldestS: number }[];
}

/** From young to old; the label of a metric. */
export const BREAK_AGES = ['under_1d', '1d_to_3d', '3d_to_7d', '7d_to_30d', 'over_30d'] as const;
export type BreakAge = (typeof BREAK_AGES)[number];

export interface BreakMeter {
  measure(now: Date): Promise<BreakMeasures>;
}

export function createBreakMeter({ knex }: { knex: Knex }): BreakMeter {
  return {
    measure: async (now) => ({
      breaks: await rows<BreakMeasures['breaks'][number]>(knex, OPEN, { now }),
      suspense: await rows<BreakMeasures['suspense'][number]>(knex, SUSPENSE, { now }),
    }),
  };
}

const secondsSince = (since: string): string =>
  `greatest(0, extract(epoch from :now::timestamptz - ${since}))::float8`;

const OPEN = `
  select s.name as source, b.kind, (array['${BREAK_AGES.join("', '")}'])[1
      + (b.opened_at <= :now::timestamptz - interval '1 day')::int
      + (b.opened_at <= :now::timestamptz - interval '3 days')::int
      + (b.opened_at <= :now::timestamptz - interval '7 days')::int
      + (b.opened_at <= :now::timestamptz - interval '30 days')::int] as age,
    count(*)::int as count, ${secondsSince('min(b.opened_at)')} as "oldestS"
  from recon_breaks b join recon_sources s on s.id = b.source_id where b.state = 'open' group by 1, 2, 3`;

const SUSPENSE = `
  select s.name as source, sum(abs(b.suspense_paise))::int8 as paise, ${secondsSince('min(b.suspense_since)')} as "oldestS"
  from recon_breaks b join recon_sources s on s.id = b.source_id where b.suspense_paise <> 0 group by 1`;
