import type { Knex } from 'knex';
import type { Metrics } from '../platform/metrics';
import { createAccess, type Access } from '../domain/access/access';
import { createKeptGrants } from '../domain/access/grants';
import { createNetwork } from '../domain/access/network';
import { createCallLog, type BackgroundCallLog } from '../domain/api-log/write';
import { createAuthenticator, type Authenticator } from '../domain/auth/api-keys';
import { createPasswords } from '../domain/auth/passwords';
import { createPolicies, type Policies } from '../domain/policies/policies';
import { createAnnouncer } from '../domain/transactions/waiting';
import { createCallers } from '../domain/tokens/bearer';
import { readOpenRestore } from '../domain/restore/restores';
import { networksByName } from '../platform/addresses';
import { execute } from '../platform/database';
import { defined } from '../platform/defined';
import { createFieldCipher, createKeyedDigest, parseEncryptionKeys } from '../platform/encryption';
import { knownMigrations, thisBuild } from '../platform/build';
import { indexKeysOf } from '../platform/key-fingerprints';
import { createHealth, HealthProblem, type Health } from '../platform/health';
import { createLiveness, type Liveness } from '../platform/liveness';
import type { Log } from '../platform/logger';
import { claimBackend } from '../platform/queue';
import { createSigner, type Signer } from '../platform/signing';
import { claimDatabase } from '../platform/rehearsal-mark';
import { readSchema, schemaProblem, StartFault } from '../platform/start-fault';
import { callbackTokensOf } from '../providers/settings';
import { SIGNING_PROCESSES, type Config } from './config';
import { connectionRefusal, mostConnections, tellConnections } from './connection-check';
import { createConnectors } from './connectors';
import { createDatabaseCheck, type DatabaseCheck } from './database-check';
import { createDomain } from './domain';
import { createPeople } from './people';
import { createKeyCheck, type KeyCheck } from './key-check';
import { requireRunningRole } from './role-check';
import { ROUTES_AS_SET } from './routes';
import { createStepUp, createTokens } from './tokens';
import { foundationOf, type CompositionOverrides, type Foundation } from './foundation';

/**
 * Every part of a process, built by hand from its configuration. Connections are opened when they are first
 * used.
 */
export type Composition = Awaited<ReturnType<typeof compose>>;

export async function compose(processName: string, config: Config, overrides: CompositionOverrides = {}) {
  const foundation = foundationOf(processName, config, overrides);
  const { onError, ...shared } = foundation;
  const { clock, ids, log, metrics, killPoints, knex, lists, long, queues } = shared;
  await shared.testClock?.refresh().catch(onError); // without a schema the policies say so
  const policies = await readPolicies({ knex, clock, log, profile: config.policyProfile, onError });
  if (config.environment === 'production') {
    await requireRunningRole(knex);
    await claimDatabase(knex, config.isRehearsal);
  }
  const callLog = callLogOf(foundation);
  const connectors = overrides.connectors ?? [];
  const providers = createConnectors(config, {
    ...{ knex, clock, log, metrics, policies, callLog, connectors, breaker: overrides.breaker },
    isDesk: processName === 'api',
  });
  const { keys, cipher, digest } = await keysOf(foundation, config);
  const database = createDatabaseCheck(shared);
  tellNeeds(processName, { ...foundation, config, providers });
  const announcer = createAnnouncer({ knex, onError });
  const tokens = await createTokens({ ...foundation, config, cipher });
  const liveness = createLiveness({ log });
  const domain = await createDomain({
    ...{ knex, lists, long, clock, ids, policies, providers, callLog, onError, blobs: shared.blobs },
    ...givenBy(processName, config),
    ...defined({ routes: overrides.routes }),
    cipher,
    digest,
    announce: (finished) => announcer.announce(finished),
    onPoint: (point) => killPoints.hit(point),
    ...countedBy(metrics),
  });
  const passwords = createPasswords();
  const people = await createPeople({ ...foundation, config, domain, tokens, passwords });
  const stepUp = await createStepUp({ ...foundation, config, domain, teller: people.teller, passwords });
  return {
    ...shared,
    ...domain,
    config,
    callLog,
    announce: (finished: readonly string[]) => announcer.announce(finished),
    authenticator: createCallers(authenticatorOf(foundation), tokens.authenticator),
    ...tokens.offered,
    ...stepUp.offered,
    access: accessOf(foundation),
    ...people.parts,
    liveness,
    /** Resolves when keys and database are those of before; until then the process must not work. */
    admitted: () => keys.admitted().then(() => database.admitted()),
    health: healthOf(shared, { keys, database, liveness }),
    async close(): Promise<void> {
      for (const part of [keys, database, liveness, tokens, stepUp, shared.testClock]) part?.close();
      await domain.close();
      await queues.close();
      await Promise.all([providers.close(), people.close(), shared.blobs?.close()]);
      await callLog.drain();
      shared.accessLog.flush();
      await Promise.all([...new Set([knex, lists, long])].map((pool) => pool.destroy()));
    },
  };
}

/** The keys of the configuration, and what is made with them. */
async function keysOf({ knex, clock, log }: Foundation, config: Config) {
  const encryption = parseEncryptionKeys(config.encryptionKeys);
  const blindIndexes = [config.blindIndexKey, config.otherBlindIndexKey].filter((key) => key !== undefined);
  const named = { encryption: encryption.keys, blindIndexes, cursor: config.cursorKey };
  const keys = createKeyCheck({ knex, log, keys: named });
  // What is counted by the month goes by the age of the keys. What is wrong with them, /readyz tells.
  await keys.check().catch(() => undefined);
  const digest = createKeyedDigest(...(await indexKeysOf(knex, named, clock.now())));
  return { keys, cipher: createFieldCipher(encryption), digest };
}

function callLogOf({ knex, metrics, onError }: Foundation): BackgroundCallLog {
  return createCallLog({
    knex,
    onDropped: (count, why) => metrics.callLogDropped.inc({ why }, count),
    onError,
  });
}

function authenticatorOf({ knex, clock, metrics, onError }: Foundation): Authenticator {
  return createAuthenticator({
    knex,
    clock,
    onAddressRefused: () => metrics.keyAddressRefused.inc(),
    onError,
  });
}

function accessOf({ knex, onError }: Foundation): Access {
  return createAccess({
    grants: createKeptGrants({ knex, onError }),
    network: createNetwork({ knex }),
  });
}

/** What the domain is given of the configuration alone. */
function givenBy(processName: string, config: Config) {
  return {
    profile: config.policyProfile,
    cursorKey: config.cursorKey,
    auditSigner: signerOf(processName, config),
    routes: ROUTES_AS_SET,
    callbackTokens: callbackTokensOf(config.providers),
    callbackNetworks: networksByName(config.callbackAddresses),
  };
}

function signerOf(processName: string, { auditKeys }: Pick<Config, 'auditKeys'>): Signer | undefined {
  if (auditKeys === undefined || !SIGNING_PROCESSES.includes(processName)) return undefined;
  return createSigner(parseEncryptionKeys(auditKeys));
}

/** What the domain tells that is counted. */
function countedBy(
  metrics: Metrics,
): Pick<Parameters<typeof createDomain>[0], 'onLedgerBatch' | 'onForged' | 'onElsewhere' | 'onOverBound'> {
  return {
    onLedgerBatch: (size, ms) => {
      metrics.ledgerBatch.observe(size);
      metrics.ledgerBatchSeconds.observe(ms / 1_000);
    },
    onForged: (provider, kept) =>
      metrics.callbacks.inc({ provider, verdict: kept ? 'forged' : 'forged_not_kept' }),
    onElsewhere: (provider) => metrics.callbacks.inc({ provider, verdict: 'elsewhere' }),
    onOverBound: (provider) => metrics.callbacks.inc({ provider, verdict: 'over_bound' }),
  };
}

/** What /readyz asks. */
function healthOf(
  { knex, queues, queueSettings }: Pick<Foundation, 'knex' | 'queues' | 'queueSettings'>,
  { keys, database, liveness }: { keys: KeyCheck; database: DatabaseCheck; liveness: Liveness },
): Health {
  return createHealth(
    {
      database: async () => {
        await execute(knex, 'select 1');
      },
      schema: async () => {
        const problem = schemaProblem(await readSchema(knex), knownMigrations());
        if (problem !== undefined) throw new HealthProblem(problem);
      },
      queue: () => queues.ping(),
      keys: () => keys.check(),
      loops: () => liveness.check(),
      queue_backend: async () => {
        if ((await claimBackend(knex, queueSettings)) === 'differs')
          throw new HealthProblem('another queue backend is in use');
      },
      database_identity: () => database.check(),
    },
    () => notesOf(knex),
  );
}

/** What `/readyz` says besides of a process that can work. */
async function notesOf(knex: Knex): Promise<Record<string, string>> {
  const open = await readOpenRestore(knex);
  const notes: Record<string, string> = { ...thisBuild() };
  if (open !== undefined) notes.restore = `open since ${open.begunAt.toISOString()}`;
  return notes;
}

function tellNeeds(
  processName: string,
  of: ReturnType<typeof foundationOf> & { config: Config; providers: { names(): readonly string[] } },
): void {
  const needed = mostConnections({
    pool: of.config.databaseConnections,
    queuesInPostgres: of.queues.backend === 'postgres',
    workers: processName === 'ledger' ? 2 : of.providers.names().length,
  });
  void tellConnections({ ...of, needed }).catch(of.onError);
}

/** The first that is read. Throws StartFault, or an Error that names what is wrong with the database. */
async function readPolicies(deps: Parameters<typeof createPolicies>[0] & { log: Log }): Promise<Policies> {
  try {
    await requireSchema(deps.knex, deps.log);
    return await createPolicies(deps);
  } catch (error) {
    throw connectionRefusal(error);
  }
}

/** Throws StartFault when this program cannot work with the schema; says so when the schema is ahead of it. */
async function requireSchema(knex: Knex, log: Log): Promise<void> {
  const schema = await readSchema(knex);
  const known = knownMigrations();
  const problem = schemaProblem(schema, known);
  if (problem !== undefined) throw new StartFault(`${problem[0]!.toUpperCase()}${problem.slice(1)}.`);
  const newest = schema.applied.at(-1);
  if (newest !== known.at(-1))
    log.warn({ schema: newest }, 'the schema is ahead of this program, which may run on it');
}
