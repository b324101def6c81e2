import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createMetrics } from '../platform/metrics';
import { WORKER_TYPES } from '../workers/types';
import { ALERT_RULES, PROCESS_TYPES } from './alert-rules';
import { labelsOf } from './metric-labels';
import { readProcfile } from './stack/process-list';
import { ROOT } from './stack/root';

const FILE = path.join(ROOT, 'docs', 'alerts.rules.yml');

/** The metrics that the code has, each with its labels. */
const known = new Map(
  createMetrics('api', { version: '1', schema: '1', node: '1' })
    .registry.getMetricsAsArray()
    .map((metric) => [metric.name, labelsOf(metric)]),
);

it('each rule has a name of its own, and a time that Prometheus reads', () => {
  expect(new Set(ALERT_RULES.map(({ alert }) => alert)).size).toBe(ALERT_RULES.length);
  for (const rule of ALERT_RULES) expect(rule.for ?? '1m').toMatch(/^\d+[smh]$/);
});

it.each(ALERT_RULES.map((rule) => [rule.alert, rule] as const))(
  '%s asks for metrics and labels that exist',
  (_alert, { expr, summary }) => {
    const names = expr.match(/\bmunim_\w+/g)!;
    expect(names.length).toBeGreaterThan(0);
    const labels = new Set(['process', 'le']);
    for (const name of names) {
      const metric = name.replace(/_bucket$/, '');
      expect([...known.keys()]).toContain(metric);
      for (const label of known.get(metric)!) labels.add(label);
    }
    const used = [
      ...[...expr.matchAll(/(\w+)\s*=~?"/g)].map((match) => match[1]!),
      ...[...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap((match) => match[1]!.split(/, */)),
      ...[...summary.matchAll(/\$labels\.(\w+)/g)].map((match) => match[1]!),
    ];
    for (const label of used) expect([...labels]).toContain(label);
    for (const [open, close] of ['()', '{}', '[]'])
      expect(expr.split(open!).length).toBe(expr.split(close!).length);
  },
);

it('every type of process is missed when none of it runs', () => {
  expect(PROCESS_TYPES.toSorted()).toEqual(
    readProcfile(path.join(ROOT, 'Procfile'))
      .map(({ name }) => name)
      .toSorted(),
  );
  for (const type of WORKER_TYPES) expect(PROCESS_TYPES).toContain(type);
  const asked = ALERT_RULES.map(({ expr }) => expr);
  for (const type of PROCESS_TYPES) expect(asked).toContain(`absent(munim_up{process="${type}"})`);
});

/** An alert, a number that stands from the begin on, when it is looked at, and the labels with which it fires. */
type Case = readonly [
  alert: string,
  series: string,
  value: number,
  after: string,
  fires: Readonly<Record<string, string>> | undefined,
];
const NIGHTLY = 'process="nightly"';
const CASES: readonly Case[] = [
  ['MunimNightNotMeasured', `munim_night_measured_timestamp_seconds{${NIGHTLY}}`, 0, '5m', undefined],
  ['MunimNightNotMeasured', `munim_night_measured_timestamp_seconds{${NIGHTLY}}`, 0, '15m', {}],
  ['MunimNightFailed', `munim_night_failed_steps{${NIGHTLY}}`, 1, '20m', undefined],
  ['MunimNightFailed', `munim_night_failed_steps{${NIGHTLY}}`, 1, '40m', {}],
  ['MunimNightLate', `munim_night_done_until_timestamp_seconds{${NIGHTLY}}`, 0, '35h', undefined],
  ['MunimNightLate', `munim_night_done_until_timestamp_seconds{${NIGHTLY}}`, 0, '37h', {}],
  ['MunimReportMissing', waits('reconcile', 'eko'), 35_000, '1h', undefined],
  ['MunimReportMissing', waits('reconcile', 'eko'), 36_001, '1h', { step: 'reconcile', provider: 'eko' }],
  ['MunimReportMissing', waits('statements', ''), 36_001, '1h', { step: 'statements' }],
  ['MunimReportMissing', waits('close', ''), 36_001, '1h', undefined],
  ['MunimBreakOld', `munim_breaks_oldest_seconds{${NIGHTLY},source="eko"}`, 259_000, '1h', undefined],
  ['MunimBreakOld', `munim_breaks_oldest_seconds{${NIGHTLY},source="eko"}`, 259_201, '1h', { source: 'eko' }],
  ['MunimSuspenseOld', suspense('razorpayx'), 604_000, '1h', undefined],
  ['MunimSuspenseOld', suspense('razorpayx'), 604_801, '1h', { source: 'razorpayx' }],
  ['MunimSafeguardingShort', `munim_safeguarding_shortfall_paise{${NIGHTLY}}`, 0, '5m', undefined],
  ['MunimSafeguardingShort', `munim_safeguarding_shortfall_paise{${NIGHTLY}}`, 1, '5m', {}],
  ['MunimSealUnsigned', `munim_seal_unsigned_days{${NIGHTLY}}`, 1, '2h', undefined],
  ['MunimSealUnsigned', `munim_seal_unsigned_days{${NIGHTLY}}`, 2, '2h', {}],
  ['MunimBankHolidaysEnd', `munim_bank_holidays_days_left{${NIGHTLY}}`, 20, '5m', undefined],
  ['MunimBankHolidaysEnd', `munim_bank_holidays_days_left{${NIGHTLY}}`, 19, '5m', {}],
];

function waits(step: string, provider: string): string {
  return `munim_night_waiting_seconds{${NIGHTLY},step="${step}",provider="${provider}"}`;
}
function suspense(source: string): string {
  return `munim_breaks_suspense_oldest_seconds{${NIGHTLY},source="${source}"}`;
}

/** How often promtool evaluates the rules: over a day and a half it takes seconds to do so each five minutes. */
const intervalOf = ([, , , after]: Case): '5m' | '30m' => (/^\d{2}h$/.test(after) ? '30m' : '5m');

/** A test of promtool, which reads JSON as YAML. */
function testOf([alert, series, value, after, fires]: Case): object {
  const rule = ALERT_RULES.find((one) => one.alert === alert)!;
  const filled = (text: string): string =>
    text
      .replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_all, label: string) => fires?.[label] ?? '')
      .replaceAll('{{ $value }}', String(value));
  return {
    interval: '5m',
    input_series: [{ series, values: `${value}x480` }],
    alert_rule_test: [
      {
        eval_time: after,
        alertname: alert,
        exp_alerts:
          fires === undefined
            ? []
            : [
                {
                  exp_labels: { severity: rule.severity, ...fires },
                  exp_annotations: { summary: filled(rule.summary), todo: filled(rule.todo) },
                },
              ],
      },
    ],
  };
}

/** In Debian's package `prometheus`; `.ci/run` installs it. */
const hasPromtool = spawnSync('promtool', ['--version']).error === undefined;
(hasPromtool ? describe : describe.skip)('promtool', () => {
  it('accepts the file', () => {
    const { stdout, status } = spawnSync('promtool', ['check', 'rules', FILE], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, expect.stringContaining(`${ALERT_RULES.length} rules found`)]);
  });

  it('sees the alerts of nights fire when they should, and not before', () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-alerts-'));
    try {
      const files = (['30m', '5m'] as const).map((interval) => {
        const file = path.join(dir, `night-${interval}.test.yml`);
        const tests = CASES.filter((one) => intervalOf(one) === interval).map(testOf);
        fs.writeFileSync(file, JSON.stringify({ rule_files: [FILE], evaluation_interval: interval, tests }));
        return file;
      });
      const { stdout, stderr, status } = spawnSync('promtool', ['test', 'rules', ...files], {
        encoding: 'utf8',
      });
      const said = `${stdout}${stderr}`;
      expect([status, said, said.match(/SUCCESS/g)]).toEqual([0, expect.anything(), ['SUCCESS', 'SUCCESS']]);
    } finally {
      fs.rmSync(dir, { recursive: true, force: true });
    }
  });
});
