import type { Knex } from 'knex';

/** A fault of the start that is already told in full: what, where, and what to do. */
export class StartFault extends Error {}

/** What the sentences name: where the process looked, and which settings sent it there. */
export interface StartPlaces {
  databaseUrl?: string;
  /** The setting of each port, by its number. */
  ports?: Readonly<Record<number, string>>;
  /** The setting of each file, by its path. */
  files?: Readonly<Record<string, string>>;
}

interface SystemError {
  code?: string;
  address?: string;
  port?: number;
  path?: string;
  hostname?: string;
  syscall?: string;
}

const AWAY: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ETIMEDOUT: 'no answer in time',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no way to the host',
  ECONNRESET: 'the connection was cut',
  ENOTFOUND: 'the name of the host is not known',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
};

const POSTGRES: Readonly<Record<string, string>> = {
  '28P01': 'refuses the password: correct DATABASE_URL',
  '28000': 'does not let this role in: create the role there, or correct DATABASE_URL',
  '3D000': 'has no database of this name: create it with `npm run migrate`, or correct DATABASE_URL',
  '42501':
    'does not let this role read the tables: run `npm run migrate`, which grants it, or correct DATABASE_URL',
  '42P01': 'has a schema that is behind this program: run `npm run migrate`, then start again',
  '42703': 'has a schema that is behind this program: run `npm run migrate`, then start again',
  '53300': 'has no connection left: raise max_connections, or lower MUNIM_DATABASE_CONNECTIONS',
  '57P03': 'is starting up or shutting down: start again when it answers',
};

/** One sentence about a fault of the start: what, where, what to do. It holds no secret. */
export function sentenceOf(error: unknown, places: StartPlaces = {}): string {
  if (error instanceof StartFault) return error.message;
  if (error instanceof AggregateError && error.errors.length > 0) return sentenceOf(error.errors[0], places);
  const fault = (error ?? {}) as SystemError;
  const code = fault.code ?? '';
  if (code === 'EADDRINUSE' || code === 'EACCES') {
    if (fault.port !== undefined) return portSentence(code, fault.port, places);
  }
  if (fault.path !== undefined && /^E(?:NOENT|ACCES|ISDIR|PERM)$/.test(code))
    return fileSentence(fault, places);
  const server =
    places.databaseUrl === undefined ? 'PostgreSQL' : `PostgreSQL at ${hostOf(places.databaseUrl)}`;
  if (POSTGRES[code] !== undefined) return `${server} ${POSTGRES[code]}.`;
  if (AWAY[code] !== undefined)
    return `${server} does not answer (${AWAY[code]}): start it, or correct DATABASE_URL.`;
  const [line] = (error instanceof Error ? error.message : 'the start failed').split('\n');
  return withoutStatement(line!);
}

function portSentence(code: string, port: number, { ports = {} }: StartPlaces): string {
  const setting = ports[port] ?? 'the setting of the port';
  return code === 'EADDRINUSE'
    ? `The port ${port} is taken by another program: stop it, or choose another port with ${setting}.`
    : `The port ${port} may not be opened by this user: choose one above 1023 with ${setting}.`;
}

function fileSentence({ code, path }: SystemError, { files = {} }: StartPlaces): string {
  const setting = files[path!];
  const what = code === 'ENOENT' ? 'does not exist' : 'cannot be read by this user';
  return `The file ${path!} ${what}: ${setting === undefined ? 'put it there' : `put it there, or correct ${setting}`}.`;
}

function hostOf(url: string): string {
  return URL.canParse(url) && new URL(url).host !== '' ? new URL(url).host : 'the place of DATABASE_URL';
}

/** knex puts the whole statement before the words of the driver. */
function withoutStatement(line: string): string {
  return line.replace(/^(?:select|insert|update|with|begin|commit)\b.* - (?=[^-]+$)/i, '');
}

/**
 * Says on standard error why the start failed, and ends the process: in production as one JSON line like the
 * log, elsewhere as a sentence.
 */
export function failStart(name: string, error: unknown, places: StartPlaces = {}): never {
  const all =
    error instanceof Error && /^The configuration is wrong/.test(error.message) ? error.message : undefined;
  const sentence = all ?? sentenceOf(error, places);
  const isProduction = (process.env.NODE_ENV ?? 'production') === 'production';
  const code = (error as SystemError | null)?.code;
  process.stderr.write(
    isProduction
      ? `${JSON.stringify({
          level: 'fatal',
          time: new Date().toISOString(),
          process: name,
          process_id: process.pid,
          ...(code === undefined ? {} : { code }),
          msg: `could not start: ${sentence}`,
        })}\n`
      : `${name} could not start. ${sentence}\n`,
  );
  process.exit(1);
}

/** What a database says of its schema. */
export interface SchemaState {
  /** The names of the migrations that it has, the oldest first. */
  applied: readonly string[];
  /** The newest migration that a program must know to work with it. */
  needs: string | null;
}

export async function readSchema(knex: Knex): Promise<SchemaState> {
  const [found] = (
    await knex.raw<{ rows: { applied: string[] | null; hasFloor: boolean }[] }>(`
      select case when to_regclass('schema_migrations') is null then null
          else (select array_agg(name order by name) from schema_migrations) end as applied,
        to_regclass('schema_floor') is not null as "hasFloor"`)
  ).rows;
  const applied = found?.applied ?? [];
  if (found?.hasFloor !== true) return { applied, needs: null };
  const floor = (await knex.raw<{ rows: { needs: string }[] }>('select needs from schema_floor')).rows;
  return { applied, needs: floor[0]?.needs ?? null };
}

/**
 * Why a program that knows these migrations cannot work with a schema; undefined when it can. A schema may be
 * ahead: a migration that older programs cannot work with says so (`schema_floor`).
 */
export function schemaProblem({ applied, needs }: SchemaState, known: readonly string[]): string | undefined {
  const has = new Set(applied);
  const missing = known.filter((name) => !has.has(name));
  if (missing.length > 0)
    return (
      `the schema is behind this program by ${missing.length} migration${missing.length === 1 ? '' : 's'}` +
      ` (the first is ${missing[0]!}): run \`npm run migrate\`, then start again`
    );
  const newest = known.at(-1) ?? '';
  if (needs !== null && needs > newest)
    return `the schema needs a program that knows ${needs}, and this one knows no more than ${newest}: start the newer program`;
  return undefined;
}
