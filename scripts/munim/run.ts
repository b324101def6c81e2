import { parseArgs } from 'node:util';
import { createOperations, type Operations } from '../../composition/operations';
import type { Person } from '../../domain/approvals/approvals';
import { DomainError } from '../../domain/errors/errors';
import { RestoreRefused } from '../../domain/restore/restores';
import { systemClock } from '../../platform/clock';
import { isConnectionError, makeKnex, sqlState } from '../../platform/database';
import { systemIds } from '../../platform/ids';
import { readTestClock, TestClockRefused } from '../../platform/test-clock';
import {
  EXIT,
  perform,
  Refusal,
  UsageError,
  type Command,
  type Given,
  type OptionDefinition,
  type Options,
} from './command';
import { DATA_DIR } from '../stack/root';
import { readEnvironment } from './environment';
import { printed } from './print';
import { readPassword, readSignIn } from './secrets';

/** A sign-in of the command line is over after this long, whatever it is used for. */
export const SIGN_IN_MS = 15 * 60_000;
/** Where somebody who types commands is said to be. */
export const COMMAND_LINE = 'command-line';

const SIGN_IN_OPTIONS: Readonly<Record<string, OptionDefinition>> = {
  as: { what: 'e-mail address of your ops account; the password is asked for' },
  'password-file': { what: 'a file that holds the password, readable by you alone' },
  code: { what: 'code of your authenticator, or a recovery code, where you have set one up' },
  'sign-in': { what: 'the file that munim sign-in made' },
};
const COMMON_OPTIONS: Readonly<Record<string, OptionDefinition>> = {
  json: { what: 'print JSON', isFlag: true },
  help: { what: 'print this', isFlag: true },
};
const NO_SUCH_TABLE = '42P01';
const NOT_ALLOWED: ReadonlySet<string> = new Set(['unauthenticated', 'forbidden', 'rate_limited']);

/** Runs the command that the arguments name; prints what it tells; returns the exit code. Never throws. */
export async function runCommand(commands: readonly Command[], args: readonly string[]): Promise<number> {
  const isJson = args.includes('--json');
  try {
    const command = find(commands, args);
    if (command === undefined) {
      process.stdout.write(overview(commands));
      return args.length === 0 || args[0] === 'help' || args[0] === '--help' ? EXIT.done : EXIT.usage;
    }
    const { given, argument } = parse(command, args);
    if (given.help === true) {
      process.stdout.write(usageOf(command));
      return EXIT.done;
    }
    process.stdout.write(printed(await runWith(command, given, argument), isJson));
    return EXIT.done;
  } catch (error) {
    return tell(error, isJson);
  }
}

/** The command whose words come first: `sign-in`, `case propose`. */
function find(commands: readonly Command[], args: readonly string[]): Command | undefined {
  return commands.find(({ name }) => name.split(' ').every((word, i) => args[i] === word));
}

function parse(command: Command, args: readonly string[]): { given: Given; argument: string } {
  const definitions = optionsOf(command);
  const options: Options = Object.fromEntries(
    Object.entries(definitions).map(([name, { isFlag }]) => [name, { type: isFlag ? 'boolean' : 'string' }]),
  );
  const rest = args.slice(command.name.split(' ').length);
  let parsed: { values: Given; positionals: string[] };
  try {
    parsed = parseArgs({ args: rest, options, allowPositionals: true }) as typeof parsed;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${usageOf(command)}`);
  }
  const { values, positionals } = parsed;
  if (values.help === true) return { given: values, argument: '' };
  const wanted = command.argument === undefined ? 0 : 1;
  if (positionals.length !== wanted)
    throw new UsageError(
      `${wanted === 0 ? 'it takes no argument' : `it takes one argument, ${command.argument}`}\n\n${usageOf(command)}`,
    );
  const missing = Object.entries(definitions).filter(
    ([name, o]) => o.isRequired && values[name] === undefined,
  );
  if (missing.length > 0)
    throw new UsageError(
      `${missing.map(([name]) => `--${name}`).join(', ')} ${missing.length === 1 ? 'is' : 'are'} needed\n\n${usageOf(command)}`,
    );
  return { given: values, argument: positionals[0] ?? '' };
}

function optionsOf(command: Command): Readonly<Record<string, OptionDefinition>> {
  return { ...command.options, ...(command.isOpen ? {} : SIGN_IN_OPTIONS), ...COMMON_OPTIONS };
}

async function runWith(command: Command, given: Given, argument: string): ReturnType<Command['run']> {
  const environment = readEnvironment(process.env, DATA_DIR);
  const knex = makeKnex(environment.databaseUrl, {
    max: 3,
    applicationName: 'munim-command',
  });
  let operations: Operations | undefined;
  try {
    // production has the real clock, and no other is looked for
    const clock = environment.keyMode === 'test' ? await readTestClock(knex) : systemClock;
    operations = await createOperations({
      knex,
      clock,
      ids: systemIds,
      profile: environment.profile,
      sessionMs: SIGN_IN_MS,
      cipher: environment.cipher,
    });
    if (command.isOpen)
      return await perform(command, {
        operations,
        environment,
        clock,
        given,
        argument,
        by: NOBODY,
        proved: NOT_SIGNED_IN,
      });
    const { by, end, proved } = await signedIn(operations, given);
    try {
      return await perform(command, { operations, environment, clock, given, argument, by, proved });
    } finally {
      await end();
    }
  } finally {
    operations?.close();
    await knex.destroy();
  }
}

const NOT_SIGNED_IN = (): Promise<never> => Promise.reject(new Error('nobody is signed in'));

const NOBODY = {
  get userId(): never {
    throw new Error('nobody is signed in');
  },
  role: 'viewer',
} as const;

/** The ops account that acts: of a sign-in file, or by its password for this one command. */
async function signedIn(
  operations: Operations,
  given: Given,
): Promise<{ by: Person; end: () => Promise<void>; proved: () => Promise<void> }> {
  const file = given['sign-in'];
  const code = typeof given.code === 'string' ? given.code : undefined;
  if (typeof file === 'string') {
    const { token } = readSignIn(file);
    let session = await operations.sessions.find(token);
    if (session !== undefined && code !== undefined) {
      await operations.login.prove(token, { userId: session.userId, code, ip: COMMAND_LINE });
      session = await operations.sessions.find(token);
    }
    if (session === undefined)
      throw new DomainError('AUTH_REQUIRED', {
        detail: 'the sign-in is over: sign in again (munim sign-in)',
      });
    return { by: session, end: () => Promise.resolve(), proved: () => operations.sessions.prove(token) };
  }
  const email = given.as;
  if (typeof email !== 'string')
    throw new DomainError('AUTH_REQUIRED', { detail: 'say who acts: --as EMAIL, or --sign-in FILE' });
  const passwordFile = given['password-file'];
  const password = await readPassword(email, typeof passwordFile === 'string' ? passwordFile : undefined);
  const token = await operations.login.in({
    email,
    password,
    code,
    ip: COMMAND_LINE,
  });
  const session = await operations.sessions.find(token);
  if (session === undefined) throw new DomainError('AUTH_REQUIRED');
  return {
    by: session,
    end: () => operations.sessions.end(token),
    proved: () => operations.sessions.prove(token),
  };
}

function tell(error: unknown, isJson: boolean): number {
  const { code, message, exit } = described(error);
  process.stderr.write(isJson ? `${JSON.stringify({ code, detail: message })}\n` : `${message}\n`);
  return exit;
}

function described(error: unknown): { code: string; message: string; exit: number } {
  if (error instanceof UsageError) return { code: 'USAGE', message: error.message, exit: EXIT.usage };
  if (error instanceof DomainError) {
    const { code, kind, detail, title } = error;
    const message = `${code}: ${detail === title ? title : `${title}: ${detail}`}`;
    const usual = NOT_ALLOWED.has(kind) ? EXIT.notAllowed : EXIT.refused;
    return { code, message, exit: kind === 'unavailable' || kind === 'internal' ? EXIT.failed : usual };
  }
  if (error instanceof RestoreRefused || error instanceof Refusal || error instanceof TestClockRefused)
    return { code: error.code, message: `${error.code}: ${error.message}`, exit: EXIT.refused };
  if (sqlState(error) === NO_SUCH_TABLE)
    return {
      code: 'NOT_MIGRATED',
      message: 'the database is not migrated: run npm run migrate',
      exit: EXIT.failed,
    };
  if (isConnectionError(error))
    return {
      code: 'NO_DATABASE',
      message: 'the database of DATABASE_URL does not answer',
      exit: EXIT.failed,
    };
  const message = error instanceof Error ? error.message : 'it failed';
  return { code: 'FAILED', message, exit: EXIT.failed };
}

function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return `usage: munim <command> [options]\n\n${lines.join('\n')}\n\nmunim <command> --help tells the options.\n`;
}

/** How a command is used. */
export function usageOf(command: Command): string {
  const options = Object.entries(optionsOf(command)).map(([name, { what, isRequired, isFlag }]) => {
    const form = `--${name}${isFlag ? '' : ` ${name.toUpperCase().replaceAll('-', '_')}`}`;
    return `  ${form.padEnd(32)}  ${what}${isRequired ? ' (needed)' : ''}`;
  });
  const argument = command.argument === undefined ? '' : ` ${command.argument}`;
  return `usage: munim ${command.name}${argument} [options]\n\n${command.summary}\n\n${options.join('\n')}\n`;
}
