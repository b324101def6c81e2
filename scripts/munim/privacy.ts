import fs from 'node:fs/promises';
import { createStaffProof } from '../../domain/auth/staff-proof';
import { DATA_KINDS, type DataKind } from '../../domain/privacy/request-rules';
import { readExport, type DataRequest } from '../../domain/privacy/requests';
import { sealedColumns } from '../../domain/services/sealed';
import { ALL_SERVICES } from '../../domain/services/services';
import { makeKnex } from '../../platform/database';
import { publicId, systemIds } from '../../platform/ids';
import { shownApproval } from './approvals';
import { EVIDENCE, optionalText, REASON, Refusal, textOption, UsageError, type Command } from './command';
import { readId, readUser } from './read-ids';

/** What is kept of people: how long, and what they ask about it. */

const LISTED = 200;
const STEP_ROWS = 1_000;
/** The loop goes on with what is left. */
const MOST_STEPS = 100;
const OWNER_ALONE = 0o600;
const DAY = 10;

const retention: Command = {
  name: 'retention',
  permission: 'privacy.read',
  summary:
    'erases what was kept long enough, in steps, as the loop does by itself; --dry-run shows it and does nothing',
  options: { 'dry-run': { what: 'show what would be erased', isFlag: true } },
  async run({ operations, given, by }) {
    if (given['dry-run'] === true) {
      const planned = await operations.retention.plan();
      return planned.map(({ keepDays, isOnHold, before, due, ...part }) => ({
        what: part.what,
        means: part.means,
        keep: isOnHold ? 'on hold' : `${keepDays ?? 'no rule'} days`,
        before: before === null ? null : before.toISOString().slice(0, DAY),
        would_erase: due,
        source: part.source,
      }));
    }
    await operations.access.require(by, 'privacy.decide');
    const erased = new Map<string, number>();
    for (let step = 0; step < MOST_STEPS; step += 1) {
      const done = await operations.retention.step(STEP_ROWS);
      for (const part of done) erased.set(part.what, (erased.get(part.what) ?? 0) + part.erased);
      if (!done.some((part) => part.erased === STEP_ROWS)) break;
    }
    return [...erased].map(([what, rows]) => ({ what, erased: rows }));
  },
};

const ask: Command = {
  name: 'privacy ask',
  permission: 'privacy.propose',
  summary: 'writes down that a person asked for what is kept of them, or that it is corrected or erased',
  argument: 'USER',
  options: {
    kind: { what: DATA_KINDS.join(', '), isRequired: true },
    reason: { what: 'how they asked, and how we know that it was them', isRequired: true },
  },
  async run({ operations, by, argument, ...context }) {
    const kind = DATA_KINDS.find((one) => one === textOption(context, 'kind'));
    if (kind === undefined) throw new UsageError(`--kind is one of ${DATA_KINDS.join(', ')}`);
    const given: { kind: DataKind; reason: string } = { kind, reason: textOption(context, 'reason') };
    return shown(await operations.privacy.ask({ user: readUser(argument), ...given }, by));
  },
};

const list: Command = {
  name: 'privacy list',
  permission: 'privacy.read',
  summary: 'requests about data that wait, the most urgent first',
  options: {},
  run: async ({ operations }) => (await operations.privacy.waiting(LISTED)).map(shown),
};

const show: Command = {
  name: 'privacy show',
  permission: 'privacy.read',
  summary: 'a request about data and what was said; of an erasure, what went, what stays, and by which law',
  argument: 'REQUEST',
  options: {},
  async run({ operations, argument }) {
    const request = await operations.privacy.show(readId('dataRequest', argument));
    return { ...shown(request), reason: request.reason, parts: request.parts, note: request.note };
  },
};

const propose: Command = {
  name: 'privacy propose',
  permission: 'privacy.propose',
  summary: 'proposes to grant a request about data; another person decides (munim approval)',
  argument: 'REQUEST',
  options: {
    reason: REASON,
    evidence: EVIDENCE,
    answer: { what: 'of a correction, what was corrected; the person reads it' },
  },
  async run({ operations, by, argument, ...context }) {
    const answer = optionalText(context, 'answer');
    const proposal = await operations.privacy.proposal({
      id: readId('dataRequest', argument),
      reason: textOption(context, 'reason'),
      evidence: textOption(context, 'evidence'),
      ...(answer === undefined ? {} : { answer }),
    });
    return shownApproval(await operations.approvals.propose(proposal, by));
  },
};

const refuse: Command = {
  name: 'privacy refuse',
  permission: 'privacy.decide',
  summary: 'refuses a request about data, at once',
  argument: 'REQUEST',
  options: { note: { what: 'why; the person is told', isRequired: true } },
  async run({ operations, by, argument, ...context }) {
    await operations.privacy.refuse(readId('dataRequest', argument), textOption(context, 'note'), by);
    return { request: argument, state: 'refused' };
  },
};

const exportCommand: Command = {
  name: 'privacy export',
  permission: 'kyc.unmask',
  summary: 'writes everything that is kept of a person into a new file, where the export was granted',
  argument: 'REQUEST',
  options: { file: { what: 'where it is written; nothing may be there', isRequired: true } },
  async run({ operations: { access }, by, argument, environment, clock, ...context }) {
    const { cipher, databaseUrl, profile } = environment;
    if (cipher === undefined)
      throw new Refusal('EXPORT_NEEDS_KEYS', 'set MUNIM_ENCRYPTION_KEYS_FILE: what is sealed is opened');
    const file = textOption(context, 'file');
    const knex = makeKnex(databaseUrl, { max: 2, applicationName: 'munim-command' });
    try {
      const sealed = sealedColumns(ALL_SERVICES);
      const proof = createStaffProof({ knex, clock, profile });
      const deps = { knex, clock, ids: systemIds, access, cipher, sealed, proof };
      const pieces = await readExport(deps, readId('dataRequest', argument), by);
      return { request: argument, bytes: await writeNew(file, pieces), file };
    } finally {
      await knex.destroy();
    }
  },
};

/** However long it is. What could not be read to its end is not left behind. */
async function writeNew(file: string, pieces: AsyncGenerator<string>): Promise<number> {
  const handle = await fs.open(file, 'wx', OWNER_ALONE);
  try {
    for await (const piece of pieces) await handle.write(piece);
    return (await handle.stat()).size;
  } catch (error) {
    await fs.rm(file);
    throw error;
  } finally {
    await handle.close();
  }
}

export const PRIVACY: readonly Command[] = [retention, ask, list, show, propose, refuse, exportCommand];

function shown({ id, userId, kind, state, askedAt, dueOn, decidedAt }: DataRequest) {
  return {
    request: publicId('dataRequest', id),
    user: publicId('user', userId),
    kind,
    state,
    asked_at: askedAt,
    due_on: dueOn,
    decided_at: decidedAt,
  };
}
