/** `npm run verify` as a command: what it prints, and how it exits. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { publicId, systemIds } from '../../../platform/ids';
import { createVerifiedWorld, type Ids } from '../../support/verified-world';
import type { World } from '../../support/world';

let world: World;
let ids: Ids;

beforeAll(async () => {
  ({ world, ids } = await createVerifiedWorld());
});
afterAll(async () => {
  await world.close();
});

describe('the command', () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-verify-'));
  const run = (...args: string[]) =>
    spawnSync(process.execPath, ['dist/scripts/verify.js', '--data', dir, ...args], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, DATABASE_URL: world.database.appUrl },
    });
  afterAll(() => {
    fs.rmSync(dir, { recursive: true, force: true });
  });

  it('prints a line for each check, and exits 0 when nothing is violated', () => {
    const { status, stdout, stderr } = run();
    expect(stderr).toBe('');
    expect(status).toBe(0);
    for (const promise of ['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7', 'A1'])
      expect(stdout).toMatch(new RegExp(`^${promise} `, 'm'));
    expect(stdout).toMatch(/what was answered with 202 is stored .* not checked/);
    expect(stdout).not.toContain('\u001B');
    expect(stdout).not.toContain(new URL(world.database.appUrl).password || 'no password');
  });

  it('takes lists, exits 1 and names what is violated, in words and in JSON', () => {
    const accepted = path.join(dir, 'accepted.txt');
    const lost = systemIds.uuid();
    fs.writeFileSync(
      accepted,
      `${publicId('transaction', ids.held)}\n${ids.failed}\n\n${publicId('transaction', lost)}\n`,
    );
    const words = run('--accepted', accepted);
    expect(words.status).toBe(1);
    expect(words.stdout).toMatch(
      new RegExp(`P3 is broken: .*\n  transaction ${lost}: was accepted and is not stored`),
    );
    const json = run('--accepted', accepted, '--json');
    expect(json.status).toBe(1);
    const report = JSON.parse(json.stdout) as {
      ok: boolean;
      checks: {
        check: string;
        rows_checked: number | null;
        violations: number | null;
        offenders: { id: string }[];
      }[];
    };
    expect(report.ok).toBe(false);
    expect(report.checks.find((c) => c.check === 'accepted-stored')).toMatchObject({
      rows_checked: 3,
      violations: 1,
      offenders: [{ id: `transaction ${lost}` }],
    });
    expect(report.checks.find((c) => c.check === 'planted-tables')).toMatchObject({
      rows_checked: null,
      violations: null,
    });
  });

  it('compares heads of the audit chain that were kept in a file', () => {
    const heads = path.join(dir, 'heads.jsonl');
    const links = Buffer.alloc(32).toString('hex');
    fs.writeFileSync(
      heads,
      `${JSON.stringify({
        day: '2026-11-27',
        links: '9',
        hash: links,
        signed_at: '2026-11-28T00:00:00.000Z',
        key: 'a1',
        public_key: '',
        signature: '',
      })}\n`,
    );
    const words = run('--heads', heads);
    expect(words.status).toBe(1);
    expect(words.stdout).toMatch(
      /A1 is broken: .*\n {2}audit head 2026-11-27: its signature is not one of the key a1/,
    );
  });

  it('exits 2 with a sentence when it cannot look', () => {
    const list = path.join(dir, 'list.txt');
    fs.writeFileSync(list, 'not an id\n');
    for (const [args, env, said] of [
      [['--accepted', list], {}, /no transaction id/],
      [
        [],
        { DATABASE_URL: 'postgres://nobody:secret@127.0.0.1:1/none' },
        /no PostgreSQL answers at postgres:\/\/nobody:\*\*\*@/,
      ],
    ] as const) {
      const result = spawnSync(process.execPath, ['dist/scripts/verify.js', '--data', dir, ...args], {
        encoding: 'utf8',
        env: { PATH: process.env.PATH, DATABASE_URL: world.database.appUrl, ...env },
      });
      expect(result.status).toBe(2);
      expect(result.stderr).toMatch(said);
      expect(result.stderr).not.toContain('secret');
    }
  });
});
