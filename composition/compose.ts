import type { Knex } from 'knex';
import { createAeps } from '../domain/aeps/aeps';
import { createAepsDispatch } from '../domain/aeps/dispatch';
import { createAepsRules } from '../domain/aeps/rules';
import { createCallLog } from '../domain/api-log/write';
import { createAuthenticator } from '../domain/auth/api-keys';
import { createBbps } from '../domain/bbps/bbps';
import { createBeneficiaries } from '../domain/beneficiaries/beneficiaries';
import { createCallbackProcessor } from '../domain/callbacks/process';
import { createCallbackReceiver } from '../domain/callbacks/receive';
import type { CallLog } from '../domain/api-log/port';
import { createPoller } from '../domain/dispatch/poll';
import { createDmtDispatch } from '../domain/dmt/dispatch';
import { createMoneyTransfer } from '../domain/dmt/money-transfer';
import type { Connector } from '../domain/connectors';
import { createSender } from '../domain/dispatch/send';
import { createAccountDirectory } from '../domain/ledger/accounts';
import { createLedger } from '../domain/ledger/post';
import { createAcceptPayouts } from '../domain/payouts/accept';
import { createPayoutDispatch } from '../domain/payouts/dispatch';
import { createDebitRules } from '../domain/posting/debit-rules';
import { createPolicies, type Policies } from '../domain/policies/policies';
import { createAcceptRecharges } from '../domain/recharge/accept';
import { createRechargeDesk } from '../domain/recharge/desk';
import { createRechargeDispatch } from '../domain/recharge/dispatch';
import { createRechargeReader } from '../domain/recharge/read';
import { createRechargeRules } from '../domain/recharge/rules';
import { createHolds } from '../domain/posting/hold';
import { createTransactionReader } from '../domain/transactions/read';
import { createOutcomeRecorder } from '../domain/lifecycle/record-outcome';
import { createSettler } from '../domain/posting/settle';
import { createAnnouncer } from '../domain/transactions/waiting';
import { createWalletReader } from '../domain/wallets/read';
import { createProviderRegistry } from '../providers/registry';
import { systemClock, type Clock } from '../platform/clock';
import { redactedConfig, type Config } from './config';
import { createCursors } from '../domain/errors/cursor';
import { makeKnex, rows } from '../platform/database';
import { createFieldCipher, createKeyedDigest, parseEncryptionKeys } from '../platform/encryption';
import { createHealth, HealthProblem } from '../platform/health';
import { systemIds } from '../platform/ids';
import { createKillPoints } from '../platform/kill-points';
import { createLog, type Log } from '../platform/logger';
import { createMetrics, type Metrics } from '../platform/metrics';
import { checkRedis, claimBackend, createQueues, type QueueSettings } from '../platform/queue';
import { createRateLimit } from '../platform/rate-limit';
import { createWake } from '../platform/wake';

/** The composition root: builds every part of a process by hand, from its configuration. Connections are opened when they are first used. */
export type Composition = Awaited<ReturnType<typeof compose>>;

export interface CompositionOverrides {
  clock?: Clock;
  log?: Log;
  /** Beside those of the configuration; for tests. */ connectors?: readonly Connector[];
}

export async function compose(processName: string, config: Config, overrides: CompositionOverrides = {}) {
  const foundation = foundationOf(processName, config, overrides);
  const { clock, ids, log, metrics, killPoints, knex, queues, queueSettings, wake, onError } = foundation;
  const policies = await createPolicies({ knex, clock, profile: config.policyProfile, onError });
  const callLog = createCallLog({
    knex,
    onDropped: (count, why) => metrics.callLogDropped.inc({ why }, count),
    onError,
  });
  const providers = createProviders(config, {
    knex,
    clock,
    log,
    metrics,
    policies,
    callLog,
    connectors: overrides.connectors ?? [],
  });
  const cipher = createFieldCipher(parseEncryptionKeys(config.encryptionKeys));
  const digest = createKeyedDigest(config.blindIndexKey);
  const beneficiaries = createBeneficiaries({ knex, cipher, digest, ids });
  const accounts = createAccountDirectory({ knex });
  const cursors = createCursors(config.cursorKey);
  const announcer = createAnnouncer({ knex, onError });
  const bbps = await createBbps({
    knex,
    clock,
    ids,
    cipher,
    digest,
    cursors,
    providers,
    policies,
    profile: config.policyProfile,
    onError,
    announce: (ended) => announcer.announce(ended),
    onPoint: (point) => killPoints.hit(`accept.${point}`),
  });
  const services = {
    payout: createDebitRules('payout', { accounts }),
    dmt: createDebitRules('dmt', { accounts }),
    bbps: createDebitRules('bbps', { accounts }),
    recharge: createDebitRules('recharge', { accounts }),
    aeps: createAepsRules({ accounts }),
  };
  const dispatches = {
    payout: createPayoutDispatch({ knex, beneficiaries }),
    dmt: createDmtDispatch({ cipher }),
    bbps: bbps.dispatch,
    recharge: createRechargeDispatch({ cipher }),
    aeps: createAepsDispatch(),
  };
  const ledger = createLedger({
    knex,
    clock,
    onBatch: (size, ms) => {
      metrics.ledgerBatch.observe(size);
      metrics.ledgerBatchSeconds.observe(ms / 1_000);
    },
    onPoint: (point) => killPoints.hit(`ledger.${point}`),
  });
  const recorder = createOutcomeRecorder({
    knex,
    clock,
    ids,
    onPoint: (point) => killPoints.hit(`outcome.${point}`),
  });
  const holds = createHolds({ knex, ledger, clock, services });
  const settler = createSettler({ knex, ledger, clock, services, policies });
  const transactions = createTransactionReader({ knex, cursors, clock });
  const rechargeRules = createRechargeRules({ knex, clock, profile: config.policyProfile, providers });
  const rechargeDesk = createRechargeDesk({ clock, digest, rules: rechargeRules });

  return {
    config,
    clock,
    ids,
    log,
    metrics,
    killPoints,
    knex,
    queues,
    queueSettings,
    wake,
    policies,
    providers,
    callLog,
    cipher,
    beneficiaries,
    accounts,
    ledger,
    recorder,
    holds,
    bbps,
    announce: (finished: readonly string[]) => announcer.announce(finished),
    settler,
    sender: createSender({
      knex,
      clock,
      ids,
      policies,
      providers,
      dispatches,
      recorder,
      holds,
      onPoint: (point) => killPoints.hit(`send.${point}`),
    }),
    poller: createPoller({
      knex,
      clock,
      ids,
      policies,
      providers,
      dispatches,
      recorder,
      onPoint: (point) => killPoints.hit(`poll.${point}`),
    }),
    callbackReceiver: createCallbackReceiver({
      knex,
      clock,
      ids,
      cipher,
      providers,
      tokens: callbackTokens(config),
      callLog,
      onForged: (provider, kept) =>
        metrics.callbacks.inc({ provider, verdict: kept ? 'forged' : 'forged_not_kept' }),
      onPoint: (point) => killPoints.hit(`callback.${point}`),
    }),
    callbackProcessor: createCallbackProcessor({
      knex,
      clock,
      ids,
      cipher,
      providers,
      recorder,
      hints: bbps.hints,
      callLog,
      onPoint: (point) => killPoints.hit(`callback.${point}`),
    }),
    acceptPayouts: createAcceptPayouts({
      knex,
      clock,
      ids,
      policies,
      beneficiaries,
      digest,
      provider: 'razorpayx',
      onPoint: (point) => killPoints.hit(`accept.${point}`),
    }),
    moneyTransfer: createMoneyTransfer({
      knex,
      clock,
      ids,
      policies,
      providers,
      cipher,
      digest,
      recorder,
      holds,
      transactions,
      provider: 'eko',
      onPoint: (point) => killPoints.hit(`accept.${point}`),
      onRefundPoint: (point) => killPoints.hit(`refund.${point}`),
    }),
    rechargeDesk,
    acceptRecharges: createAcceptRecharges({
      knex,
      clock,
      ids,
      policies,
      cipher,
      digest,
      rules: rechargeRules,
      desk: rechargeDesk,
      onPoint: (point) => killPoints.hit(`accept.${point}`),
    }),
    recharges: createRechargeReader({ knex, transactions }),
    authenticator: createAuthenticator({ knex, clock }),
    transactions,
    aeps: createAeps({
      knex,
      clock,
      ids,
      cipher,
      digest,
      policies,
      providers,
      recorder,
      holds,
      settler,
      transactions,
      profile: config.policyProfile,
      provider: 'eko',
      onPoint: (point) => killPoints.hit(`aeps.${point}`),
    }),
    wallets: createWalletReader({ knex, cursors }),
    health: createHealth({
      database: async () => {
        await rows(knex, 'select 1');
      },
      queue: () => queues.ping(),
      queue_backend: async () => {
        if ((await claimBackend(knex, queueSettings)) === 'differs')
          throw new HealthProblem('another queue backend is in use');
      },
    }),
    async close(): Promise<void> {
      policies.close();
      bbps.close();
      await ledger.drain();
      await queues.close();
      await providers.close();
      await callLog.drain();
      await knex.destroy();
    },
  };
}

/** What every process stands on, and knows nothing of money. */
function foundationOf(processName: string, config: Config, overrides: CompositionOverrides) {
  const clock = overrides.clock ?? systemClock;
  const ids = systemIds;
  const log = overrides.log ?? createLog({ process: processName, level: config.logLevel });
  log.info({ config: redactedConfig(config) }, 'configuration');
  const metrics = createMetrics(processName);
  const killPoints = createKillPoints({ process: processName, file: config.killPoints });
  const knex = makeKnex(config.databaseUrl, {
    max: config.databaseConnections,
    applicationName: `munim-${processName}`,
  });
  const queueSettings = queueSettingsOf(config);
  const queues = createQueues(queueSettings, { log });
  if (config.redisUrl !== undefined)
    void checkRedis(config.redisUrl).then(
      (warning) => {
        if (warning !== undefined) log.warn({ warning }, 'Redis is not set up as the queues need it');
      },
      () => undefined,
    );
  const wake = createWake({
    queues,
    log,
    metrics: {
      woken: (queue, jobs) => metrics.wakeJobs.inc({ queue }, jobs),
      missed: (queue, count) => metrics.wakeMissedRows.inc({ queue }, count),
    },
  });
  const onError = (error: unknown): void => log.warn({ error }, 'a background read failed');
  return { clock, ids, log, metrics, killPoints, knex, queues, queueSettings, wake, onError };
}

/** Redis when there is a URL, else PostgreSQL. */
export function queueSettingsOf(
  config: Pick<Config, 'redisUrl' | 'databaseUrl' | 'queuePrefix'>,
): QueueSettings {
  return {
    backend: config.redisUrl === undefined ? 'postgres' : 'redis',
    redisUrl: config.redisUrl,
    databaseUrl: config.databaseUrl,
    prefix: config.queuePrefix,
  };
}

/** The unguessable part of the callback address of each provider that signs nothing. */
function callbackTokens(config: Config): Record<string, string> {
  return {
    ...(config.eko === undefined ? {} : { eko: config.eko.callbackToken }),
    ...(config.setu === undefined ? {} : { setu: config.setu.callbackToken }),
  };
}

function createProviders(
  config: Config,
  deps: {
    knex: Knex;
    clock: Clock;
    log: Log;
    metrics: Metrics;
    policies: Policies;
    callLog: CallLog;
    connectors: readonly Connector[];
  },
) {
  return createProviderRegistry(
    {
      razorpayx: config.razorpayx,
      keyed: config.keyed,
      ...(config.eko === undefined ? {} : { eko: config.eko }),
      ...(config.setu === undefined ? {} : { setu: config.setu }),
    },
    {
      clock: deps.clock,
      log: deps.log,
      callLog: deps.callLog,
      metrics: {
        called: (provider, operation, result) =>
          deps.metrics.providerCalls.inc({ provider, call: operation, answer: result }),
        refused: (provider, operation, why) =>
          deps.metrics.providerCalls.inc({ provider, call: operation, answer: why }),
        unlistedStatus: (provider) =>
          deps.metrics.providerCalls.inc({ provider, call: 'status', answer: 'unlisted' }),
        breakerChanged: (provider, state) =>
          deps.log.warn({ provider, state }, 'the circuit breaker changed'),
      },
      boundsOf: (provider) => {
        const { connectTimeoutMs, totalTimeoutMs, maxInFlight } = deps.policies.provider(provider);
        return {
          timeouts: { connectMs: connectTimeoutMs, totalMs: totalTimeoutMs },
          maxInFlight,
          limiter: createRateLimit({
            knex: deps.knex,
            key: provider,
            perSecond: () => deps.policies.provider(provider).ratePerSecond,
          }),
        };
      },
    },
    deps.connectors,
  );
}
