/** The commands of a page of docs, run by a shell as they stand there. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

export const ROOT = path.join(__dirname, '..', '..');
/** Of a page, on a machine that is busy with everything else. */
export const PAGE_LIMIT_MS = 900_000;

/** What stands in its blocks of the kind `sh`. */
export function commandsOf(page: string): string {
  const text = fs.readFileSync(path.join(ROOT, 'docs', page), 'utf8');
  return [...text.matchAll(/^```(?:sh|bash)\n([^]*?)^```$/gm)].map((block) => block[1]!).join('\n');
}

/** A request that is refused ends the page, as does a command that fails. */
const SHELL = `
set -euo pipefail
curl() { command curl --fail-with-body "$@"; }
npm() {
  if [ "$3" = munim ]; then node "$ROOT/dist/scripts/munim.js" "\${@:5}"; return; fi
  case "$4" in
    pid) node -e "$FINGER" "$SAMPLES/pid" "\${5:-}" ;;
    code) node -e "$CODE" "$ROOT/dist/scripts/sample/code.js" "$SAMPLES/outbox" "$5" ;;
    *) cat "$SAMPLES/$4" ;;
  esac
}
`;

/** Each capture is another one, sealed with the one-time password that it was given (sandbox/eko/finger.ts). */
const FINGER = `
const [block, otp] = [fs.readFileSync(process.argv[1], 'utf8'), process.argv[2]];
const salt = crypto.randomBytes(16);
const seal = crypto.createHash('sha256').update(salt).update(otp).digest();
console.log(block.trim().replace(/(<Data[^>]*>)[^<]*/, '$1' + Buffer.concat([salt, seal]).toString('base64')));`;

const CODE = `
const [file, outbox, to] = process.argv.slice(1);
require(file).nextCode(outbox, to).then(console.log, (error) => { console.error(error.message); process.exit(1); });`;

export interface Ran {
  code: number | null;
  /** What was printed, by whichever stream. */
  output: string;
  stdout: string;
}

/** `samples` has a file for each thing that `npm run -s sample` prints. */
export async function runCommands(commands: string, samples: string, cwd = ROOT): Promise<Ran> {
  const shell = spawn('bash', ['-c', `${SHELL}\n${commands}`], {
    env: { PATH: process.env.PATH ?? '', SAMPLES: samples, FINGER, CODE, ROOT },
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PAGE_LIMIT_MS,
  });
  const ran: Ran = { code: null, output: '', stdout: '' };
  shell.stdout.on('data', (chunk: Buffer) => {
    ran.stdout += chunk.toString();
    ran.output += chunk.toString();
  });
  shell.stderr.on('data', (chunk: Buffer) => {
    ran.output += chunk.toString();
  });
  ran.code = await new Promise<number | null>((resolve) => {
    shell.once('close', resolve);
  });
  return ran;
}
