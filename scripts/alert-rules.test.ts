import { spawnSync } from 'node:child_process';
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

/** In Debian's package `prometheus`; `.ci/run` installs it. */
const hasPromtool = spawnSync('promtool', ['--version']).error === undefined;
(hasPromtool ? describe : describe.skip)('promtool', () => {
  it('accepts the file', () => {
    const { stdout, status } = spawnSync('promtool', ['check', 'rules', FILE], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, expect.stringContaining(`${ALERT_RULES.length} rules found`)]);
  });
});
