/** The API for staff over real stores; every answer is held against its description. */
import type http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Knex } from 'knex';
import { createAdminApi } from '../../api/admin/app';
import { ADMIN_ROUTES } from '../../api/admin/routes';
import { createStaffDoor } from '../../api/admin/staff';
import { createOperations, type Operations } from '../../composition/operations';
import { createSessions } from '../../domain/auth/sessions';
import { createCursors, type Cursors } from '../../domain/errors/cursor';
import { createAllTaxDocuments } from '../../domain/gst/read';
import type { Clock } from '../../platform/clock';
import type { FieldCipher } from '../../platform/encryption';
import { systemIds } from '../../platform/ids';
import { silentLog, type Log } from '../../platform/logger';
import { createMetrics } from '../../platform/metrics';
import { makeStaff, STAFF_ROLES, type StaffRole } from './access';
import { notAsDescribed, watched } from './described-answers';
import { NO_LIMITS } from './no-limits';
import { createPatientServer, PATIENT_TIMES } from './patient-times';
import type { World } from './world';

export interface StaffApiParts {
  knex: Knex;
  clock: Clock;
  cipher: FieldCipher;
  log: Log;
  operations: Operations;
  cursors: Cursors;
  /** Of the console's pages. */
  origin: string;
}

/** `mistakes` grows by each answer that is not as it is described. */
export function createTestStaffApi(
  { knex, clock, cipher, log, operations, cursors, origin }: StaffApiParts,
  mistakes: string[],
): http.RequestListener {
  const respond = createAdminApi({
    ...operations,
    ...{ ids: systemIds, log, limits: NO_LIMITS, metrics: createMetrics('test'), cursors },
    timeLimits: PATIENT_TIMES,
    staff: createStaffDoor({ knex, clock, sessions: operations.sessions, origin }),
    allTaxDocuments: createAllTaxDocuments({ lists: knex, cipher }),
  }).callback();
  return watched(
    (req, res) => void respond(req, res),
    (mistake) => mistakes.push(mistake),
    ADMIN_ROUTES,
  );
}

export interface StaffApi {
  url: string;
  operations: Operations;
  /** Of a sign-in of each role. */
  tokens: ReadonlyMap<StaffRole, string>;
  /** Of an account of each role. */
  ids: ReadonlyMap<StaffRole, string>;
  /** Answers that are not as they are described; `close` throws where there are some. */
  mistakes: string[];
  close(): Promise<void>;
}

/** Of pages of the console. */
export const STAFF_ORIGIN = 'https://ops.example';

/** It listens on a port of its own, over the database of a world. */
export async function startStaffApi(world: World, log: Log = silentLog): Promise<StaffApi> {
  const { knex, clock, ids, cipher } = world.first;
  const cursors = createCursors(Buffer.alloc(32, 3));
  const operations = await createOperations({
    ...{ knex, clock, ids, cipher, cursors, profile: 'production', sessionMs: 900_000, blobs: world.blobs },
  });
  const mistakes: string[] = [];
  const server = createPatientServer(
    createTestStaffApi({ knex, clock, cipher, log, operations, cursors, origin: STAFF_ORIGIN }, mistakes),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const sessions = createSessions({ knex, clock });
  const tokens = new Map<StaffRole, string>();
  const accounts = new Map<StaffRole, string>();
  for (const role of STAFF_ROLES) {
    const { id } = await makeStaff(world.knex, { role, email: `${role}@munim.example` });
    accounts.set(role, id);
    tokens.set(role, await sessions.open(id, '127.0.0.1'));
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ operations, tokens, ids: accounts, mistakes },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      operations.close();
      if (mistakes.length > 0) throw new Error(notAsDescribed(mistakes));
    },
  };
}
