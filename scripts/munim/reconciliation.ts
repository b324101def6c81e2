import fs from 'node:fs';
import path from 'node:path';
import type { BreakView } from '../../domain/reconciliation/listing';
import { isCalendarDay } from '../../platform/clock';
import { rupeesFromPaise } from '../../platform/decimal';
import { publicId } from '../../platform/ids';
import { shownApproval } from './approvals';
import {
  EVIDENCE,
  optionalText,
  REASON,
  textOption,
  UsageError,
  type Command,
  type CommandContext,
} from './command';
import { readId } from './read-ids';

/** Reports of providers and statements of banks beside our books, and what becomes of a break. */

const LISTED = 500;
const SOURCE = { what: 'whose file it is (munim recon sources)', isRequired: true } as const;
const DATE = { what: 'the business date, 2026-11-28', isRequired: true } as const;

function dateOption(context: Pick<CommandContext, 'given'>, name = 'date'): string {
  const text = textOption(context, name);
  if (isCalendarDay(text)) return text;
  throw new UsageError(`--${name} takes a day such as 2026-11-28`);
}

function mappingOption(context: Pick<CommandContext, 'given'>): unknown {
  const text = optionalText(context, 'mapping');
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UsageError(
      '--mapping takes JSON: {"dates":"dmy","date":"Tran Date","narration":"PARTICULARS", …}',
    );
  }
}

const rupees = (paise: bigint | null): string | null => (paise === null ? null : rupeesFromPaise(paise));

const shownBreak = (found: BreakView): Readonly<Record<string, unknown>> => ({
  break: publicId('reconBreak', found.id),
  source: found.source,
  kind: found.kind,
  date: found.businessDate,
  gap_rupees: rupees(found.gapPaise),
  in_suspense_rupees: rupees(found.suspensePaise),
  written_off_rupees: rupees(found.writtenOffPaise),
  age_days: found.ageDays,
  transaction: found.transactionId === null ? null : publicId('transaction', found.transactionId),
  case: found.caseId === null ? null : publicId('case', found.caseId),
  owner: found.owner === null ? null : publicId('user', found.owner),
  state: found.resolution ?? found.state,
});

export const RECONCILIATION: readonly Command[] = [
  {
    name: 'recon sources',
    permission: 'recon.read',
    summary: 'whose reports and statements are read, and in which form',
    options: {},
    run: async ({ operations }) =>
      (await operations.reconciliation.sources()).map(
        ({ name, kind, provider, bank, format, services, retiredFrom }) => ({
          ...{ source: name, kind, of: provider ?? bank, format, services: services.join(' ') },
          retired_from: retiredFrom,
        }),
      ),
  },
  {
    name: 'recon source',
    permission: 'recon.write',
    summary: 'adds the statement of one of our bank accounts',
    argument: 'NAME',
    options: {
      bank: { what: 'the account by its name in the books, such as escrow', isRequired: true },
      format: { what: 'sbi, hdfc, icici, mapped_csv, camt053, mt940', isRequired: true },
      mapping: { what: 'of mapped_csv: the headers as JSON' },
    },
    async run({ operations, argument, ...context }) {
      const mapping = mappingOption(context);
      await operations.reconciliation.addSource({
        ...{ name: argument, bank: textOption(context, 'bank'), format: textOption(context, 'format') },
        ...(mapping === undefined ? {} : { mapping }),
      });
      return { source: argument };
    },
  },
  {
    name: 'recon retire',
    permission: 'recon.write',
    summary: 'awaits no file of a source from a day on; one that comes all the same is judged as ever',
    argument: 'SOURCE',
    options: {
      from: { what: 'the first day of which none is awaited, 2026-11-28', isRequired: true },
      reason: REASON,
    },
    async run({ operations, by, argument, ...context }) {
      const from = dateOption(context, 'from');
      await operations.reconciliation.retire(
        { name: argument, from, reason: textOption(context, 'reason') },
        by,
      );
      return { source: argument, retired_from: from };
    },
  },
  {
    name: 'recon resume',
    permission: 'recon.write',
    summary: 'awaits the files of a source that was retired again',
    argument: 'SOURCE',
    options: { reason: REASON },
    async run({ operations, by, argument, ...context }) {
      await operations.reconciliation.retire(
        { name: argument, from: null, reason: textOption(context, 'reason') },
        by,
      );
      return { source: argument, retired_from: null };
    },
  },
  {
    name: 'recon import',
    permission: 'recon.write',
    summary: 'imports a report or a statement; a file that cannot be read is refused, and imports nothing',
    argument: 'FILE',
    options: { source: SOURCE, date: DATE },
    async run({ operations, argument, ...context }) {
      if (!fs.existsSync(argument)) throw new UsageError(`there is no file ${argument}`);
      const done = await operations.reconciliation.importFile({
        source: textOption(context, 'source'),
        businessDate: dateOption(context),
        name: path.basename(argument),
        open: () => fs.createReadStream(argument, { highWaterMark: 1_048_576 }) as AsyncIterable<Buffer>,
      });
      return {
        known_file: done.isKnownFile,
        rows: done.rowCount,
        new: done.newCount,
        known: done.knownCount,
        restated: done.restatedCount,
      };
    },
  },
  {
    name: 'recon run',
    permission: 'recon.write',
    summary: 'matches and compares a day of one source; it may be run again',
    options: { source: SOURCE, date: DATE },
    async run({ operations, ...context }) {
      const { counts, float } = await operations.reconciliation.run({
        source: textOption(context, 'source'),
        businessDate: dateOption(context),
      });
      return {
        matched: counts.matched,
        agreed: counts.agreed,
        told: counts.told,
        cases_opened: counts.casesOpened,
        ...Object.fromEntries(Object.entries(counts.open).map(([kind, count]) => [`open_${kind}`, count])),
        our_balance_rupees: rupees(float.oursPaise),
        their_balance_rupees: rupees(float.theirsPaise),
        open_items_rupees: rupees(float.explainedPaise),
        unexplained_rupees: rupees(float.unexplainedPaise),
      };
    },
  },
  {
    name: 'recon breaks',
    permission: 'recon.read',
    summary: 'what does not fit, the oldest first',
    options: {
      source: { what: 'only of this source' },
      kind: { what: 'only this kind, such as amount_mismatch' },
      resolved: { what: 'those that are resolved', isFlag: true },
    },
    async run({ operations, given }) {
      const source = optionalText({ given }, 'source');
      const kind = optionalText({ given }, 'kind');
      const found = await operations.reconciliation.breaks({
        ...(source === undefined ? {} : { source }),
        ...(kind === undefined ? {} : { kind }),
        isOpen: given.resolved !== true,
        limit: LISTED,
      });
      return found.map(shownBreak);
    },
  },
  {
    name: 'recon show',
    permission: 'recon.read',
    summary: 'one break: what each side says, the candidates, and what can be chosen',
    argument: 'BREAK',
    options: {},
    async run({ operations, argument }) {
      const found = await operations.reconciliation.show(readId('reconBreak', argument));
      return {
        ...shownBreak(found),
        ours: JSON.stringify(found.ours),
        theirs: JSON.stringify(found.theirs),
        candidates: found.candidates.map((id) => publicId('transaction', id)).join(' '),
        choices: found.choices.join(' '),
      };
    },
  },
  {
    name: 'recon float',
    permission: 'recon.read',
    summary: 'the open items between our account with a provider, or at a bank, and what they say of it',
    options: { source: SOURCE, date: DATE },
    async run({ operations, ...context }) {
      const float = await operations.reconciliation.float({
        source: textOption(context, 'source'),
        businessDate: dateOption(context),
      });
      const line = (what: string, paise: bigint | null) => ({
        what,
        of: null as string | null,
        date: null as string | null,
        rupees: rupees(paise),
      });
      return [
        line('our books', float.oursPaise),
        ...float.items.map(({ subject, kind, businessDate, gapPaise }) => ({
          ...{ what: kind, of: subject, date: businessDate, rupees: rupees(gapPaise) },
        })),
        line('not explained', float.unexplainedPaise),
        line('their balance', float.theirsPaise),
      ];
    },
  },
  {
    name: 'recon settle',
    permission: 'cases.propose',
    summary: 'proposes what becomes of a break; another person decides (munim approval)',
    argument: 'BREAK',
    options: {
      choice: {
        what: 'their_word, write_off, loss_back or given_back; munim recon show says which it offers',
        isRequired: true,
      },
      reason: REASON,
      evidence: EVIDENCE,
    },
    async run({ operations, by, argument, ...context }) {
      const proposal = await operations.reconciliation.proposal({
        breakId: readId('reconBreak', argument),
        choice: textOption(context, 'choice'),
        reason: textOption(context, 'reason'),
        evidence: textOption(context, 'evidence'),
      });
      return shownApproval(await operations.approvals.propose(proposal, by));
    },
  },
  {
    name: 'recon link',
    permission: 'cases.propose',
    summary: 'proposes which of its candidates the row of a break is about; another person decides',
    argument: 'BREAK',
    options: {
      transaction: { what: 'one of the candidates that munim recon show names', isRequired: true },
      reason: REASON,
      evidence: EVIDENCE,
    },
    async run({ operations, by, argument, ...context }) {
      const proposal = await operations.reconciliation.proposal({
        ...{ breakId: readId('reconBreak', argument), choice: 'link' },
        candidate: readId('transaction', textOption(context, 'transaction')),
        reason: textOption(context, 'reason'),
        evidence: textOption(context, 'evidence'),
      });
      return shownApproval(await operations.approvals.propose(proposal, by));
    },
  },
];
