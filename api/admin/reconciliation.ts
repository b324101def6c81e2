import type { Cursors } from '../../domain/errors/cursor';
import { userId } from '../../domain/ids/ids';
import { RECONCILIATION_ERRORS } from '../../domain/reconciliation/errors';
import type { Reconciliation } from '../../domain/reconciliation/reconciliation';
import { parsePublicId } from '../../platform/ids';
import {
  breakOf,
  breakWithChoices,
  reconBreak,
  reconBreaks,
  reconFileOf,
  reconFiles,
  reconFloat,
  reconFloatOf,
  reconImport,
  reconImportOf,
  reconLineOf,
  reconLines,
  reconRan,
  reconRanOf,
  reconRunOf,
  reconRuns,
  sourceOf,
  sources,
  suspense as suspenseList,
  suspenseOf,
} from '../answers/reconciliation';
import { found, page } from '../registry/answers';
import { idParameter } from '../registry/parameters';
import { listOf, ok } from '../registry/replies';
import { json, raw, routesOf, staff } from '../registry/route';
import {
  breakProposalBody,
  breaksQuery,
  fileQuery,
  linesQuery,
  ownerBody,
  sourceDayQuery,
  sourceOfDay,
} from '../schemas/staff';
import { paged } from './pages';
import { PROPOSED, proposed, PROPOSING_ERRORS, type Proposing } from './proposals';

/**
 * Files and their lines, breaks with both sides, whose they are, what becomes of them, suspense, floats, and runs.
 */
const route = routesOf<{ reconciliation: Reconciliation; cursors: Cursors } & Proposing>();
const AT = '/admin/v1/reconciliation';
const COMMON = { tag: 'Reconciliation', limits: 'list', idempotency: 'none' } as const;
const READ = { ...COMMON, access: staff('recon.read'), method: 'GET' } as const;
const WRITE = { ...COMMON, access: staff('recon.write'), method: 'POST' } as const;
/** A day of a hundred thousand rows. `munim recon import` takes larger ones. */
const MOST_BYTES = 16_777_216;
const { RECON_SOURCE_UNKNOWN, RECON_BREAK_NOT_FOUND, RECON_BREAK_RESOLVED } = RECONCILIATION_ERRORS;
const params = { id: idParameter('reconBreak', RECON_BREAK_NOT_FOUND) };

const fileRoutes = [
  route({
    ...READ,
    path: `${AT}/sources`,
    summary: 'Whose files are read, and in which form',
    answers: found('All of them', sources),
    handle: async ({ request }, { reconciliation }) =>
      listOf(request, (await reconciliation.sources()).map(sourceOf)),
  }),
  route({
    ...READ,
    path: `${AT}/files`,
    summary: 'The files that were imported',
    query: sourceDayQuery,
    answers: page(reconFiles),
    examples: [{ summary: 'Of a source', query: { source: 'escrow' } }],
    handle: async ({ request, query }, { reconciliation, cursors }) =>
      paged(
        cursors,
        { request, query },
        (at) => reconciliation.files({ source: query.source, businessDate: query.date, ...at }),
        reconFileOf,
      ),
  }),
  route({
    ...WRITE,
    path: `${AT}/files`,
    summary: 'Import a file of a provider or a bank',
    description: 'The body is its bytes. What was imported before is known again, and changes nothing',
    action: 'recon.import',
    query: fileQuery,
    body: raw(MOST_BYTES, 'application/octet-stream'),
    answers: found('What became of it', reconImport),
    problems: [RECON_SOURCE_UNKNOWN, RECONCILIATION_ERRORS.RECON_FILE_REFUSED],
    examples: [
      { summary: 'A statement', query: { source: 'escrow', date: '2026-11-28', name: 'statement.csv' } },
    ],
    handle: async ({ query: { source, date, name }, body }, { reconciliation }) =>
      ok(
        reconImportOf(
          await reconciliation.importFile({
            ...{ source, businessDate: date, name },
            async *open() {
              await Promise.resolve();
              yield body;
            },
          }),
        ),
      ),
  }),
  route({
    ...READ,
    path: `${AT}/lines`,
    summary: 'Lines of a source, and what became of each',
    query: linesQuery,
    answers: page(reconLines, 'One page, in the order of their keys; those without one last'),
    problems: [RECON_SOURCE_UNKNOWN],
    examples: [{ summary: 'What is open', query: { source: 'escrow', state: 'open' } }],
    handle: async ({ request, query }, { reconciliation, cursors }) =>
      paged(
        cursors,
        { request, query },
        ({ limit, after }) =>
          reconciliation.lines({
            ...{ source: query.source, fileNo: query.file, state: query.state, limit },
            after: after === undefined ? undefined : lineAfter(after),
          }),
        reconLineOf,
      ),
  }),
];

/** `<seq>.<key>` */
function lineAfter(text: string): { key: string; seq: number } {
  const at = text.indexOf('.');
  return { seq: Number(text.slice(0, at)), key: text.slice(at + 1) };
}

const breakRoutes = [
  route({
    ...READ,
    path: `${AT}/breaks`,
    summary: 'What does not fit',
    query: breaksQuery,
    answers: page(reconBreaks, 'One page, the oldest first'),
    examples: [{ summary: 'Of nobody, older than a week', query: { owner: 'nobody', min_age_days: '7' } }],
    handle: async ({ request, query }, { reconciliation, cursors }) =>
      paged(
        cursors,
        { request, query },
        (at) =>
          reconciliation.breakPage({
            ...{ source: query.source, provider: query.provider, kind: query.kind, businessDate: query.date },
            owner: ownerIn(query.owner),
            minAgeDays: query.min_age_days,
            isOpen: query.state === 'open',
            ...at,
          }),
        breakOf,
      ),
  }),
  route({
    ...READ,
    path: `${AT}/breaks/{id}`,
    summary: 'A break: both sides, candidates, and choices',
    params,
    answers: found('It', breakWithChoices),
    problems: [RECON_BREAK_NOT_FOUND],
    handle: async ({ params: { id } }, { reconciliation }) => {
      const shown = await reconciliation.show(id);
      return ok({ ...breakOf(shown), choices: shown.choices });
    },
  }),
  route({
    ...WRITE,
    path: `${AT}/breaks/{id}/owner`,
    summary: 'Say whose a break is, or that it is nobody’s',
    action: 'break.assign',
    params,
    body: json(ownerBody),
    answers: found('The break', reconBreak),
    problems: [RECON_BREAK_NOT_FOUND, RECON_BREAK_RESOLVED, RECONCILIATION_ERRORS.RECON_OWNER_UNKNOWN],
    examples: [{ summary: 'Nobody’s', body: { owner: null } }],
    handle: async ({ params: { id }, body: { owner } }, { reconciliation }) => {
      await reconciliation.assign(id, owner === null ? null : userId(owner));
      return ok(breakOf(await reconciliation.show(id)));
    },
  }),
  route({
    ...WRITE,
    access: staff('cases.propose'),
    path: `${AT}/breaks/{id}/proposals`,
    summary: 'Propose what becomes of a break',
    action: 'break.propose',
    params,
    body: json(breakProposalBody),
    answers: PROPOSED,
    problems: [
      ...PROPOSING_ERRORS,
      RECON_BREAK_NOT_FOUND,
      RECON_BREAK_RESOLVED,
      RECONCILIATION_ERRORS.RECON_CHOICE_NOT_OFFERED,
      RECONCILIATION_ERRORS.RECON_CANDIDATE_UNKNOWN,
    ],
    examples: [
      {
        summary: 'Nobody is found for the money',
        body: { choice: 'write_off', reason: 'nobody asks for it', evidence: 'letter of the bank' },
      },
    ],
    handle: async ({ caller, params: { id }, body: { transaction, ...body } }, deps) =>
      proposed(
        deps,
        await deps.reconciliation.proposal({
          ...{ breakId: id, ...body },
          ...(transaction === undefined ? {} : { candidate: transaction }),
        }),
        caller,
      ),
  }),
];

function ownerIn(owner: string | undefined): string | undefined {
  return owner === undefined || owner === 'nobody' ? owner : parsePublicId('user', owner);
}

const DAY = { summary: 'Of a day', query: { source: 'escrow', date: '2026-11-28' } };
const moneyRoutes = [
  route({
    ...READ,
    path: `${AT}/suspense`,
    summary: 'What waits in suspense, by its age',
    answers: found('By account', suspenseList),
    handle: async ({ request }, { reconciliation }) =>
      listOf(request, (await reconciliation.suspense()).map(suspenseOf)),
  }),
  route({
    ...READ,
    path: `${AT}/float`,
    summary: 'A balance on a day, and what stands between',
    query: sourceOfDay,
    answers: found('It', reconFloat),
    problems: [RECON_SOURCE_UNKNOWN],
    examples: [DAY],
    handle: async ({ query }, { reconciliation }) =>
      ok(reconFloatOf(query, await reconciliation.float({ source: query.source, businessDate: query.date }))),
  }),
  route({
    ...READ,
    path: `${AT}/runs`,
    summary: 'The runs as they were',
    query: sourceDayQuery,
    answers: page(reconRuns),
    examples: [DAY],
    handle: async ({ request, query }, { reconciliation, cursors }) =>
      paged(
        cursors,
        { request, query },
        (at) => reconciliation.runs({ source: query.source, businessDate: query.date, ...at }),
        reconRunOf,
      ),
  }),
  route({
    ...WRITE,
    path: `${AT}/runs`,
    summary: 'Match and compare a day of a source, again if need be',
    action: 'recon.run',
    body: json(sourceOfDay),
    answers: found('What it has done', reconRan),
    problems: [RECON_SOURCE_UNKNOWN, RECONCILIATION_ERRORS.RECON_REPORT_MISSING],
    examples: [{ summary: 'Of a day', body: { source: 'escrow', date: '2026-11-28' } }],
    handle: async ({ body: { source, date } }, { reconciliation }) =>
      ok(reconRanOf(await reconciliation.run({ source, businessDate: date }))),
  }),
];

export const adminReconciliationRoutes = [...fileRoutes, ...breakRoutes, ...moneyRoutes];
