/**
 * In production a person or a program brings the day reports of the providers. The providers of `npm start` are played by
 * the sandbox, which gives its reports to whoever asks.
 */
import type { Knex } from 'knex';
import { createAccountDirectory } from '../../domain/ledger/accounts';
import { createReconciliation } from '../../domain/reconciliation/reconciliation';
import { REPORT_FORMATS } from '../../providers/report-formats';
import type { Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { systemIds } from '../../platform/ids';
import { sandboxText } from './sandbox-control';

/** By the names that `recon_sources` has. */
const FILES: Readonly<Record<string, (day: string) => string>> = {
  eko: (day) => `/eko/reports/eko_txn_${day}.csv`,
  setu_bbps: (day) => `/setu/reports/setu_bbps_${day}.csv`,
  setu_recharge: (day) => `/setu/reports/setu_recharge_${day}.csv`,
  razorpayx: (day) => `/reports/razorpayx_${day}.jsonl`,
};

/**
 * Imports the sandbox's reports of a business day that were not imported yet, and returns the names of their sources. Steps
 * that wait for them go on at once. Of a night that is done already the day is reconciled as well, since its step did not
 * wait for a file that nobody had seen.
 */
export async function importSandboxReports(
  { knex, clock }: { knex: Knex; clock: Clock },
  { sandboxUrl, day }: { sandboxUrl: string; day: string },
): Promise<string[]> {
  const accounts = createAccountDirectory({ knex });
  const desk = createReconciliation({ knex, clock, ids: systemIds, accounts, formats: REPORT_FORMATS });
  const wanted = await rows<{ name: string; isDone: boolean }>(
    knex,
    `select s.name, coalesce(bool_or(n.state = 'done'), false) as "isDone"
    from recon_sources s left join nightly_runs n on n.kind = 'reconcile' and n.provider = s.provider
      and n.business_date = :day::date
    where s.name = any(:names::text[])
      and not exists (select from recon_files f where f.source_id = s.id and f.business_date = :day::date)
    group by s.name order by s.name`,
    { day, names: Object.keys(FILES) },
  );
  const brought: string[] = [];
  for (const { name, isDone } of wanted) {
    const path = FILES[name]!(day.replaceAll('-', ''));
    const text = await sandboxText(sandboxUrl, path);
    await desk.importFile({
      ...{ source: name, businessDate: day, name: path.split('/').at(-1)! },
      async *open() {
        await Promise.resolve();
        yield Buffer.from(text);
      },
    });
    if (isDone) await desk.run({ source: name, businessDate: day });
    brought.push(name);
  }
  await execute(
    knex,
    `update nightly_runs set due_at = clock_timestamp()
    where business_date = ?::date and kind = 'reconcile' and state = 'waiting' and lease_until is null`,
    [day],
  );
  return brought;
}
