/**
 * `npm run restore -- <command>`: restore mode (docs/runbooks/restore.md).
 *   begin --point TIME --reason TEXT   the database was restored; what was written after TIME is lost
 *   none --reason TEXT                 the database was moved or copied, and nothing was lost
 *   status                             what is still to be asked about; exit code 3 while there is something
 *   compare [--since TIME]             opens a case for each payment of a provider that the books do not know
 *   clear ID --reason TEXT             a person has seen to this transaction at the provider
 *   finish                             ends restore mode
 * Options: --by NAME (who does it), --json, --data DIR.
 */
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import {
  createRestores,
  RestoreRefused,
  type Restores,
  type RestoreStatus,
} from '../domain/restore/restores';
import { textOf as textToKeep } from '../domain/approvals/approvals';
import type { Comparison } from '../domain/restore/compare';
import { compose } from '../composition/compose';
import { systemClock } from '../platform/clock';
import { makeKnex } from '../platform/database';
import { parsePublicId, systemIds } from '../platform/ids';
import { silentLog } from '../platform/logger';
import { configOf } from './restore/environment';
import { DATA_DIR } from './stack/root';
import { findTarget } from './verify/target';

const USAGE =
  'usage: npm run restore -- begin --point TIME --reason TEXT | none --reason TEXT | status | compare | clear ID --reason TEXT | finish';
const UNANSWERED = 3;

interface Options {
  point?: string;
  since?: string;
  reason?: string;
  by: string;
  isJson: boolean;
  dataDir: string;
  databaseUrl: string;
  id?: string;
}

type Result = { text: string; json: unknown; code?: number };

const COMMANDS: Readonly<Record<string, (restores: Restores, options: Options) => Promise<Result>>> = {
  async begin(restores, { point, reason, by }) {
    const { toAsk } = await restores.begin({ point: timeOf(point, 'point'), reason: textOf(reason), by });
    return {
      text: `restore mode: ${toAsk} transactions wait for an answer of their provider`,
      json: { toAsk },
    };
  },
  async none(restores, { reason, by }) {
    await restores.declareMove({ reason: textOf(reason), by });
    return { text: 'noted: this is the database to work in, and nothing was lost', json: {} };
  },
  async status(restores) {
    const status = await restores.status();
    return { text: statusText(status), json: status, code: status.toAsk.length > 0 ? UNANSWERED : 0 };
  },
  async finish(restores, { by }) {
    await restores.finish(by);
    return { text: 'restore mode has ended', json: {} };
  },
  async clear(restores, { id, reason, by }) {
    const transaction = parsePublicId('transaction', id ?? '') ?? id;
    if (transaction === undefined) throw new Error('which transaction? restore -- clear txn_…');
    await restores.clear(transaction, { reason: textOf(reason), by });
    return { text: `${id} goes on as usual`, json: {} };
  },
  async compare(restores, { since, dataDir, databaseUrl }) {
    const { open } = await restores.status();
    const from = since === undefined ? open?.point : timeOf(since, 'since');
    if (from === undefined) throw new Error('since when? restore -- compare --since TIME');
    const c = await compose('restore', configOf(dataDir, databaseUrl), { log: silentLog });
    try {
      const comparisons = await c.restoreComparer.compare(from);
      return { text: comparisons.map(comparisonText).join('\n'), json: comparisons.map(comparisonJson) };
    } finally {
      await c.close();
    }
  },
};

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      point: { type: 'string' },
      since: { type: 'string' },
      reason: { type: 'string' },
      by: { type: 'string', default: os.userInfo().username },
      json: { type: 'boolean', default: false },
      data: { type: 'string' },
    },
  });
  const [name = '', id] = positionals;
  const command = COMMANDS[name];
  if (command === undefined) throw new Error(USAGE);
  const dataDir = path.resolve(values.data ?? DATA_DIR);
  const { databaseUrl } = await findTarget(dataDir);
  const knex = makeKnex(databaseUrl, { max: 1, applicationName: 'munim-restore' });
  try {
    const restores = createRestores({ knex, clock: systemClock, ids: systemIds });
    const { json, ...given } = values;
    const {
      text,
      json: data,
      code = 0,
    } = await command(restores, { ...given, id, isJson: json, dataDir, databaseUrl });
    console.log(json ? JSON.stringify(data) : text);
    return code;
  } finally {
    await knex.destroy();
  }
}

function timeOf(text: string | undefined, option: string): Date {
  const at = new Date(text ?? '');
  if (Number.isNaN(at.getTime()))
    throw new Error(`--${option} wants a time with its zone, such as 2026-11-29T10:00:00+05:30`);
  return at;
}

function textOf(reason: string | undefined): string {
  if (reason === undefined || reason.trim() === '') throw new Error('say why: --reason TEXT');
  return textToKeep('reason', reason);
}

function statusText({ open, toAsk, answered }: RestoreStatus): string {
  if (open === undefined) return 'no restore is open';
  const lines = toAsk.map(({ count, state, provider }) => `  ${count} ${state}, to be asked of ${provider}`);
  const done = answered.map(({ answer, count }) => `  ${count} ${answer.replace('_', ' ')}`);
  const head = `open since ${open.begunAt.toISOString()} by ${open.begunBy}, point ${open.point.toISOString()}`;
  return [head, ...(lines.length === 0 ? ['  nothing is left to be asked'] : lines), ...done].join('\n');
}

function comparisonText({ provider, compared, notCompared, listed, unknown }: Comparison): string {
  const names = unknown.map(
    (p) => `\n  ${p.providerReference} ${p.ourReference ?? '-'} ${p.amountPaise ?? '?'} paise ${p.rawStatus}`,
  );
  const found = `${provider}, ${compared.join(', ')}: ${listed} payments, ${unknown.length} that the books do not know`;
  return [
    ...(compared.length === 0 ? [] : [`${found}${names.join('')}`]),
    ...(notCompared.length === 0
      ? []
      : [
          `${provider}, ${notCompared.join(', ')}: it has no list; ask it for a report of the time that was lost`,
        ]),
  ].join('\n');
}

function comparisonJson(comparison: Comparison): unknown {
  const unknown = comparison.unknown.map((p) => ({ ...p, amountPaise: p.amountPaise?.toString() ?? null }));
  return { ...comparison, unknown };
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    const code = error instanceof RestoreRefused ? `${error.code}: ` : '';
    console.error(`${code}${error.message}`);
    process.exitCode = error instanceof RestoreRefused ? 2 : 1;
  },
);
