/** What nights leave behind, as lines of text without what is another each time: ids that are drawn, and times of the clock. */
import type { Knex } from 'knex';
import { LINES } from './night-lines';

/** The lines of each part, in an order that says nothing of when they came. */
export async function dumpNights(knex: Knex): Promise<Map<string, string[]>> {
  const dump = new Map<string, string[]>();
  for (const [part, sql] of Object.entries(LINES)) {
    const { rows } = await knex.raw<{ rows: { line: string }[] }>(sql);
    dump.set(part, rows.map(({ line }) => line).toSorted());
  }
  return dump;
}

const SHOWN = 5;

/** What one dump has and the other has not; empty where they are the same byte for byte. */
export function differencesOf(
  calm: ReadonlyMap<string, readonly string[]>,
  disturbed: ReadonlyMap<string, readonly string[]>,
): string[] {
  return [...calm].flatMap(([part, lines]) => {
    const others = disturbed.get(part) ?? [];
    if (lines.join('\n') === others.join('\n')) return [];
    const [missing, extra] = [without(lines, others), without(others, lines)];
    return [
      `${part}: ${lines.length} lines and ${others.length}`,
      ...missing.slice(0, SHOWN).map((line) => `  undisturbed only: ${line}`),
      ...extra.slice(0, SHOWN).map((line) => `  disturbed only:   ${line}`),
    ];
  });
}

/** The lines of a list that another has not, or not so often. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const n = left.get(line) ?? 0;
    left.set(line, n - 1);
    return n <= 0;
  });
}
