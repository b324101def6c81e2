import Table from 'cli-table3';
import type { LedgerStopReport } from './ledger-stop';
import { describeInterruption } from './plan';
import type { RunReport } from './run';

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
const listed = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .map(([name, n]) => `${name} ${n}`)
    .join('\n') || 'none';

/** The run as a table, for people. */
export function reportTable(report: RunReport): string {
  const { options, load, checked } = report;
  const table = new Table({ style: { head: [], border: [] }, wordWrap: true, colWidths: [26, 92] });
  const processes =
    options.processes === undefined ? '' : `, ${listed(options.processes).replaceAll('\n', ', ')}`;
  const { attempts } = checked;
  table.push(
    ['seed', `${options.seed} (${options.backend}, ${options.rate} orders/s${processes})`],
    [`interruptions: ${report.done.length}`, listed(interruptionCounts(report))],
    ['kill points hit', listed(report.hits)],
    ['ended by themselves', listed(report.otherEnds).replaceAll('\n', ', ')],
    [
      'accepted (202)',
      `${load.accepted} of ${load.started}; ${load.repeats} requests repeated; ${load.unconfirmed} without an answer at the end`,
    ],
    ['accepted by service', listed(load.byService).replaceAll('\n', ', ')],
    ['ended as', listed(checked.byStatus).replaceAll('\n', ', ')],
    ['failed because', listed(checked.failedBecause).replaceAll('\n', ', ')],
    [
      'attempts',
      `${attempts.attempts} for ${attempts.transactions} transactions; ${attempts.repeated} repeated with the same key`,
    ],
    ['book of the sandbox', `${checked.booked.payouts} payouts, ${checked.booked.net} of them net payments`],
    [
      'books of the others',
      Object.entries(checked.services)
        .map(
          ([service, s]) =>
            `${service} ${s.transactions}: ${s.booked} booked, ${s.net} of them net; ${listed(s.ended).replaceAll('\n', ', ')}`,
        )
        .join('\n'),
    ],
    ['refunds with a password', String(report.refunds)],
    ['open cases', listed(checked.cases).replaceAll('\n', ', ')],
    ['longest time without a 202', seconds(load.longestOutageMs)],
    ['most connections', `${report.mostConnections} to PostgreSQL at once`],
    ['longest overdue row', seconds(report.longestOverdueMs)],
    ['time to re-drive', `${seconds(report.redriveMs)} after the last interruption (limit 30 s)`],
    ['all ended', `${seconds(report.drainedMs)} after the last request`],
    ['verify', checked.verify],
    [
      'result',
      report.ok
        ? 'nothing lost, nothing twice'
        : report.findings.map((f) => `${f.what}${f.ids.length === 0 ? '' : `: ${f.ids.length}`}`).join('\n'),
    ],
  );
  return table.toString();
}

/** The run as one JSON line, for machines. */
export function reportLine(report: RunReport): string {
  const { options, load, checked } = report;
  return JSON.stringify({
    name: 'interruptions',
    ok: report.ok,
    ...options,
    interruptions: report.done.length,
    by_kind: interruptionCounts(report),
    kill_point_hits: report.hits,
    ended_by_themselves: report.otherEnds,
    started: load.started,
    accepted: load.accepted,
    by_service: load.byService,
    services: checked.services,
    refunds: report.refunds,
    repeated_requests: load.repeats,
    unconfirmed: load.unconfirmed,
    final: checked.byStatus,
    failed_because: checked.failedBecause,
    cases: checked.cases,
    attempts: checked.attempts,
    booked: checked.booked,
    longest_outage_ms: Math.round(load.longestOutageMs),
    most_connections: report.mostConnections,
    longest_overdue_ms: report.longestOverdueMs,
    time_to_redrive_ms: report.redriveMs,
    drained_ms: report.drainedMs,
    verify: checked.verify,
    findings: report.findings.map((f) => ({ ...f, ids: f.ids.slice(0, 20) })),
  });
}

/** A stop of the ledger: a sentence or two for people, then one JSON line. */
export function ledgerStopText(report: LedgerStopReport): string {
  const { options, samples, ...rest } = report;
  const line = JSON.stringify({ name: 'ledger-stop', ...options, ...rest, samples: samples.length });
  const { backlog } = report;
  const waited = [
    `${backlog.rows} rows waited in ${backlog.jobs} jobs that named ${backlog.named}`,
    `the oldest ${seconds(backlog.oldestJobMs)}; never more than ${report.worstRatio} jobs for a row; ` +
      `${report.redriven} rows were queued again meanwhile.`,
  ].join(', ');
  const findings = report.findings.map(({ what, ids }) =>
    ids.length === 0 ? what : `${what}: ${ids.slice(0, 10).join(', ')}`,
  );
  const found = report.ok ? '' : `\n${findings.join('\n')}`;
  return `${waited}\nThe ledger worked it off in ${seconds(report.recoveredMs)}.${found}\n${line}`;
}

function interruptionCounts(report: RunReport): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { what, hitPoint } of report.done) {
    // one that waited for its point in vain was carried out wherever the process was
    const shown =
      (what.kind === 'kill' || what.kind === 'freeze') && what.point !== undefined && !hitPoint
        ? { ...what, point: undefined }
        : what;
    const name = describeInterruption(shown).replace(/ for [\d.]+ s$/, '');
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
