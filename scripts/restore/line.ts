import { createRestores, type RestoreStatus } from '../../domain/restore/restores';
import { systemClock } from '../../platform/clock';
import { makeKnex } from '../../platform/database';
import { systemIds } from '../../platform/ids';

/** What the screen of `npm start` says while a restore is open. */
export async function restoreLine(databaseUrl: string): Promise<string | undefined> {
  const knex = makeKnex(databaseUrl, { max: 1, applicationName: 'munim-restore' });
  try {
    return lineOf(await createRestores({ knex, clock: systemClock, ids: systemIds }).status());
  } finally {
    await knex.destroy();
  }
}

function lineOf({ open, toAsk }: RestoreStatus): string | undefined {
  if (open === undefined) return undefined;
  const left = toAsk.reduce((sum, { count }) => sum + count, 0);
  return `open: ${left} transactions from before ${open.point.toISOString()} wait for an answer of their provider`;
}
