import path from 'node:path';
import { silentLog } from '../../platform/logger';
import type { Clock } from '../../platform/clock';
import type { Connector } from '../../domain/connectors';
import { createRazorpayxConnector } from '../../providers/razorpayx/connector';
import { urlFrom } from '../stack/database-urls';
import { developmentKeys } from '../stack/development-keys';
import { DATA_DIR } from '../stack/root';
import { findRunning, runningOwner, type DevFile } from '../stack/run-lock';
import { startStack } from '../stack/stack';

/** Where the demo runs: on what runs already, or on a stack of its own that ends with it. */
export interface DemoPlace {
  dev: DevFile;
  dataDir: string;
  isOwn: boolean;
  stop(): Promise<void>;
}

export interface PlaceOptions {
  dataDir: string | undefined;
  freePorts: boolean;
  say: (line: string) => void;
  signal: AbortSignal;
}

/**
 * A stack of its own lives in `demo` under the data folder, with a database and a book of its own; with
 * DATABASE_URL in the folder of `npm start`, so that the same database always has the same keys and the same
 * book.
 */
export async function findPlace(options: PlaceOptions): Promise<DemoPlace> {
  const home = path.resolve(options.dataDir ?? DATA_DIR);
  const running = await findRunning(home);
  if (running !== undefined)
    return { dev: running, dataDir: home, isOwn: false, stop: async () => undefined };
  const owner = runningOwner(home);
  if (owner !== undefined)
    throw new Error(`Munim is just starting or stopping (process ${owner.pid}); try again in a moment`);
  const databaseUrl = process.env.DATABASE_URL || undefined;
  const dataDir = databaseUrl === undefined ? path.join(home, 'demo') : home;
  const stack = await startStack({
    dataDir,
    databaseUrl,
    migrateDatabaseUrl: urlFrom(process.env, 'MUNIM_MIGRATE_DATABASE_URL'),
    redisUrl: process.env.REDIS_URL || undefined,
    ports: options.freePorts ? 'free' : undefined,
    say: options.say,
    signal: options.signal,
  });
  return { dev: stack.dev, dataDir, isOwn: true, stop: () => stack.stop() };
}

/** The connector as the platform has it, for reading the provider's statement. */
export function connectorOf(place: DemoPlace, clock: Clock): Connector {
  const { keyId, keySecret, webhookSecret, accountNumber, accountType } = developmentKeys(
    place.dataDir,
  ).razorpayx;
  return createRazorpayxConnector({
    baseUrl: `${place.dev.sandbox_url}/v1`,
    keyId,
    keySecret,
    webhookSecret,
    accountNumber,
    accountType,
    clock,
    log: silentLog,
    timeouts: { connectMs: 2_000, totalMs: 10_000 },
  });
}
