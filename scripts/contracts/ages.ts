/** The screen of `npm run contracts`: how old each contract is that we speak. */
import Table from 'cli-table3';
import type { ContractDocument } from './documents';

const DAY_MS = 24 * 60 * 60_000;

export function agesTable(documents: readonly ContractDocument[], now: Date): string {
  const table = new Table({
    head: ['Provider', 'Document', 'Version', 'Of', 'Age', 'Compared'],
    style: { head: [], border: [] },
  });
  for (const { provider, title, version, day, compared } of documents)
    table.push([provider, title, version, day, ageOf(day, now), agoOf(compared, now)]);
  return table.toString();
}

/** Whole days between a day, YYYY-MM-DD, and now; a day in the future is none old. */
export function daysSince(day: string, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - Date.parse(day)) / DAY_MS));
}

function ageOf(day: string, now: Date): string {
  const days = daysSince(day, now);
  return days === 1 ? '1 day' : `${days} days`;
}

function agoOf(day: string, now: Date): string {
  return daysSince(day, now) === 0 ? 'today' : `${ageOf(day, now)} ago`;
}
