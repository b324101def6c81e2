import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import type { StoredText } from '../../domain/verification/p7-privacy';
import {
  verifyPromises,
  type VerificationInput,
  type VerificationReport,
} from '../../domain/verification/verify';
import { LONG_WORK_MS, makeKnex } from '../../platform/database';
import { UUID } from '../../platform/ids';
import { backendIdentity, readBackend, storedTexts, type QueueSettings } from '../../platform/queue';
import type { VerifyTarget } from './target';

/**
 * Verifies the promises of one place: tables in one snapshot, then queues and logs. `accepted` are UUIDs of
 * transactions, `planted` values that must be found nowhere, `keptHeads` heads of the audit chain from a file.
 * For the command, the demo and the end-to-end runs alike.
 */
export async function runVerification(
  target: VerifyTarget,
  lists: Pick<VerificationInput, 'accepted' | 'planted' | 'keptHeads'>,
): Promise<VerificationReport> {
  const knex = makeKnex(target.databaseUrl, {
    max: 3,
    applicationName: 'munim-verify',
    statementMs: LONG_WORK_MS,
  });
  try {
    const jobs = await jobTexts(knex, target);
    const logs = typeof target.logFiles === 'string' ? target.logFiles : logTexts(target.logFiles);
    return await verifyPromises(knex, { ...lists, jobs, logs });
  } finally {
    await knex.destroy();
  }
}

/** The texts of the queues in use, or why they cannot be had. */
async function jobTexts(
  knex: Parameters<typeof readBackend>[0],
  target: VerifyTarget,
): Promise<AsyncIterable<StoredText> | string> {
  const inUse = await readBackend(knex);
  if (inUse === undefined) return 'no queue was ever used';
  const settings: QueueSettings = {
    backend: inUse.backend,
    databaseUrl: target.databaseUrl,
    redisUrl: target.redisUrl,
    prefix: target.queuePrefix,
  };
  if (inUse.backend === 'redis' && target.redisUrl === undefined)
    return 'the queues are on Redis: set REDIS_URL';
  if (backendIdentity(settings) !== inUse.identity) return 'the queues are on another Redis than REDIS_URL';
  return idsOnly(storedTexts(settings));
}

async function* idsOnly(texts: ReturnType<typeof storedTexts>): AsyncGenerator<StoredText> {
  for await (const { place, text, data } of texts)
    yield data === undefined ? { place, text } : { place, text, isIdsOnly: isIdsOnly(data) };
}

/** Is a job's payload `{ids: [uuid, …]}` and nothing else? */
export function isIdsOnly(data: string): boolean {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return false;
  }
  if (typeof value !== 'object' || value === null || Object.keys(value).join() !== 'ids') return false;
  const { ids } = value as { ids: unknown };
  return Array.isArray(ids) && ids.every((id) => typeof id === 'string' && UUID.test(id));
}

async function* logTexts(files: readonly string[]): AsyncGenerator<StoredText> {
  for (const file of files) {
    let number = 0;
    for await (const text of readline.createInterface({
      input: fs.createReadStream(file, 'utf8'),
      crlfDelay: Number.POSITIVE_INFINITY,
    })) {
      number += 1;
      yield { place: `${path.basename(file)} line ${number}`, text };
    }
  }
}
