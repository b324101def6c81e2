import type { Knex } from 'knex';
import { createCallLog } from '../domain/api-log/write';
import { createAuthenticator } from '../domain/auth/api-keys';
import { createBeneficiaries } from '../domain/beneficiaries/beneficiaries';
import { createCallbackProcessor } from '../domain/callbacks/process';
import { createCallbackReceiver } from '../domain/callbacks/receive';
import type { CallLog } from '../domain/api-log/port';
import type { Connector } from '../domain/dispatch/provider-port';
import { createPoller } from '../domain/dispatch/poll';
import { createSender } from '../domain/dispatch/send';
import { createAccountDirectory } from '../domain/ledger/accounts';
import { createLedger } from '../domain/ledger/post';
import { createAcceptPayouts } from '../domain/payouts/accept';
import { createPayoutDispatch } from '../domain/payouts/dispatch';
import { createDebitRules } from '../domain/transactions/debit-rules';
import { createPolicies, type Policies } from '../domain/policies/policies';
import { createAcceptRecharges } from '../domain/recharge/accept';
import { createRechargeDesk } from '../domain/recharge/desk';
import { createRechargeDispatch } from '../domain/recharge/dispatch';
import { createRechargeReader } from '../domain/recharge/read';
import { createRechargeRules } from '../domain/recharge/rules';
import { createHolds } from '../domain/transactions/hold';
import { createTransactionReader } from '../domain/transactions/read';
import { createOutcomeRecorder } from '../domain/transactions/record-outcome';
import { createSettler } from '../domain/transactions/settle';
import { createAnnouncer } from '../domain/transactions/waiting';
import { createWalletReader } from '../domain/wallets/read';
import { createProviderRegistry } from '../providers/registry';
import { systemClock, type Clock } from './clock';
import { redactedConfig, type Config } from './config';
import { createCursors } from './cursor';
import { makeKnex, rows } from './database';
import { createFieldCipher, createKeyedDigest, parseEncryptionKeys } from './encryption';
import { createHealth, HealthProblem } from './health';
import { systemIds } from './ids';
import { createKillPoints } from './kill-points';
import { createLog, type Log } from './logger';
import { createMetrics, type Metrics } from './metrics';
import { checkRedis, claimBackend, createQueues, type QueueSettings } from './queue';
import { createRateLimit } from './rate-limit';
import { createWake } from './wake';

/** The composition root: builds every part of a process by hand, from its configuration. Connections are opened when they are first used. */
export type Composition = Awaited<ReturnType<typeof compose>>;

export async function compose(processName: string, config: Config, overrides: { clock?: Clock; log?: Log; connectors?: readonly Connector[] } = {}) {
  const clock = overrides.clock ?? systemClock;
  const ids = systemIds;
  const log = overrides.log ?? createLog({ process: processName, level: config.logLevel });
  log.info({ config: redactedConfig(config) }, 'configuration');
  const metrics = createMetrics(processName);
  const killPoints = createKillPoints({ process: processName, file: config.killPoints });
  const knex = makeKnex(config.databaseUrl, { max: config.databaseConnections, applicationName: `munim-${processName}` });
  const queueSettings = queueSettingsOf(config);
  const queues = createQueues(queueSettings, { log });
  if (config.redisUrl !== undefined) void checkRedis(config.redisUrl).then((warning) => { if (warning !== undefined) log.warn({ warning }, 'Redis is not set up as the queues need it'); }, () => undefined);
  const wake = createWake({ queues, log, metrics: { woken: (queue, jobs) => metrics.wakeJobs.inc({ queue }, jobs), missed: (queue, count) => metrics.wakeMissedRows.inc({ queue }, count) } });
  const onError = (error: unknown): void => log.warn({ error }, 'a background read failed');

  const policies = await createPolicies({ knex, clock, profile: config.policyProfile, onError });
  const callLog = createCallLog({ knex, onDropped: (count, why) => metrics.callLogDropped.inc({ why }, count), onError });
  const providers = createProviders(config, { knex, clock, log, metrics, policies, callLog, connectors: overrides.connectors ?? [] });
  const cipher = createFieldCipher(parseEncryptionKeys(config.encryptionKeys));
  const digest = createKeyedDigest(config.blindIndexKey);
  const beneficiaries = createBeneficiaries({ cipher, digest, ids });
  const accounts = createAccountDirectory({ knex });
  const services = { payout: createDebitRules('payout', { accounts }), recharge: createDebitRules('recharge', { accounts }) };
  const dispatches = { payout: createPayoutDispatch({ knex, beneficiaries }), recharge: createRechargeDispatch({ cipher }) };
  const ledger = createLedger({
    knex, clock,
    onBatch: (size, ms) => { metrics.ledgerBatch.observe(size); metrics.ledgerBatchSeconds.observe(ms / 1_000); },
    onPoint: (point) => killPoints.hit(`ledger.${point}`),
  });
  const recorder = createOutcomeRecorder({ knex, clock, ids, onPoint: (point) => killPoints.hit(`outcome.${point}`) });
  const holds = createHolds({ knex, ledger, clock, services });
  const cursors = createCursors(config.cursorKey);
  const transactions = createTransactionReader({ knex, cursors, clock });
  const rechargeRules = createRechargeRules({ knex, clock, profile: config.policyProfile, providers });
  const rechargeDesk = createRechargeDesk({ clock, digest, rules: rechargeRules });
  const announcer = createAnnouncer({ knex, onError });

  return {
    config, clock, ids, log, metrics, killPoints, knex, queues, queueSettings, wake, policies, providers, callLog, cipher, beneficiaries, accounts, ledger, recorder, holds,
    announce: (finished: readonly string[]) => announcer.announce(finished),
    settler: createSettler({ knex, ledger, clock, services, policies }),
    sender: createSender({ knex, clock, ids, policies, providers, dispatches, recorder, holds, onPoint: (point) => killPoints.hit(`send.${point}`) }),
    poller: createPoller({ knex, clock, ids, policies, providers, dispatches, recorder, onPoint: (point) => killPoints.hit(`poll.${point}`) }),
    callbackReceiver: createCallbackReceiver({
      knex, clock, ids, cipher, providers, callLog,
      onForged: (provider, kept) => metrics.callbacks.inc({ provider, verdict: kept ? 'forged' : 'forged_not_kept' }),
      onPoint: (point) => killPoints.hit(`callback.${point}`),
    }),
    callbackProcessor: createCallbackProcessor({ knex, clock, ids, cipher, providers, recorder, callLog, onPoint: (point) => killPoints.hit(`callback.${point}`) }),
    acceptPayouts: createAcceptPayouts({ knex, clock, ids, policies, beneficiaries, digest, provider: 'razorpayx', onPoint: (point) => killPoints.hit(`accept.${point}`) }),
    rechargeDesk,
    acceptRecharges: createAcceptRecharges({ knex, clock, ids, policies, cipher, digest, rules: rechargeRules, desk: rechargeDesk, onPoint: (point) => killPoints.hit(`accept.${point}`) }),
    recharges: createRechargeReader({ knex, transactions }),
    authenticator: createAuthenticator({ knex, clock }),
    transactions,
    wallets: createWalletReader({ knex, cursors }),
    health: createHealth({
      database: async () => { await rows(knex, 'select 1'); },
      queue: () => queues.ping(),
      queue_backend: async () => { if (await claimBackend(knex, queueSettings) === 'differs') throw new HealthProblem('another queue backend is in use'); },
    }),
    async close(): Promise<void> {
      policies.close();
      await ledger.drain();
      await queues.close();
      await providers.close();
      await callLog.drain();
      await knex.destroy();
    },
  };
}

/** Redis when there is a URL, else PostgreSQL. */
export function queueSettingsOf(config: Pick<Config, 'redisUrl' | 'databaseUrl' | 'queuePrefix'>): QueueSettings {
  return { backend: config.redisUrl === undefined ? 'postgres' : 'redis', redisUrl: config.redisUrl, databaseUrl: config.databaseUrl, prefix: config.queuePrefix };
}

function createProviders(config: Config, deps: { knex: Knex; clock: Clock; log: Log; metrics: Metrics; policies: Policies; callLog: CallLog; connectors: readonly Connector[] }) {
  const policy = deps.policies.provider('razorpayx');
  return createProviderRegistry({ razorpayx: config.razorpayx, keyed: config.keyed }, {
    clock: deps.clock,
    log: deps.log,
    callLog: deps.callLog,
    metrics: {
      called: (provider, operation, result) => deps.metrics.providerCalls.inc({ provider, call: operation, answer: result }),
      refused: (provider, operation, why) => deps.metrics.providerCalls.inc({ provider, call: operation, answer: why }),
      unlistedStatus: (provider) => deps.metrics.providerCalls.inc({ provider, call: 'status', answer: 'unlisted' }),
      breakerChanged: (provider, state) => deps.log.warn({ provider, state }, 'the circuit breaker changed'),
    },
    timeouts: { connectMs: policy.connectTimeoutMs, totalMs: policy.totalTimeoutMs },
    maxInFlight: policy.maxInFlight,
    limiter: (provider) => createRateLimit({ knex: deps.knex, key: provider, perSecond: () => deps.policies.provider(provider).ratePerSecond }),
  }, deps.connectors);
}
