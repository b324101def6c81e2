/**
 * `npm run demo`: on a stack that runs, on both queue backends; on one of its own; and that it says so when
 * something is not as it should be.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { demoFolder, runDemo } from '../../support/demo-suite';

it('starts a stack of its own where none runs, and stops it', async () => {
  const dataDir = demoFolder();
  try {
    const { code, output } = await runDemo(dataDir, '--count', '5', '--concurrency', '2', '--counter', '0');
    expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
    expect(output).toContain('was started for this demo');
    expect(fs.existsSync(path.join(dataDir, 'demo', 'run.lock'))).toBe(false);
    expect((await runDemo(dataDir, '--count', '0')).output).toMatch(/--count takes a number from 1 to 9999/);
  } finally {
    spawnSync(process.execPath, ['scripts/launch.mjs', 'reset', '--data', path.join(dataDir, 'demo')]);
    fs.rmSync(dataDir, { recursive: true, force: true });
  }
});
