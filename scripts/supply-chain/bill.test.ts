import fs from 'node:fs';
import path from 'node:path';
import { billOf } from './bill';
import type { Lock } from './lock';

const lock = JSON.parse(fs.readFileSync(path.resolve(__dirname, '../../package-lock.json'), 'utf8')) as Lock;
const bill = billOf(lock);

it('holds what the product uses, and nothing that only tests need', () => {
  const names = new Set(bill.components.map(({ name }) => name));
  for (const name of ['koa', 'bullmq', 'pg', '@node-rs/argon2']) expect(names).toContain(name);
  for (const name of ['jest', 'typescript', 'playwright-core']) expect(names).not.toContain(name);
});

it('has the version, licence and hash of each, and where to find it', () => {
  for (const { name, version, purl, licenses, hashes } of bill.components) {
    expect(purl).toBe(`pkg:npm/${name.replace('@', '%40')}@${version}`);
    expect(licenses).toHaveLength(1);
    expect(hashes[0]!.content).toMatch(/^[0-9a-f]{128}$/);
  }
});

it('says what needs what, and names nothing that it does not hold', () => {
  const refs = new Set(bill.components.map((component) => component['bom-ref']));
  const needed = bill.dependencies.flatMap(({ dependsOn }) => dependsOn);
  expect(needed.filter((ref) => !refs.has(ref))).toEqual([]);
  const own = bill.dependencies.find(({ ref }) => ref === bill.metadata.component['bom-ref'])!;
  expect(own.dependsOn).toContain(`pkg:npm/koa@${lock.packages['node_modules/koa']!.version}`);
});

it('finds the nearest of several versions', () => {
  const one = (version: string, dependencies: Record<string, string> = {}) => ({
    version,
    integrity: `sha512-${'a'.repeat(86)}==`,
    license: 'MIT',
    dependencies,
  });
  const { dependencies } = billOf({
    lockfileVersion: 3,
    packages: {
      '': { name: 'p', version: '1.0.0', dependencies: { a: '1.0.0', b: '2.0.0' } },
      'node_modules/a': one('1.0.0', { b: '^1.0.0', c: '^1.0.0' }),
      'node_modules/a/node_modules/b': one('1.0.0', { c: '^1.0.0' }),
      'node_modules/b': one('2.0.0'),
      'node_modules/c': one('1.0.0'),
    },
  });
  expect(Object.fromEntries(dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]))).toEqual({
    'pkg:npm/p@1.0.0': ['pkg:npm/a@1.0.0', 'pkg:npm/b@2.0.0'],
    'pkg:npm/a@1.0.0': ['pkg:npm/b@1.0.0', 'pkg:npm/c@1.0.0'],
    'pkg:npm/b@1.0.0': ['pkg:npm/c@1.0.0'],
    'pkg:npm/b@2.0.0': [],
    'pkg:npm/c@1.0.0': [],
  });
});
