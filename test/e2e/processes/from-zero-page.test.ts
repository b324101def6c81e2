/** Every command of docs/from-zero.md, in its order, on a platform that `npm start` would have seeded. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { shellLines } from '../../../scripts/sample/sample';
import { seed } from '../../../scripts/stack/seeding';
import { staffPasswordFile } from '../../../scripts/stack/seed-staff';
import { commandsOf, PAGE_LIMIT_MS, ROOT, runCommands } from '../../support/pages';
import { startPlatform, type Platform } from '../../support/platform';

let p: Platform;
let dir: string;
beforeAll(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-from-zero-'));
  p = await startPlatform({ outboxDir: path.join(dir, 'outbox') });
  const { apiKey, network } = await seed(p.db, dir, p.c);
  const [one, other] = network.filter(({ type }) => type === 'distributor');
  const encryptionKeysFile = path.join(dir, 'encryption-keys');
  fs.writeFileSync(encryptionKeysFile, p.environment.MUNIM_ENCRYPTION_KEYS!, { mode: 0o600 });
  const env = shellLines({
    api: p.apiUrl,
    key: apiKey,
    sandbox: p.sandbox.url,
    sandboxToken: 'none-in-tests',
    network: {
      distributor: one!.apiKey,
      otherDistributor: other!.apiKey,
      databaseUrl: p.environment.DATABASE_URL!,
      encryptionKeysFile,
      passwordFile: staffPasswordFile(path.join(dir, 'keys'), '$1'),
    },
  });
  fs.writeFileSync(path.join(dir, 'env'), `${env}\n`);
  fs.mkdirSync(path.join(dir, 'work', 'test'), { recursive: true });
  fs.symlinkSync(path.join(ROOT, 'test', 'fixtures'), path.join(dir, 'work', 'test', 'fixtures'));
});
afterAll(async () => {
  await p.close();
  fs.rmSync(dir, { recursive: true, force: true });
});

const MOST_UNSAID = 5;

/** What the page says that its lines print: the words behind their `#`. */
function promised(commands: string): string[] {
  return commands.split('\n').flatMap((line) => /^(?!.*\{ # )[^#].* # (.+)$/.exec(line)?.[1] ?? []);
}

it(
  'ends as the page says, the refused ways too',
  async () => {
    const commands = commandsOf('from-zero.md');
    const { code, output, stdout } = await runCommands(commands, dir, path.join(dir, 'work'));
    expect([code, code === 0 ? '' : output.slice(-2_000)]).toEqual([0, '']);
    const lines = stdout.split('\n');
    let at = 0;
    for (const said of promised(commands)) {
      // some lines are printed of which the page says nothing
      const found = lines.slice(at, at + MOST_UNSAID).indexOf(said);
      if (found === -1)
        throw new Error(`the page says ${said}; there is ${lines.slice(at, at + 5).join(', ')}`);
      at += found + 1;
    }
    expect(promised(commands).filter((said) => /^[A-Z]+_[A-Z_]+$/.test(said))).toHaveLength(20);
  },
  PAGE_LIMIT_MS,
);
