import type { Knex } from 'knex';
import { copyIn } from '../../platform/copy';
import { rows } from '../../platform/database';
import type { TableFormat } from './format';
import { readPlainLines, type PassedOn } from './plain-lines';
import { copiesOf, type Staging } from './staging';

/** Lines of the file that are about money of ours, and the staging that has them. */
export interface StagedTable {
  staging: Staging;
  total: number;
}

/**
 * Copies a table into its two staging tables: the plain lines as they were read here, and the others as they stand in the
 * file, for PostgreSQL to read and judge. Throws RangeError for a line that does not end, and what `COPY` throws.
 */
export async function stageTable(
  trx: Knex.Transaction,
  { format, staging }: { format: TableFormat; staging: Staging },
  bytes: AsyncIterable<Buffer>,
): Promise<StagedTable> {
  const copies = copiesOf(format);
  const lines = readPlainLines(format, bytes);
  let total = 0;
  let isAllPlain = true;
  try {
    await copyIn(trx, copies.header, [await lines.header()]);
    while (!lines.isDone) {
      total += await copyIn(trx, copies.plain, lines.blocks());
      const passed = lines.passedOn();
      if (passed === undefined) continue;
      isAllPlain = false;
      await copyPassed(trx, copies.others, passed);
    }
  } finally {
    await lines.close();
  }
  if (isAllPlain) return { total, staging: { ...staging, staged: copies.stagedPlain } };
  const [others] = await rows<{ count: number }>(
    trx,
    `select count(*)::int4 as count from (${copies.stagedOthers}) s`,
  );
  return { total: total + others!.count, staging };
}

/** A fault is at the line of the file, and not at that of what was passed on. */
async function copyPassed(trx: Knex.Transaction, statement: string, passed: PassedOn): Promise<void> {
  try {
    await copyIn(trx, statement, [passed.text]);
  } catch (error) {
    const { where } = error as { where?: string };
    if (where !== undefined)
      (error as { where: string }).where = where.replace(
        /\bline (\d+)/,
        (_all, line: string) => `line ${passed.lineNoAt(Number(line))}`,
      );
    throw error;
  }
}
