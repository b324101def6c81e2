import { businessDate } from '../../platform/clock';
import { makeKnex } from '../../platform/database';
import { readAheadMs } from '../../platform/test-clock';

const DAY_MS = 86_400_000;

/** What the screen of `npm start` says while the clock of the business is ahead. */
export async function clockLine(databaseUrl: string): Promise<string | undefined> {
  const knex = makeKnex(databaseUrl, { max: 1, applicationName: 'munim-clock' });
  try {
    const aheadMs = await readAheadMs(knex);
    if (aheadMs === 0) return undefined;
    const days = Math.round(aheadMs / DAY_MS);
    return `${businessDate(new Date(Date.now() + aheadMs))}: ${days} days ahead of the real time, as munim clock was asked`;
  } finally {
    await knex.destroy();
  }
}
