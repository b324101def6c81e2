import { createLimitRules, type LimitRules } from '../domain/limits/rules';
import { createPermitStore } from '../platform/permit-store';
import { createPermits, type Permits } from '../platform/permits';
import { createErrorLog } from '../platform/queue/error-log';
import type { Composition } from './compose';

/** What the API counts requests with: the rules in force, and permits that all processes share. */
export interface Limits {
  rules: LimitRules;
  permits: Permits;
  close(): Promise<void>;
}

export async function createLimits(
  c: Pick<Composition, 'knex' | 'clock' | 'log'> & {
    config: Pick<Composition['config'], 'databaseUrl' | 'redisUrl' | 'queuePrefix' | 'policyProfile'>;
  },
): Promise<Limits> {
  const { databaseUrl, redisUrl, queuePrefix, policyProfile } = c.config;
  const rules = await createLimitRules({
    knex: c.knex,
    clock: c.clock,
    profile: policyProfile,
    onError: (error) => c.log.warn({ error }, 'the limits of requests could not be read again'),
  });
  const store = createPermitStore({
    databaseUrl,
    redisUrl,
    prefix: queuePrefix,
    onError: createErrorLog(c.log, 'the place where requests are counted is away; another counts meanwhile'),
  });
  return {
    rules,
    permits: createPermits(store),
    async close() {
      rules.close();
      await store.close();
    },
  };
}
