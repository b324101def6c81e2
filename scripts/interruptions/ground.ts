import type { AccountId, UserId } from '../../domain/ids/ids';
/**
 * A platform of its own to be interrupted: stack, Redis, users with money; in a folder that goes away with
 * it. PostgreSQL is always the durable one: with fsync or synchronous_commit off, an immediate stop loses
 * what was committed.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Knex } from 'knex';
import { createTerminals } from '../../domain/aeps/terminals';
import { createApiKey } from '../../domain/auth/api-keys';
import { SCOPES } from '../../domain/services/services';
import { accountCode, openAccounts } from '../../domain/ledger/accounts';
import { createLedger } from '../../domain/ledger/post';
import { createAppUser } from '../../domain/users/users';
import { systemClock } from '../../platform/clock';
import { execute, LONG_WORK_MS, makeKnex } from '../../platform/database';
import { derivedUuid, systemIds } from '../../platform/ids';
import type { QueueBackend } from '../../platform/queue';
import { startLink, type Link } from '../stack/link';
import { startSentinelGroup, type SentinelGroup } from '../stack/redis-sentinel';
import { startRedis, type RedisServer } from '../stack/redis-server';
import { seed } from '../stack/seeding';
import { developmentKeys } from '../stack/development-keys';
import { ownOfProviders } from '../stack/provider-environment';
import { startStack, type Stack } from '../stack/stack';

export interface GroundOptions {
  backend: QueueBackend;
  processes?: Record<string, number>;
  env?: Record<string, string>;
  /** The processes reach their stores over links that can fall silent. */
  links?: boolean;
  /** Redis is a master and a replica behind Sentinels. */
  sentinel?: boolean;
  /** A second host with a folder and processes of its own works on the same stores; PostgreSQL takes 100 connections. */
  secondHost?: boolean;
}

export interface TestUser {
  userId: UserId;
  accountId: AccountId;
  apiKey: string;
  fundsPaise: bigint;
}

export interface Ground {
  backend: QueueBackend;
  dir: string;
  stack: Stack;
  redis: RedisServer | undefined;
  links: { postgres?: Link; redis?: Link } | undefined;
  sentinel: SentinelGroup | undefined;
  users: TestUser[];
  /** For observation only; its `application_name` says so, and cut connections spare it. */
  knex: Knex;
  /** The number of instances of each process that has more than one. */
  counts: Record<string, number>;
  /** The file in which processes note the kill points that they hit. */
  hitsFile: string;
  /** Hits that an interruption has claimed, by their position in the file. */
  claimedHits: Set<number>;
  close(options?: { keep?: boolean }): Promise<void>;
}

/** What every run on a ground of its own is told. */
export interface GroundRun {
  backend: QueueBackend;
  seed: number;
  /** Orders a second. */
  rate: number;
  /** Called when there is something to take down on Ctrl-C. */
  onGround?: (ground: Ground) => void;
  say: (line: string) => void;
}

export const WATCHER = 'interruptions';
const RICH_USERS = 7;
const RICH_PAISE = 100_000_000_000n;
/** Enough for a few dozen payouts: the rest end as FAILED, LEDGER_INSUFFICIENT_FUNDS. */
const POOR_PAISE = 5_000_000n;

async function startGround(options: GroundOptions): Promise<Ground> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-interruptions-'));
  fs.chmodSync(dir, 0o711); // the database user passes through: the data stays in this folder, and goes with it
  const hitsFile = path.join(dir, 'kill-points.jsonl');
  const stores: Stores = { redis: undefined, sentinel: undefined, links: {} };
  const stacks: Stack[] = [];
  try {
    const redisUrl = options.backend === 'redis' ? await startRedisStore(dir, options, stores) : undefined;
    const env = { MUNIM_KILL_POINTS: hitsFile, MUNIM_LOG_LEVEL: 'warn', ...options.env };
    const stack = await startStack({
      dataDir: path.join(dir, 'data'),
      redisUrl,
      ports: 'free',
      postgresProfile: 'durable',
      postgresSettings: options.secondHost ? { max_connections: '100' } : undefined,
      endsWithUs: true,
      processes: options.processes,
      env,
      seed: seedWithoutVelocity,
      route: options.links ? async (url) => linkTo(url, 'postgres', stores) : undefined,
      restart: RESTART,
    });
    stacks.push(stack);
    if (options.secondHost) stacks.push(await startSecondHost(path.join(dir, 'second-host'), stack, env));
    const knex = makeKnex(stack.urls.owner, {
      max: 3,
      applicationName: WATCHER,
      statementMs: LONG_WORK_MS,
    });
    const users = await createUsers(knex);
    return {
      backend: options.backend,
      dir,
      stack,
      redis: stores.redis,
      links: options.links ? stores.links : undefined,
      sentinel: stores.sentinel,
      users,
      knex,
      hitsFile,
      counts: options.processes ?? {},
      claimedHits: new Set(),
      close: async ({ keep = false } = {}) => {
        await knex.destroy();
        await end(dir, stacks, stores, keep);
      },
    };
  } catch (error) {
    await end(dir, stacks, stores, true).catch(() => undefined);
    throw error;
  }
}

/** Runs on a ground of its own. Its folder stays, for people to look at, when not all is well, or with `keep`. */
export async function onOwnGround<Report extends { ok: boolean }>(
  options: GroundOptions,
  { onGround, keep = false }: Pick<GroundRun, 'onGround'> & { keep?: boolean },
  run: (ground: Ground) => Promise<Report>,
): Promise<Report> {
  const ground = await startGround(options);
  onGround?.(ground);
  let ok = false;
  try {
    const report = await run(ground);
    ({ ok } = report);
    return report;
  } finally {
    await ground.close({ keep: keep || !ok });
  }
}

const RESTART = { firstMs: 300, longestMs: 2_000, healthyMs: 5_000 };

/** The processes of a second host: the keys, the stores and the provider of the first, in a folder of their own. */
async function startSecondHost(dataDir: string, first: Stack, env: Record<string, string>): Promise<Stack> {
  fs.cpSync(path.join(first.dataDir, 'keys'), path.join(dataDir, 'keys'), { recursive: true });
  const portOf = (url: string): number => Number(new URL(url).port);
  const ports = { api: portOf(first.urls.api), sandbox: portOf(first.urls.sandbox) };
  return startStack({
    dataDir,
    databaseUrl: first.urls.database,
    migrateDatabaseUrl: first.urls.owner,
    redisUrl: first.urls.redis,
    ports: 'free',
    processes: { sandbox: 0 },
    env: { ...ownOfProviders(ports, developmentKeys(dataDir)), ...env },
    seed: async () => Promise.resolve(first),
    restart: RESTART,
  });
}

interface Stores {
  redis: RedisServer | undefined;
  sentinel: SentinelGroup | undefined;
  links: { postgres?: Link; redis?: Link };
}

/** Returns the URL for the processes. */
async function startRedisStore(dir: string, options: GroundOptions, stores: Stores): Promise<string> {
  if (options.sentinel) {
    stores.sentinel = await startSentinelGroup(path.join(dir, 'redis'));
    return stores.sentinel.url;
  }
  stores.redis = await startRedis({ dir: path.join(dir, 'redis'), appendonly: true });
  return options.links ? linkTo(stores.redis.url, 'redis', stores) : stores.redis.url;
}

async function linkTo(url: string, name: keyof Stores['links'], stores: Stores): Promise<string> {
  const { hostname, port } = new URL(url);
  const link = await startLink({ host: hostname, port: Number(port) });
  stores.links[name] = link;
  return link.through(url);
}

async function end(dir: string, stacks: readonly Stack[], stores: Stores, keep: boolean): Promise<void> {
  for (const stack of stacks.toReversed()) await stack.stop(5_000);
  await stores.redis?.stop('SIGKILL');
  await stores.sentinel?.stop();
  await stores.links.postgres?.close();
  await stores.links.redis?.close();
  if (!keep) fs.rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

/**
 * A handful of agents serve as many customers in minutes as a district does in a day: the velocity rules
 * would refuse them, and rightly.
 */
async function seedWithoutVelocity(...to: Parameters<typeof seed>): ReturnType<typeof seed> {
  const seeded = await seed(...to);
  await execute(to[0], 'delete from aeps_velocity_rules');
  return seeded;
}

async function createUsers(knex: Knex): Promise<TestUser[]> {
  const ledger = createLedger({ knex, clock: systemClock });
  const code = accountCode.bank('escrow');
  const bank = (await openAccounts(knex, [code])).get(code)!;
  const users: TestUser[] = [];
  for (const fundsPaise of [...Array.from({ length: RICH_USERS }, () => RICH_PAISE), POOR_PAISE]) {
    const user = await knex.transaction((trx) => createAppUser(trx, systemIds, { name: 'Test Trader' }));
    await ledger.post({
      journal: {
        id: derivedUuid(user.userId, 'funding'),
        transactionId: null,
        transfers: [
          { debitAccountId: bank, creditAccountId: user.accountId, amountPaise: fundsPaise, code: 'funding' },
        ],
      },
    });
    const { secret } = await createApiKey(knex, systemIds, {
      userId: user.userId,
      mode: 'test',
      scopes: SCOPES,
    });
    await createTerminals({ knex, clock: systemClock }).register(user.userId, 'till-1', 'interruptions');
    users.push({ userId: user.userId, accountId: user.accountId, apiKey: secret, fundsPaise });
  }
  return users;
}
