import { publicId } from '../../platform/ids';
import { REASON, textOption, UsageError, type Command, type CommandContext } from './command';
import { readId } from './read-ids';

/** Restore mode; `npm run restore` has the same commands for whoever cannot sign in, and compares the lists. */

function timeOption(context: Pick<CommandContext, 'given'>, name: string): Date {
  const at = new Date(textOption(context, name));
  if (Number.isNaN(at.getTime()))
    throw new UsageError(`--${name} wants a time with its zone, such as 2026-11-29T10:00:00+05:30`);
  return at;
}

const begin: Command = {
  name: 'restore begin',
  permission: 'restores.write',
  summary: 'the database was restored: what was on its way is asked about before it is sent or given up',
  options: { point: { what: 'what was written after this time is lost', isRequired: true }, reason: REASON },
  async run({ operations, by, ...context }) {
    const point = timeOption(context, 'point');
    const reason = textOption(context, 'reason');
    const { toAsk } = await operations.restores.begin({ point, reason, by: by.userId });
    return { to_ask: toAsk };
  },
};

const none: Command = {
  name: 'restore none',
  permission: 'restores.write',
  summary: 'the database was moved or copied, and nothing was lost',
  options: { reason: REASON },
  async run({ operations, by, ...context }) {
    await operations.restores.declareMove({ reason: textOption(context, 'reason'), by: by.userId });
    return { noted: true };
  },
};

const status: Command = {
  name: 'restore status',
  permission: 'restores.read',
  summary: 'the open restore, and what is still to be asked about',
  options: {},
  async run({ operations }) {
    const { open, toAsk, answered } = await operations.restores.status();
    if (open === undefined) return { open: false };
    return {
      open: true,
      point: open.point,
      begun_at: open.begunAt,
      reason: open.reason,
      to_ask: toAsk.reduce((sum, { count }) => sum + count, 0),
      ...Object.fromEntries(answered.map(({ answer, count }) => [answer, count])),
    };
  },
};

const clear: Command = {
  name: 'restore clear',
  permission: 'restores.write',
  summary: 'a person has seen to a transaction at its provider: it goes on as usual',
  argument: 'TRANSACTION',
  options: { reason: REASON },
  async run({ operations, by, argument, ...context }) {
    const id = readId('transaction', argument);
    await operations.restores.clear(id, { reason: textOption(context, 'reason'), by: by.userId });
    return { transaction: publicId('transaction', id), cleared: true };
  },
};

const finish: Command = {
  name: 'restore finish',
  permission: 'restores.write',
  summary: 'ends restore mode; refused while a transaction is still to be asked about',
  options: {},
  async run({ operations, by }) {
    await operations.restores.finish(by.userId);
    return { open: false };
  },
};

export const RESTORE: readonly Command[] = [begin, none, status, clear, finish];
