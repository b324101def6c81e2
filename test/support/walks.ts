/** The checks that are made part by part, all of them. */
import type { Knex } from 'knex';
import type { SliceOffender } from '../../domain/verification/slices';
import { walks, type Position } from '../../domain/verification/walks';

/** A whole pass, with parts of so many rows. */
export async function pass(db: Knex | Knex.Transaction, size: number) {
  const found: SliceOffender[] = [];
  const steps: Record<string, number> = {};
  const rowsChecked: Record<string, number> = {};
  for (const walk of walks({})) {
    let at: Position | undefined;
    do {
      const step = await walk.step(db, at, size);
      found.push(...step.found);
      steps[walk.slice] = (steps[walk.slice] ?? 0) + 1;
      rowsChecked[walk.slice] = (rowsChecked[walk.slice] ?? 0) + step.rowsChecked;
      at = step.next;
    } while (at !== undefined);
  }
  return { found, steps, rowsChecked };
}
