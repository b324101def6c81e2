import { publicId } from '../../platform/ids';
import { UUID } from '../../platform/ids';
import type { Cells, Report, ReportColumn } from './report';

const INSIDE = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;

/** The code of an account as people know it: with the public id of the user. */
export const shownAccount = (code: string): string => code.replace(INSIDE, (uuid) => publicId('user', uuid));

/** The text of a cell as all forms show it. Amounts are left to the form. */
export function shownText({ type, kind }: ReportColumn, cell: string): string {
  if (type === 'account') return shownAccount(cell);
  return type === 'id' && UUID.test(cell) ? publicId(kind!, cell) : cell;
}

/** The sums of the columns that have one, as the lines go by. */
export interface Sums {
  add(line: Cells): void;
  readonly lines: number;
  /** Undefined of a column that is not added up. */
  of(index: number): bigint | undefined;
}

export function createSums({ columns }: Pick<Report, 'columns'>): Sums {
  const summed = columns.flatMap(({ isSummed }, i) => (isSummed === true ? [i] : []));
  const sums = new Map(summed.map((i) => [i, 0n]));
  let lines = 0;
  return {
    add(line) {
      lines += 1;
      for (const i of summed) {
        const cell = line[i];
        if (cell !== null && cell !== undefined) sums.set(i, sums.get(i)! + BigInt(cell));
      }
    },
    get lines() {
      return lines;
    },
    of: (index) => sums.get(index),
  };
}
