import type { Cell } from 'cli-table3';
import { PROMISES, type Finding, type PromiseCode } from '../../domain/promises/check';
import { isGreen, type VerificationReport } from '../../domain/verification/verify';
import { paint, plainTable } from './terminal';

/** What people see of a verification: one line a check, then who breaks what, then the verdict. */
export function verificationText(report: VerificationReport, tookMs: number): string {
  const parts = [
    tableOf(report.findings),
    ...report.findings.filter(isBroken).map(offendersOf),
    verdictOf(report, tookMs),
  ];
  return parts.join('\n\n');
}

/** The report for programs. */
export function verificationJson(report: VerificationReport): string {
  return JSON.stringify(
    {
      at: report.at.toISOString(),
      ok: isGreen(report),
      checks: report.findings.map(({ promise, name, what, result, note }) => ({
        promise,
        check: name,
        what,
        rows_checked: result?.rowsChecked ?? null,
        violations: result?.violations ?? null,
        ...(note === undefined ? {} : { note }),
        offenders: result?.offenders ?? [],
      })),
    },
    null,
    2,
  );
}

function isBroken(f: Finding): boolean {
  return (f.result?.violations ?? 0) > 0;
}

function tableOf(findings: readonly Finding[]): string {
  const rows: Cell[][] = [];
  let last: PromiseCode | undefined;
  for (const f of findings) {
    if (f.promise !== last) rows.push([paint.bold(f.promise), paint.bold(PROMISES[f.promise]), '', '']);
    last = f.promise;
    const what = `  ${f.what}${f.note === undefined ? '' : paint.dim(` (${f.note})`)}`;
    if (f.result === undefined) rows.push(['', what, '', paint.yellow('not checked')]);
    else
      rows.push([
        '',
        what,
        f.result.rowsChecked.toLocaleString('en-IN'),
        isBroken(f) ? paint.red(f.result.violations.toLocaleString('en-IN')) : paint.green('0'),
      ]);
  }
  return plainTable(
    ['', 'what is promised', 'rows checked', 'violations'],
    ['left', 'left', 'right', 'right'],
    rows,
  );
}

function offendersOf(f: Finding): string {
  const { violations, offenders } = f.result!;
  const head = paint.red(
    `${f.promise} is broken: "${f.what}" does not hold for ${violations.toLocaleString('en-IN')} ${violations === 1 ? 'row' : 'rows'}`,
  );
  const more =
    violations > offenders.length
      ? [`  and ${(violations - offenders.length).toLocaleString('en-IN')} more`]
      : [];
  return [head, ...offenders.map(({ id, detail }) => `  ${id}: ${detail}`), ...more].join('\n');
}

function verdictOf(report: VerificationReport, tookMs: number): string {
  const checked = report.findings.filter((f) => f.result !== undefined);
  const broken = [...new Set(checked.filter(isBroken).map((f) => f.promise))];
  const left = report.findings.length - checked.length;
  const how = `${checked.length} checks, ${left === 0 ? 'none left out' : `${left} not made`}, ${(tookMs / 1_000).toFixed(1)} s`;
  const idle = broken.includes('P6') ? '\nRows are overdue when nothing drives them: does Munim run?' : '';
  if (broken.length > 0)
    return `${paint.red(`${broken.join(', ')} ${broken.length === 1 ? 'does' : 'do'} not hold`)} (${how}).${idle}`;
  return `${paint.green(left === 0 ? 'The promises hold' : 'The promises hold where they were checked')} (${how}).`;
}
