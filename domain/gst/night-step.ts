import type { NightResult, NightStep } from '../night/step';
import { makeDocuments, type DocumentDependencies } from './documents';
import { gatherSupplies, type SupplyDependencies } from './supplies';

/** Each night the supplies of the day; in that of the last day of a month the invoices and credit notes of the month. */
export function createGstStep(deps: DocumentDependencies & SupplyDependencies): NightStep {
  return {
    kind: 'gst_documents',
    dependsOn: ['close'],
    async run({ date, progress, signal }): Promise<NightResult> {
      let done = 0;
      const onBatch = (rows: number): void => {
        done += rows;
        progress(done);
        signal.throwIfAborted();
      };
      const supplies = await gatherSupplies({ ...deps, onBatch });
      const month = monthThatEnds(date);
      if (month === undefined) return { supplies };
      const { invoices, notes, isRegistered } = await makeDocuments({ ...deps, onBatch }, month);
      return { supplies, invoices, credit_notes: notes, registered: isRegistered ? 1 : 0 };
    },
  };
}

/** The month of which it is the last day; undefined on any other. */
export function monthThatEnds(day: string): { from: string; to: string } | undefined {
  const [year, month] = day.split('-').map(Number) as [number, number];
  const last = new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
  return last === day ? { from: `${day.slice(0, 8)}01`, to: day } : undefined;
}
