/**
 * `npm run new:provider`, in a copy of the repository: what it writes compiles, passes its tests, has
 * settings and policy rows, and does nothing wrong.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { makeKnex, rows } from '../../../platform/database';
import { applyPolicies } from '../../../platform/policy-files';
import { nextMigration, nextPolicies } from '../../../scripts/generator/files';
import { generateProvider } from '../../../scripts/new-provider/generate';
import { freshDatabase } from '../../support/database';

const ROOT = path.resolve(__dirname, '../../..');
const NOT_COPIED = new Set(['node_modules', 'dist', '.git', '.data', 'coverage']);
let copy: string;

beforeAll(() => {
  copy = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-new-provider-'));
  fs.cpSync(ROOT, copy, {
    recursive: true,
    filter: (from) => !NOT_COPIED.has(path.relative(ROOT, from).split(path.sep)[0]!),
  });
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
});
afterAll(() => {
  fs.rmSync(copy, { recursive: true, force: true });
});

const read = (file: string): string => fs.readFileSync(path.join(copy, file), 'utf8');
const run = (...args: string[]): string => {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: copy,
    encoding: 'utf8',
    env: { ...process.env, NODE_ENV: 'test' },
  });
  return `${status === 0 ? '' : `ended with ${status}\n`}${stdout}${stderr}`;
};

describe.each([
  ['acmepay', 'Acmepay', 'ACMEPAY'],
  ['second2', 'Second2', 'SECOND2'],
])('%s', (name, pascal, upper) => {
  test('is written whole', () => {
    const { written, changed } = generateProvider(copy, name);
    expect(written.map((file) => file.replace(/\d{8}/, 'N'))).toEqual([
      `providers/${name}/connector.ts`,
      `providers/${name}/provider.ts`,
      `providers/${name}/transformers.ts`,
      `providers/${name}/schemas.ts`,
      `providers/${name}/call-log.ts`,
      `providers/${name}/transformers.test.ts`,
      `test/contract/${name}/connector.test.ts`,
      `providers/${name}/README.md`,
      `policies/N_${name}.ts`,
    ]);
    expect(changed).toEqual(['providers/list.ts']);
    for (const file of written) expect(read(file)).not.toMatch(/template/i);
    expect(read(`providers/${name}/README.md`)).toContain(`MUNIM_${upper}_BASE_URL`);
    expect(read(`providers/${name}/provider.ts`)).toContain(`create${pascal}Connector`);
    expect(read('providers/list.ts')).toContain(`  ${name},\n};\n`);
    expect(run('node_modules/oxfmt/bin/oxfmt', '--check', ...written, ...changed)).not.toMatch(/^ended with/);
  });

  test('its policy rows are for both profiles', async () => {
    const names = fs.readdirSync(path.join(copy, 'policies')).toSorted();
    const file = names.find((f) => f.endsWith(`_${name}.ts`))!;
    expect(names.indexOf(file)).toBeGreaterThanOrEqual(fs.readdirSync(path.join(ROOT, 'policies')).length);
    const database = await freshDatabase();
    const knex = makeKnex(database.url, { max: 1 });
    try {
      const dir = path.join(copy, 'policies');
      expect(await applyPolicies(knex, dir)).toContain(path.basename(file, '.ts'));
      expect(
        await rows(knex, 'select profile from provider_policies where provider = ? order by profile', [name]),
      ).toEqual([{ profile: 'development' }, { profile: 'production' }]);
      expect(await applyPolicies(knex, dir)).toEqual([]);
    } finally {
      await knex.destroy();
      await database.drop();
    }
  });

  test('is taken then', () => {
    expect(() => generateProvider(copy, name)).toThrow(`${name} is taken: there is providers/${name}`);
  });
});

test('both compile, pass their tests, and are there when they are set', () => {
  expect(run('node_modules/typescript/bin/tsc', '--noEmit')).toBe('');
  fs.writeFileSync(
    path.join(copy, 'providers/new-providers.test.ts'),
    `
    import { loadConfig, redactedConfig } from '../composition/config';
    import { systemClock } from '../platform/clock';
    import { createProviderRegistry } from './registry';
    const key = () => require('node:crypto').randomBytes(32).toString('base64');
    const base = {
      NODE_ENV: 'test',
      DATABASE_URL: 'postgres://a@127.0.0.1/b',
      MUNIM_ENCRYPTION_KEYS: 'k1:' + key(),
      MUNIM_BLIND_INDEX_KEY: key(),
      MUNIM_CURSOR_KEY: key(),
      MUNIM_RAZORPAYX_KEY_ID: 'rzp_live_x',
      MUNIM_RAZORPAYX_KEY_SECRET: 'secret',
      MUNIM_RAZORPAYX_WEBHOOK_SECRET: 'webhook-secret',
      MUNIM_RAZORPAYX_ACCOUNT_NUMBER: '7878780080316316',
    };
    const acme = {
      MUNIM_ACMEPAY_BASE_URL: 'http://127.0.0.1:9',
      MUNIM_ACMEPAY_API_KEY: 'acme-secret-key',
      MUNIM_ACMEPAY_CALLBACK_SECRET: 'acme-secret-callback',
    };
    test('set, half set, not set, and refused in production', async () => {
      const config = loadConfig({ ...base, ...acme });
      const registry = createProviderRegistry(
        { acmepay: config.providers.acmepay },
        { clock: systemClock, boundsOf: () => ({ timeouts: { connectMs: 100, totalMs: 100 } }) },
      );
      expect(registry.names()).toEqual(['acmepay']);
      expect(registry.get('acmepay').checkCallback({}, Buffer.alloc(0))).toMatchObject({ verdict: 'forged' });
      await registry.close();
      expect(JSON.stringify(redactedConfig(config))).not.toContain('acme-secret');
      expect(Object.keys(loadConfig(base).providers)).toEqual(['razorpayx']);
      expect(() => loadConfig({ ...base, ...acme, MUNIM_ACMEPAY_API_KEY: undefined })).toThrow('MUNIM_ACMEPAY_API_KEY');
      expect(() => loadConfig({ ...base, ...acme, NODE_ENV: 'production' })).toThrow('MUNIM_ACMEPAY_BASE_URL');
    });
  `,
  );
  const config = {
    rootDir: copy,
    testEnvironment: 'node',
    transform: jest.requireActual<{ projects: { transform: unknown }[] }>(path.join(ROOT, 'jest.config.js'))
      .projects[0]!.transform,
  };
  fs.writeFileSync(path.join(copy, 'jest.alone.json'), JSON.stringify(config));
  const output = run(
    'node_modules/jest/bin/jest.js',
    '--config',
    'jest.alone.json',
    '--runInBand',
    'providers/(acmepay/|second2/|new-providers|keyed)',
    'test/contract/(acmepay|second2)',
  );
  expect(output).toMatch(/Test Suites: 6 passed, 6 total/);
  expect(output).not.toMatch(/^ended with/);
});

test.each([
  ['', 'lower-case letters and digits'],
  ['ab', 'lower-case'],
  ['Acme', 'lower-case'],
  ['acme-pay', 'lower-case'],
  ['acme_pay', 'lower-case'],
  ['9acme', 'lower-case'],
  ['../../etc', 'lower-case'],
  ['a'.repeat(31), 'lower-case'],
  ["acme'; --", 'lower-case'],
  ['constructor', 'reserved'],
  ['template', 'reserved'],
  ['razorpayx', 'reserved'],
  ['eko', 'reserved'],
  ['setu', 'reserved'],
  ['class', 'reserved'],
  ['api', 'taken: there is a setting MUNIM_API_'],
  ['ops', 'taken: there is a setting MUNIM_OPS_'],
  ['concurrency', 'taken: there is a setting MUNIM_CONCURRENCY'],
  ['tls', 'taken: there is a setting MUNIM_TLS_'],
])('the name %j is refused, and nothing is written', (name, why) => {
  const files = (): string[] =>
    ['providers', 'migrations', 'policies'].flatMap((dir) => fs.readdirSync(path.join(copy, dir)));
  const before = files();
  expect(() => generateProvider(copy, name)).toThrow(why);
  expect(files()).toEqual(before);
});

test('a list that has another form stops it before anything is written', () => {
  const kept = read('providers/list.ts');
  fs.writeFileSync(
    path.join(copy, 'providers/list.ts'),
    kept.replace('export const PROVIDERS', 'export const OTHERS'),
  );
  expect(() => generateProvider(copy, 'thirdpay')).toThrow('Nothing was written');
  expect(fs.existsSync(path.join(copy, 'providers/thirdpay'))).toBe(false);
  fs.writeFileSync(path.join(copy, 'providers/list.ts'), kept);
});

test('its migration comes after every other', () => {
  const newest = Math.max(
    ...fs.readdirSync(path.join(copy, 'migrations')).map((f) => Number(/^\d{14}/.exec(f)?.[0] ?? 0)),
  );
  expect(Number(nextMigration(copy, new Date('2020-01-01T00:00:00Z')))).toBe(newest + 100);
  expect(nextMigration(copy, new Date('2030-05-06T23:00:00Z'))).toBe('20300506000100');
});

test('its policies are applied no earlier than the others', () => {
  const last = fs.readdirSync(path.join(copy, 'policies')).toSorted().at(-1)!;
  for (const name of ['aaa', 'zzz']) {
    const file = path.basename(nextPolicies(copy, name, new Date('2020-01-01T00:00:00Z')));
    expect([last, file].toSorted()).toEqual([last, file]);
    expect(file).toMatch(new RegExp(`^\\d{8}_${name}\\.ts$`));
  }
  expect(nextPolicies(copy, 'acmepay', new Date('2030-05-06T23:00:00Z'))).toBe(
    'policies/20300506_acmepay.ts',
  );
});
