import path from 'node:path';
import type { DevFile } from './run-lock';
import { redisHosts } from './stores';

/** The port of the API in README and docs. */
const USUAL_PORT = 3000;

/** What `npm start` shows besides the addresses of `dev.json`. */
export interface ScreenInput {
  dev: DevFile;
  dataDir: string;
  /**
   * Where the embedded PostgreSQL keeps its data; undefined with a database of your own, or when not known.
   */
  postgresDir: string | undefined;
  processes: Record<string, number> | undefined;
  /** Of an open restore, what it says. */
  restore?: string;
  /** Of a clock that was moved on, where it stands. */
  clock?: string;
}

/** The screen of `npm start`, plain text. */
export function screen(input: ScreenInput): string {
  const { dev } = input;
  const place = (dir: string): string => {
    const near = path.relative(process.cwd(), dir);
    return near.startsWith('..') ? dir : near || '.';
  };
  const database =
    input.postgresDir === undefined
      ? new URL(dev.database_url).host
      : `embedded PostgreSQL on port ${new URL(dev.database_url).port}, data in ${place(input.postgresDir)}`;
  const queues =
    dev.redis_url === null
      ? 'on PostgreSQL. To run them on Redis: REDIS_URL=redis://127.0.0.1:6379 npm start'
      : `on Redis, ${redisHosts(dev.redis_url)}. To run them on PostgreSQL: npm start without REDIS_URL`;
  const rows: [string, string][] = [
    ['API', `${dev.api_url}   key ${dev.api_key}`],
    ['Docs', `${dev.api_url}/docs   every route, to read and to try`],
    ['Ops', `${dev.ops_url}/ops/queues   ${dev.ops_email}   ${dev.ops_password}`],
    ['Inbox', `${dev.ops_url}/ops/inbox   what would be sent to people: codes, warnings`],
    [
      'Sandbox',
      `${dev.sandbox_url}   plays RazorpayX, Razorpay, Cashfree, Eko and Setu; control token ${dev.sandbox_token}`,
    ],
    ['Database', database],
    ['Queues', queues],
    [
      'Timings',
      'development: provider time-out 2 s, polls after 1, 2, 4 and 8 s, not found counts after 10 s',
    ],
    [
      'Logs',
      `${place(path.join(input.dataDir, 'logs'))}/   for scripts: ${place(path.join(input.dataDir, 'dev.json'))}`,
    ],
  ];
  if (input.processes)
    rows.splice(6, 0, [
      'Processes',
      Object.entries(input.processes)
        .map(([name, count]) => (count === 1 ? name : `${name} x${count}`))
        .join(', '),
    ]);
  rows.splice(1, 0, ...networkRows(dev));
  if (input.clock !== undefined) rows.unshift(['Clock', input.clock]);
  if (input.restore !== undefined) rows.unshift(['Restore', input.restore]);
  const elsewhere = dev.api_url.endsWith(`:${USUAL_PORT}`)
    ? ''
    : `\nThe API is not on port ${USUAL_PORT} here. In commands of the README and of docs/, take the address below.\n`;
  return `${elsewhere}\n${rows.map(([name, text]) => `  ${name.padEnd(11)}${text}`).join('\n')}

A payout and its end, as often as you like:

${tryOut(dev)}

Next: npm run demo, npm run verify, npm run night. Ctrl-C stops everything.\n`;
}

/** Two lines for each user of the network: by what its people sign in, and the key of its programs. */
function networkRows({ network = [], staff = [] }: DevFile): [string, string][] {
  const users = network.flatMap(({ name, type, below, mobile, password, pin, api_key: key }) => [
    `${name}, ${type.replaceAll('_', ' ')}${below === null ? '' : `, below ${below}`}`,
    `  mobile ${mobile}   password ${password}   PIN ${pin}   key ${key}`,
  ]);
  const others = staff.slice(1).map(({ email, role, password }) => `${email}, ${role}   ${password}`);
  return [...underHeading('Network', users), ...underHeading('Staff', others)];
}

const underHeading = (heading: string, lines: readonly string[]): [string, string][] =>
  lines.map((line, i) => [i === 0 ? heading : '', line]);

/**
 * Works in any POSIX shell: a fresh key and reference each time, then the transaction that `Location` names.
 */
function tryOut(dev: DevFile): string {
  const body = JSON.stringify({
    amount: 150_000,
    currency: 'INR',
    beneficiary: { name: 'Test Beneficiary', account_number: '00111122220000', ifsc: 'HDFC0000053' },
    mode: 'IMPS',
    reference: 'REFERENCE',
    narration: 'Hello Munim',
  }).replace('REFERENCE', `'"$n"'`);
  const at = dev.api_url;
  return `key=${dev.api_key}
n=try-$(date +%s%N)
to=$(curl -sS -D - -o /dev/null ${at}/v1/payouts \\
  -H "Authorization: Bearer $key" -H 'Content-Type: application/json' -H "Idempotency-Key: $n" \\
  -d '${body}' \\
  | tr -d '\\r' | sed -n 's/^[Ll]ocation: //p')
curl -sS "${at}\${to#${at}}" -H "Authorization: Bearer $key" -H 'Prefer: wait=10'; echo`;
}
