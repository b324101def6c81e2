/** No file of the repository holds what looks like a secret of ours or of a provider. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '../..');
const MOST_BYTES = 2_000_000;

const PASSWORD = 'a password in an address';
/** What a secret looks like, and nothing else does. */
const SECRETS: readonly (readonly [what: string, form: RegExp])[] = [
  ['a private key', /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\n[A-Za-z0-9+/=\n]{200}/],
  ['an API key of ours that is live', /\bmk_live_[A-Za-z0-9]{30,}/],
  ['a live key of Razorpay', /\brzp_live_[A-Za-z0-9]{14}\b/],
  ['a key of AWS', /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/],
  ['a token of GitHub', /\bgh[pousr]_[A-Za-z0-9]{36,}\b/],
  ['a token of npm', /\bnpm_[A-Za-z0-9]{36}\b|:_auth[T]oken=/],
  ['a token of Slack', /\bxox[abprs]-[A-Za-z0-9-]{20,}/],
  ['a JSON web token', /\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}/],
  ['a secret of webhooks', /\bwhsec_[A-Za-z0-9+/=]{24,}/],
  [
    PASSWORD,
    /\b(?:postgres(?:ql)?|rediss?|https?):\/\/[^\s:/@'"`$<{]+:(?!\*\*\*)[^\s@'"`$<{]{12,}@(?!127\.0\.0\.1|localhost)/,
  ],
];

function secretsIn(text: string): string[] {
  return SECRETS.filter(([, form]) => form.test(text)).map(([what]) => what);
}

const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' })
  .split('\0')
  .filter((file) => file !== '' && fs.existsSync(path.join(ROOT, file)));

test('no tracked file holds a secret', () => {
  expect(tracked.length).toBeGreaterThan(500);
  const found = tracked.flatMap((file) => {
    const full = path.join(ROOT, file);
    if (fs.statSync(full).size > MOST_BYTES) return [];
    return secretsIn(fs.readFileSync(full, 'utf8'))
      .filter((what) => what !== PASSWORD || !/\.test\.ts$/.test(file)) // tests make them up, to see them hidden
      .map((what) => `${file}: ${what}`);
  });
  expect(found).toEqual([]);
});

test('no file that is made for secrets is tracked', () => {
  expect(
    tracked.filter((file) => /(?:^|\/)(?:\.env(?:\..*)?|.*\.(?:pem|key|p12|pfx)|id_[a-z0-9]+)$/.test(file)),
  ).toEqual([]);
});

const joined = (...parts: string[]): string => parts.join('');
test.each([
  joined('mk_', 'live_', 'a'.repeat(40)),
  joined('rzp_', 'live_', 'A1b2C3d4E5f6G7'),
  joined('AK', 'IA', 'ABCDEFGHIJKLMNOP'),
  joined('postgres://munim:', 'correct-horse-battery', '@db.example.com/munim'),
  joined('-----BEGIN ', 'PRIVATE KEY-----\n', 'A'.repeat(400)),
])('finds what it looks for (%#)', (secret) => {
  expect(secretsIn(`const x = '${secret}'`)).toHaveLength(1);
});
