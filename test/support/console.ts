/** The ops console on a port of its own, over real stores; with one ops user of each role. */
import { systemIds } from '../../platform/ids';
import { createOperations } from '../../composition/operations';
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { Knex } from 'knex';
import { createTransactionFinder } from '../../domain/services/find';
import { createFieldCipher, createKeyedDigest } from '../../platform/encryption';
import type { OidcClient } from '../../platform/oidc';
import { createConsoleApp } from '../../console/app';
import { createPasswords } from '../../domain/auth/passwords';
import { allQueues } from '../../jobs';
import type { Networks } from '../../platform/addresses';
import { FakeClock } from '../../platform/clock';
import { makeKnex, rows } from '../../platform/database';
import { silentLog, type Log } from '../../platform/logger';
import { createQueues, type QueueBackend, type Queues, type QueueSettings } from '../../platform/queue';
import { ADMIN_API } from '../../api/admin/app';
import { splitAt } from '../../console/server';
import { createCursors } from '../../domain/errors/cursor';
import { makeStaff, STAFF_ROLES } from './access';
import { notAsDescribed } from './described-answers';
import { createMemoryBlobs } from './memory-blobs';
import { createTestStaffApi } from './staff-api';
import { freshDatabase } from './database';
import { createPatientServer } from './patient-times';
import { redisPrefix, redisUrl } from './redis';

export const PASSWORD = 'correct horse battery staple';
export const ROLES = STAFF_ROLES;
export const email = (role: string): string => `${role}@munim.example`;

/** Under it the console looks for numbers. */
export const FIND_KEY = randomBytes(32);

export interface TestConsole {
  url: string;
  /** The configured origin; a name, on which browsers keep a secure cookie. */
  origin: string;
  knex: Knex;
  clock: FakeClock;
  queues: Queues;
  settings: QueueSettings;
  audit(): Promise<AuditRow[]>;
  close(): Promise<void>;
}

export interface AuditRow {
  actor: string;
  actor_ip: string | null;
  action: string;
  subject: string;
  outcome: string;
  detail: Record<string, unknown>;
}

export async function startConsole(
  options: {
    backend?: QueueBackend;
    log?: Log;
    trustedProxies?: Networks;
    answerWithinMs?: number;
    /** The OpenID provider of the company, which sends browsers back to this origin. */
    oidc?: (origin: string) => Promise<OidcClient>;
    /** Another way to the same database. */ through?: (databaseUrl: string) => Promise<string>;
  } = {},
): Promise<TestConsole> {
  const backend = options.backend ?? 'postgres';
  const database = await freshDatabase();
  const knex = makeKnex(database.url, { max: 4 });
  const processKnex = makeKnex((await options.through?.(database.appUrl)) ?? database.appUrl);
  const settings: QueueSettings = {
    backend,
    databaseUrl: database.appUrl,
    ...(backend === 'redis' ? { redisUrl: redisUrl(), prefix: redisPrefix() } : {}),
  };
  const log = options.log ?? silentLog;
  const queues = createQueues(settings, { log });
  const passwordHash = await createPasswords().hash(PASSWORD);
  for (const role of ROLES) await makeStaff(knex, { role, email: email(role), passwordHash });
  const clock = new FakeClock(new Date());
  const server = createPatientServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const origin = `http://localhost:${port}`;
  const cipher = createFieldCipher({ keys: new Map([['k', randomBytes(32)]]), activeKid: 'k' });
  const cursors = createCursors(randomBytes(32));
  const operations = await createOperations({
    cipher,
    knex: processKnex,
    clock,
    ids: systemIds,
    profile: 'production',
    sessionMs: 900_000,
    cursors,
    blobs: createMemoryBlobs(),
  });
  const respond = createConsoleApp({
    approvals: operations.approvals,
    risk: operations.risk,
    knex: processKnex,
    clock,
    log,
    queues,
    queueNames: allQueues(['razorpayx']),
    origin,
    environment: 'test',
    trustedProxies: options.trustedProxies,
    ...(options.answerWithinMs === undefined ? {} : { answerWithinMs: options.answerWithinMs }),
    cipher,
    oidc: await options.oidc?.(origin),
    finder: createTransactionFinder({ lists: processKnex, digest: createKeyedDigest(FIND_KEY) }),
  }).callback();
  const mistakes: string[] = [];
  const staffApi = createTestStaffApi(
    { knex: processKnex, clock, cipher, log, operations, cursors, origin },
    mistakes,
  );
  server.on('request', splitAt(ADMIN_API, staffApi, respond));
  return {
    url: `http://127.0.0.1:${port}`,
    origin,
    knex,
    clock,
    queues,
    settings,
    audit: async () =>
      rows<AuditRow>(
        knex,
        'select actor, actor_ip, action, subject, outcome, detail from audit_log order by id',
      ),
    close: async () => {
      server.close();
      server.closeAllConnections();
      operations.close();
      await queues.close();
      await Promise.all([knex.destroy(), processKnex.destroy()]);
      await database.drop();
      if (mistakes.length > 0) throw new Error(notAsDescribed(mistakes));
    },
  };
}
