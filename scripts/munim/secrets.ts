import fs from 'node:fs';
import readline from 'node:readline';
import { Writable } from 'node:stream';
import { readFirstLine } from './environment';
import { UsageError } from './command';

const WINDOWS = process.platform === 'win32';
const OTHERS = 0o077;

/** The password of an ops account: from a file, from a prompt that shows nothing, or the first line of the input. */
export async function readPassword(email: string, file: string | undefined): Promise<string> {
  if (file !== undefined) {
    requirePrivate(file);
    return readFirstLine(file);
  }
  const isTerminal = process.stdin.isTTY;
  if (isTerminal) process.stderr.write(`Password of ${email}: `);
  const silent = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  const lines = readline.createInterface({ input: process.stdin, output: silent, terminal: isTerminal });
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve);
      lines.once('close', () => {
        reject(new UsageError('no password: the input has ended'));
      });
    });
  } finally {
    lines.close();
    if (isTerminal) process.stderr.write('\n');
  }
}

/** Writes a secret for its owner alone. Throws UsageError when the file exists: a secret is not overwritten. */
export function writeSecret(file: string, text: string): void {
  try {
    fs.writeFileSync(file, `${text}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw new UsageError(
      (error as NodeJS.ErrnoException).code === 'EEXIST'
        ? `${file} exists; a secret overwrites no file`
        : `${file} cannot be written`,
    );
  }
}

/** Can the secret be stored there? Asked before it is made: it is shown once. */
export function requireNoFile(file: string | undefined): void {
  if (file !== undefined && fs.existsSync(file))
    throw new UsageError(`${file} exists; a secret overwrites no file`);
}

interface SignIn {
  token: string;
  expires_at: string;
}

/** Keeps a sign-in for its owner; an older one is replaced. */
export function writeSignIn(file: string, signIn: SignIn): void {
  fs.rmSync(file, { force: true });
  writeSecret(file, JSON.stringify(signIn));
}

/** Throws UsageError when the file is none, or may be read by others. */
export function readSignIn(file: string): SignIn {
  requirePrivate(file);
  try {
    const { token, expires_at } = JSON.parse(fs.readFileSync(file, 'utf8')) as Partial<SignIn>;
    if (typeof token === 'string' && typeof expires_at === 'string') return { token, expires_at };
  } catch {
    /* told below */
  }
  throw new UsageError(`${file} is no sign-in file: make one with munim sign-in`);
}

function requirePrivate(file: string): void {
  const found = fs.statSync(file, { throwIfNoEntry: false });
  if (found === undefined) throw new UsageError(`${file} cannot be read`);
  if (!WINDOWS && found.isFile() && (found.mode & OTHERS) !== 0)
    throw new UsageError(`${file} may be read by others: chmod 600 ${file}`);
}
