import fs from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { Presets, SingleBar } from 'cli-progress';
import { createDocumentStore, documentStorageOf } from '../../composition/documents';
import { createStaffReports, type ReportDesk, type ReportView } from '../../domain/reports/desk';
import { REPORT_FORMS, type ReportForm, type ReportParameters } from '../../domain/reports/report';
import type { Person } from '../../domain/approvals/approvals';
import { systemClock } from '../../platform/clock';
import { makeKnex } from '../../platform/database';
import { publicId, systemIds } from '../../platform/ids';
import { createTestClock } from '../../platform/test-clock';
import { optionalText, Refusal, textOption, UsageError, type Command, type CommandContext } from './command';
import { readId } from './read-ids';

/** Reports: asked for, looked at while they are made, and fetched. The nightly processes make them. */

const LISTED = 50;
const LOOK_MS = 500;
const OWNER_ALONE = 0o600;
const PARAMETERS = ['from', 'to', 'on', 'account', 'user'] as const;

const offered: Command = {
  name: 'report list',
  permission: 'reports.read',
  summary: 'the reports that your role may have, and what each is asked with',
  options: {},
  run: async ({ operations, by }) =>
    (await operations.reports.offered(by)).map(({ name, title, parameters, forms, summary }) => ({
      report: name,
      title,
      asked_with: Object.keys(parameters)
        .map((one) => `--${one}`)
        .join(' '),
      forms: forms.join(', '),
      summary,
    })),
};

const make: Command = {
  name: 'report make',
  permission: 'reports.read',
  summary: 'asks for a report and looks on until it is made; with --file it is written there',
  argument: 'REPORT',
  options: {
    form: { what: `${REPORT_FORMS.join(', ')}; csv where nothing is said` },
    from: { what: 'the first day, as 2026-11-01' },
    to: { what: 'the last day' },
    on: { what: 'one day, at its end' },
    account: { what: 'an account, as float:razorpayx or wallet:usr_…:main' },
    user: { what: 'a user, as usr_…' },
    file: { what: 'where it is written; nothing may be there' },
    'no-wait': { what: 'only ask; munim report fetch gets it later', isFlag: true },
  },
  async run(context) {
    const { operations, by, argument, given } = context;
    const form = formOf(optionalText(context, 'form') ?? 'csv');
    const file = optionalText(context, 'file');
    const asked = await operations.reports.ask(by, {
      report: argument,
      form,
      parameters: askedWith(context),
    });
    if (given['no-wait'] === true) return shown(asked);
    const made = await lookOn(operations.reports, by, asked.id);
    if (made.status !== 'ready')
      throw new Refusal(made.why ?? 'REPORT_NOT_READY', `the report could not be made (${made.why})`);
    return file === undefined ? shown(made) : { ...shown(made), ...(await fetched(context, made.id, file)) };
  },
};

const requests: Command = {
  name: 'report requests',
  permission: 'reports.read',
  summary: 'what you asked for, the newest first: how far each is, and until when it is kept',
  options: {},
  run: async ({ operations, by }) => (await operations.reports.list(by, LISTED)).map(shown),
};

const fetchCommand: Command = {
  name: 'report fetch',
  permission: 'reports.read',
  summary: 'writes a report that is made into a new file',
  argument: 'REPORT',
  options: { file: { what: 'where it is written; nothing may be there', isRequired: true } },
  async run(context) {
    const file = textOption(context, 'file');
    return fetched(context, readId('report', context.argument), file);
  },
};

function formOf(text: string): ReportForm {
  const form = REPORT_FORMS.find((one) => one === text);
  if (form === undefined) throw new UsageError(`--form is one of ${REPORT_FORMS.join(', ')}`);
  return form;
}

function askedWith(context: Pick<CommandContext, 'given'>): ReportParameters {
  return Object.fromEntries(
    PARAMETERS.flatMap((name) => {
      const value = optionalText(context, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** Until it is made or given up. Whoever stops looking stops nothing. */
async function lookOn(reports: ReportDesk<Person>, by: Person, id: string): Promise<ReportView> {
  const format = '{report} {bar} {rows} lines | {status}';
  const bar = new SingleBar({ format, stream: process.stderr, hideCursor: true }, Presets.shades_classic);
  const draws = process.stderr.isTTY;
  if (draws) bar.start(1, 0, { report: '', rows: 0, status: 'waiting' });
  try {
    for (;;) {
      const view = await reports.get(by, id);
      if (draws) {
        const [done, total] = [Number(view.rowsDone), Number(view.rowsTotal ?? 0n)];
        bar.setTotal(Math.max(1, total));
        bar.update(Math.min(done, Math.max(1, total)), {
          report: view.report,
          rows: total === 0 ? done : `${done}/${total}`,
          status: view.status,
        });
      }
      if (view.status !== 'waiting' && view.status !== 'making') return view;
      await pause(LOOK_MS);
    }
  } finally {
    bar.stop();
  }
}

async function fetched(
  { operations: { access }, by, environment }: CommandContext,
  id: string,
  file: string,
): Promise<Readonly<Record<string, unknown>>> {
  const { cipher, databaseUrl, keyMode } = environment;
  const blobs = createDocumentStore(documentStorageOf(process.env));
  if (cipher === undefined || blobs === undefined)
    throw new Refusal(
      'REPORT_NEEDS_STORAGE',
      'set MUNIM_ENCRYPTION_KEYS_FILE and MUNIM_DOCUMENTS_DIR (or those of S3): the file is sealed, and lies there',
    );
  const knex = makeKnex(databaseUrl, { max: 2, applicationName: 'munim-command' });
  const testClock = keyMode === 'test' ? createTestClock({ knex }) : undefined;
  try {
    await testClock?.refresh();
    const deps = { knex, clock: testClock ?? systemClock, ids: systemIds, access, cipher, blobs };
    const { content } = await createStaffReports(deps).file(by, id);
    return { report: publicId('report', id), file, bytes: await writeNew(file, content) };
  } finally {
    testClock?.close();
    await blobs.close();
    await knex.destroy();
  }
}

/** However long it is. What could not be read to its end is not left behind. */
async function writeNew(file: string, pieces: AsyncGenerator<Buffer>): Promise<number> {
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

const shown = (view: ReportView): Readonly<Record<string, unknown>> => ({
  request: publicId('report', view.id),
  report: view.report,
  about: Object.entries(view.parameters)
    .map(([name, value]) => `${name} ${value}`)
    .join(', '),
  form: view.form,
  status: view.status,
  lines: view.rowsDone,
  bytes: view.bytes,
  sha256: view.sha256,
  why: view.why,
  kept_until: view.expiresAt,
});

export const REPORTING: readonly Command[] = [offered, make, requests, fetchCommand];
