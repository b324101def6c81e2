import { createCallLog } from '../domain/api-log/write';
import { createAuthenticator } from '../domain/auth/api-keys';
import { createPolicies } from '../domain/policies/policies';
import { createAnnouncer } from '../domain/transactions/waiting';
import { execute } from '../platform/database';
import { createFieldCipher, createKeyedDigest, parseEncryptionKeys } from '../platform/encryption';
import { createHealth, HealthProblem } from '../platform/health';
import { claimBackend } from '../platform/queue';
import { callbackTokensOf } from '../providers/settings';
import type { Config } from './config';
import { createConnectors } from './connectors';
import { createDomain } from './domain';
import { foundationOf, type CompositionOverrides } from './foundation';

/**
 * Every part of a process, built by hand from its configuration. Connections are opened when they are first
 * used.
 */
export type Composition = Awaited<ReturnType<typeof compose>>;

export async function compose(processName: string, config: Config, overrides: CompositionOverrides = {}) {
  const foundation = foundationOf(processName, config, overrides);
  const { onError, ...shared } = foundation;
  const { clock, ids, log, metrics, killPoints, knex, queues, queueSettings } = shared;
  const policies = await createPolicies({ knex, clock, profile: config.policyProfile, onError });
  const callLog = createCallLog({
    knex,
    onDropped: (count, why) => metrics.callLogDropped.inc({ why }, count),
    onError,
  });
  const connectors = overrides.connectors ?? [];
  const providers = createConnectors(config, { knex, clock, log, metrics, policies, callLog, connectors });
  const announcer = createAnnouncer({ knex, onError });
  const domain = await createDomain({
    knex,
    clock,
    ids,
    profile: config.policyProfile,
    policies,
    providers,
    cipher: createFieldCipher(parseEncryptionKeys(config.encryptionKeys)),
    digest: createKeyedDigest(config.blindIndexKey),
    cursorKey: config.cursorKey,
    routes: { payout: 'razorpayx', dmt: 'eko', aeps: 'eko' },
    callbackTokens: callbackTokensOf(config.providers),
    callLog,
    announce: (finished) => announcer.announce(finished),
    onPoint: (point) => killPoints.hit(point),
    onError,
    onLedgerBatch: (size, ms) => {
      metrics.ledgerBatch.observe(size);
      metrics.ledgerBatchSeconds.observe(ms / 1_000);
    },
    onForged: (provider, kept) =>
      metrics.callbacks.inc({ provider, verdict: kept ? 'forged' : 'forged_not_kept' }),
  });
  return {
    ...shared,
    ...domain,
    config,
    callLog,
    announce: (finished: readonly string[]) => announcer.announce(finished),
    authenticator: createAuthenticator({ knex, clock }),
    health: createHealth({
      database: async () => {
        await execute(knex, 'select 1');
      },
      queue: () => queues.ping(),
      queue_backend: async () => {
        if ((await claimBackend(knex, queueSettings)) === 'differs')
          throw new HealthProblem('another queue backend is in use');
      },
    }),
    async close(): Promise<void> {
      await domain.close();
      await queues.close();
      await providers.close();
      await callLog.drain();
      await knex.destroy();
    },
  };
}
