import { setTimeout as pause } from 'node:timers/promises';
import { Presets, SingleBar } from 'cli-progress';
import type { KeyOperations, RotationStatus } from '../../domain/keys/operations';
import { REASON, textOption, type Command, type Told } from './command';

/** The keys that personal data is sealed with. No command here needs a key or shows one. */

const LOOK_MS = 500;

const rotate: Command = {
  name: 'keys rotate',
  permission: 'encryption.write',
  summary: 'seals everything anew with the first of the keys; the maintenance processes do it, this looks on',
  options: {
    reason: REASON,
    'no-wait': { what: 'begin it, and do not look on until it is finished', isFlag: true },
  },
  async run({ operations, by, given, ...context }) {
    const reason = textOption({ given, ...context }, 'reason');
    const begun = await operations.keys.begin({ reason, by });
    return toldOf(given['no-wait'] === true ? begun : await lookOn(operations.keys, begun));
  },
};

const status: Command = {
  name: 'keys status',
  permission: 'encryption.read',
  summary: 'how far the latest rotation has come',
  options: {},
  async run({ operations }) {
    const latest = await operations.keys.status();
    return latest === undefined ? { rotation: 'there was none' } : toldOf(latest);
  },
};

const check: Command = {
  name: 'keys check',
  permission: 'encryption.read',
  summary: 'each key, and what still needs it; reads every sealed table',
  options: {},
  run: async ({ operations }) =>
    (await operations.keys.check()).map(({ key, firstSeenAt, values, in: places, neededFor }) => ({
      key,
      first_seen_at: firstSeenAt,
      values,
      where: Object.entries(places).map(([place, count]) => `${place} ${count}`),
      needed: neededFor ?? 'no: munim keys forget it, then take it out of the settings',
    })),
};

const forget: Command = {
  name: 'keys forget',
  permission: 'encryption.write',
  summary: 'processes need this key no longer; refused while a value is sealed with it',
  argument: 'KEY',
  options: { reason: REASON },
  async run({ operations, by, argument, ...context }) {
    await operations.keys.forget(argument, { reason: textOption(context, 'reason'), by });
    return { key: argument, forgotten: true };
  },
};

export const KEYS: readonly Command[] = [rotate, status, check, forget];

/** Until it is finished. Whoever stops looking stops nothing: `munim keys status` tells how it goes on. */
async function lookOn(keys: KeyOperations, begun: RotationStatus): Promise<RotationStatus> {
  const bar = new SingleBar(
    { format: '{bar} {percentage} % | {value} of about {total} rows | {what}', stream: process.stderr },
    Presets.shades_classic,
  );
  let latest = begun;
  if (process.stderr.isTTY) bar.start(1, 0, { what: 'waiting for a maintenance process' });
  try {
    while (latest.finishedAt === null) {
      await pause(LOOK_MS);
      latest = (await keys.status()) ?? latest;
      bar.setTotal(Math.max(1, sumOf(latest, 'about')));
      bar.update(sumOf(latest, 'seen'), { what: whatOf(latest) });
    }
  } finally {
    bar.stop();
  }
  return latest;
}

function whatOf({ encryptionKey, pass }: RotationStatus): string {
  if (encryptionKey === null) return 'waiting for a maintenance process';
  return pass === 1 ? `sealing with ${encryptionKey}` : 'looking whether anything is left';
}

function toldOf(status: RotationStatus): Told {
  const unopened = sumOf(status, 'unopened');
  return {
    begun_at: status.begunAt,
    finished_at: status.finishedAt,
    sealed_with: status.encryptionKey,
    pass: status.pass,
    rows_renewed: sumOf(status, 'renewed'),
    ...(unopened === 0 ? {} : { rows_that_do_not_open: unopened }),
    tables: status.tables.map(({ table, about, seen, renewed }) => ({ table, about, seen, renewed })),
  };
}

function sumOf({ tables }: RotationStatus, what: 'about' | 'seen' | 'renewed' | 'unopened'): number {
  return tables.reduce((sum, table) => sum + table[what], 0);
}
