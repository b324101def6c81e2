/** What CI says of a run of the tests. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ROOT } from './stack/root';

const passed = (fullName: string) => ({ fullName, status: 'passed' });
const RUN = [
  ['scripts/alert-rules.test.ts', [passed('promtool takes the rules')]],
  ['test/e2e/console/bull-board-browser.test.ts', [passed('Bull Board in a browser on redis: signs in')]],
  ['test/integration/queue/cluster.test.ts', [passed('goes on')]],
] as const;

function told(
  files: readonly (readonly [string, readonly { fullName: string; status: string }[]])[],
  { exitCode = '0', PATH = process.env.PATH } = {},
): { said: string; failures: number } {
  const results = files.flatMap(([, tests]) => tests);
  const report = {
    numPassedTests: results.filter(({ status }) => status === 'passed').length,
    numFailedTests: results.filter(({ status }) => status === 'failed').length,
    numRuntimeErrorTestSuites: 0,
    testResults: files.map(([name, assertionResults]) => ({
      name: path.join(ROOT, name),
      startTime: 0,
      endTime: 1_000,
      assertionResults,
    })),
  };
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'munim-report-')), 'report.json');
  fs.writeFileSync(file, JSON.stringify(report));
  const { stdout } = spawnSync(process.execPath, ['.ci/report.mjs', file, exitCode], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { PATH },
  });
  fs.rmSync(path.dirname(file), { recursive: true });
  return { said: stdout, failures: Number(stdout.trim().split(' ').at(-1)) };
}

test('a whole run is no failure', () => {
  expect(told(RUN)).toMatchObject({ failures: 0, said: expect.stringMatching(/^3 0$/m) });
});

test('a skipped test is one, and is named', () => {
  const skipped = ['a.test.ts', [{ fullName: 'needs a thing', status: 'pending' }]] as const;
  expect(told([...RUN, skipped])).toMatchObject({
    failures: 1,
    said: expect.stringContaining('FAILED: 1 tests were skipped\n  a.test.ts: needs a thing'),
  });
});

test.each([
  ['promtool', 'alert-rules', 'tests of the alert rules', 1],
  ['chromium', 'browser', 'tests in a browser', 2], // the only one on Redis here
  ['redis-server', 'cluster', 'tests of a Redis Cluster', 1],
])('tests that need %s and are not there are one, with the reason', (program, file, what, failures) => {
  const run = RUN.filter(([name]) => !name.includes(file));
  expect(told(run, { PATH: '/nowhere' })).toMatchObject({
    failures,
    said: expect.stringContaining(`FAILED: no ${what} ran: no ${program} here`),
  });
});

test('jest that ends badly without a failed test is one', () => {
  expect(told(RUN, { exitCode: '1' })).toMatchObject({
    failures: 1,
    said: expect.stringContaining('jest ended with 1'),
  });
});
