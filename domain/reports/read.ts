import type { Knex } from 'knex';
import { execute, rows } from '../../platform/database';
import type { Batches } from './print';
import type { Cells, Report, ReportValues } from './report';

/** Lines of one fetch: what a report has in memory, however long it is. */
const BATCH = 500;
const FETCH = `fetch forward ${BATCH} from report_lines`;

/**
 * Reads a report by a cursor, in one snapshot: what is read last was so when the first line was. `use` takes the lines,
 * and how many there will be where that is known; it must not wait for anything but this machine.
 */
export function readReport<T>(
  long: Knex,
  { report, values }: { report: Report; values: ReportValues },
  use: (batches: Batches, total: number | undefined) => Promise<T>,
): Promise<T> {
  return long.transaction(
    async (trx) => {
      const total = report.countSql === undefined ? undefined : await countOf(trx, report.countSql, values);
      await execute(trx, 'set local cursor_tuple_fraction = 1');
      const cursor = cursorOf(report);
      await execute(trx, cursor, namedIn(cursor, values));
      return use(batchesOf(trx), total);
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  );
}

/** The values that a statement names. */
const namedIn = (sql: string, values: ReportValues): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([name]) => new RegExp(`[^:]:${name}\\b`).test(sql)));

async function countOf(trx: Knex.Transaction, sql: string, values: ReportValues): Promise<number> {
  const [found] = await rows<{ n: bigint }>(trx, sql, namedIn(sql, values));
  return Number(found!.n);
}

/** Its values as texts, so that one reader serves every report. */
const cursorOf = ({ columns, sql }: Report): string =>
  `declare report_lines no scroll cursor for
   select array[${columns.map(({ name }) => `q."${name}"::text`).join(', ')}]::text[] as cells from (${sql}) q`;

async function* batchesOf(trx: Knex.Transaction): AsyncGenerator<readonly Cells[]> {
  for (;;) {
    const found = await rows<{ cells: Cells }>(trx, FETCH);
    if (found.length > 0) yield found.map(({ cells }) => cells);
    if (found.length < BATCH) return;
  }
}
