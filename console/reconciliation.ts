/**
 * Reconciliation for the pages of the console: files and their lines, breaks with both sides, whose they are, what becomes
 * of them, suspense, floats, and runs. A proposal is decided by another person under `/ops/approvals`.
 */
import type { Approvals } from '../domain/approvals/approvals';
import { userId } from '../domain/ids/ids';
import { RECONCILIATION_ERRORS } from '../domain/reconciliation/errors';
import type { Reconciliation } from '../domain/reconciliation/reconciliation';
import { publicId } from '../platform/ids';
import { APPROVALS } from './approvals';
import { callsOf, idOf, type Given } from './calls';
import {
  breakView,
  fileView,
  floatView,
  lineView,
  paise,
  runView,
  suspenseView,
} from './reconciliation-views';

const AT = '/reconciliation';
/** A day of a hundred thousand rows. `munim recon import` takes larger ones. */
const MAX_FILE_BYTES = 16_777_216;
const LISTED = 100;

const call = callsOf<{ reconciliation: Reconciliation; approvals: Pick<Approvals, 'propose'> }>();
const READ = { method: 'GET', access: 'recon.read' } as const;
const WRITE = { method: 'POST', access: 'recon.write' } as const;

const NAME = [/^[a-z0-9][a-z0-9_-]{1,39}$/, 'small letters, digits, - and _'] as const;
const WORD = [/^[a-z_]{1,40}$/, 'small letters and _'] as const;
const TEXT = [/^.{3,500}$/s, 'a text of 3 to 500 characters'] as const;
const sourceOf = (given: Given): string => given.text('source', ...NAME);
const limitOf = (query: Given): number => query.number('limit', { from: 1, to: LISTED, otherwise: LISTED });
const list = (data: readonly object[], next: string | null = null) => ({
  ...{ object: 'list', data, has_more: next !== null, next_cursor: next },
});
/** What was named, without what was not. */
const named = <T extends object>(values: T) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Name in keyof T]?: Exclude<T[Name], undefined>;
  };
const breakId = (id: string): string => idOf('reconBreak', id, RECONCILIATION_ERRORS.RECON_BREAK_NOT_FOUND);

const fileRoutes = [
  call({
    ...READ,
    path: `${AT}/sources`,
    summary: 'Whose files are read, and in which form',
    handle: async (_input, { reconciliation }) =>
      list(
        (await reconciliation.sources()).map(({ name, kind, provider, bank, format, services }) => ({
          ...{ object: 'recon_source', name, kind, provider, bank, format, services },
        })),
      ),
  }),
  call({
    ...READ,
    path: `${AT}/files`,
    summary: 'The files that were imported, the newest first',
    query: ['source', 'date', 'limit'],
    handle: async ({ query }, { reconciliation }) => {
      const found = await reconciliation.files({
        ...named({ source: query.optional('source', ...NAME), businessDate: query.optionalDay('date') }),
        limit: limitOf(query),
      });
      return list(found.map(fileView));
    },
  }),
  call({
    ...WRITE,
    path: `${AT}/files`,
    summary: 'Imports a file of a provider or a bank: its bytes',
    action: 'recon.import',
    query: ['source', 'date', 'name'],
    body: MAX_FILE_BYTES,
    handle: async ({ query, bytes }, { reconciliation }) => {
      const done = await reconciliation.importFile({
        source: sourceOf(query),
        businessDate: query.day('date'),
        name: query.text('name', /^[\w .()+-]{1,100}$/, 'letters, digits, blanks and _ . - + ( )'),
        async *open() {
          await Promise.resolve();
          yield bytes;
        },
      });
      return {
        ...{ object: 'recon_import', known_file: done.isKnownFile, file: done.fileNo, rows: done.rowCount },
        ...{ new: done.newCount, known: done.knownCount, restated: done.restatedCount },
      };
    },
  }),
  call({
    ...READ,
    path: `${AT}/lines`,
    summary: 'Lines of a source, and what became of each',
    query: ['source', 'file', 'state', 'cursor', 'limit'],
    handle: async ({ query }, { reconciliation }) => {
      const cursor = query.optional('cursor', /^\d{1,5}\..{1,500}$/s, 'what an answer gave');
      const [seq = '', key = ''] = cursor === undefined ? [] : splitOnce(cursor);
      const file = query.number('file', { from: 0, to: 999_999, otherwise: 0 });
      const { data, nextCursor } = await reconciliation.lines({
        source: sourceOf(query),
        ...named({
          fileNo: file === 0 ? undefined : file,
          state: query.optional('state', /^(?:open|matched|agreed)$/, 'open, matched or agreed'),
          after: cursor === undefined ? undefined : { key, seq: Number(seq) },
        }),
        limit: limitOf(query),
      });
      return list(data.map(lineView), nextCursor);
    },
  }),
];

function splitOnce(text: string): [string, string] {
  const at = text.indexOf('.');
  return [text.slice(0, at), text.slice(at + 1)];
}

const breakRoutes = [
  call({
    ...READ,
    path: `${AT}/breaks`,
    summary: 'What does not fit, the oldest first',
    query: ['source', 'provider', 'kind', 'date', 'state', 'owner', 'min_age_days', 'cursor', 'limit'],
    handle: async ({ query }, { reconciliation }) => {
      const age = query.number('min_age_days', { from: 0, to: 3_650, otherwise: 0 });
      const isNobodys =
        query.optional('owner', /^(?:nobody|usr_[0-9a-z]{26})$/, 'usr_… or nobody') === 'nobody';
      const { data, nextCursor } = await reconciliation.breakPage({
        ...named({
          source: query.optional('source', ...NAME),
          provider: query.optional('provider', ...NAME),
          kind: query.optional('kind', ...WORD),
          businessDate: query.optionalDay('date'),
          owner: isNobodys ? 'nobody' : query.optionalId('owner', 'user'),
          minAgeDays: age === 0 ? undefined : age,
          after: query.optionalId('cursor', 'reconBreak'),
        }),
        isOpen: query.optional('state', /^(?:open|resolved)$/, 'open or resolved') !== 'resolved',
        limit: limitOf(query),
      });
      return list(data.map(breakView), nextCursor === null ? null : publicId('reconBreak', nextCursor));
    },
  }),
  call({
    ...READ,
    path: `${AT}/breaks/{id}`,
    summary: 'A break: what each side says, the candidates, and what can be chosen',
    handle: async ({ id }, { reconciliation }) => {
      const found = await reconciliation.show(breakId(id));
      return { ...breakView(found), choices: found.choices };
    },
  }),
  call({
    ...WRITE,
    path: `${AT}/breaks/{id}/owner`,
    summary: 'Says whose a break is, or that it is nobody’s',
    action: 'break.assign',
    body: ['owner'],
    handle: async ({ id, body }, { reconciliation }) => {
      const owner = body.isNull('owner') ? null : body.optionalId('owner', 'user');
      if (owner === undefined) throw body.invalid('owner', 'is required: usr_… or null');
      await reconciliation.assign(breakId(id), owner === null ? null : userId(owner));
      return breakView(await reconciliation.show(breakId(id)));
    },
  }),
  call({
    ...WRITE,
    access: 'cases.propose',
    path: `${AT}/breaks/{id}/proposals`,
    summary: 'Proposes what becomes of a break; another person decides',
    action: 'break.propose',
    body: ['choice', 'transaction', 'reason', 'evidence'],
    handle: async ({ id, body, session }, { reconciliation, approvals }) => {
      const candidate = body.optionalId('transaction', 'transaction');
      const proposal = await reconciliation.proposal({
        ...{ breakId: breakId(id), choice: body.text('choice', ...WORD) },
        ...(candidate === undefined ? {} : { candidate }),
        reason: body.text('reason', ...TEXT),
        evidence: body.text('evidence', ...TEXT),
      });
      const made = await approvals.propose(proposal, session);
      const approval = publicId('approval', made.id);
      return {
        object: 'approval',
        id: approval,
        state: made.state,
        decided_at_page: `${APPROVALS}/${approval}`,
      };
    },
  }),
];

const moneyRoutes = [
  call({
    ...READ,
    path: `${AT}/suspense`,
    summary: 'What waits in suspense, by its age',
    handle: async (_input, { reconciliation }) => list((await reconciliation.suspense()).map(suspenseView)),
  }),
  call({
    ...READ,
    path: `${AT}/float`,
    summary: 'A balance on a day, and each item between our books and theirs',
    query: ['source', 'date'],
    handle: async ({ query }, { reconciliation }) => {
      const day = { source: sourceOf(query), businessDate: query.day('date') };
      return floatView(day, await reconciliation.float(day));
    },
  }),
  call({
    ...READ,
    path: `${AT}/runs`,
    summary: 'The runs, the newest first',
    query: ['source', 'date', 'limit'],
    handle: async ({ query }, { reconciliation }) => {
      const found = await reconciliation.runs({
        ...named({ source: query.optional('source', ...NAME), businessDate: query.optionalDay('date') }),
        limit: limitOf(query),
      });
      return list(found.map(runView));
    },
  }),
  call({
    ...WRITE,
    path: `${AT}/runs`,
    summary: 'Matches and compares a day of a source, again if need be',
    action: 'recon.run',
    body: ['source', 'date'],
    handle: async ({ body }, { reconciliation }) => {
      const day = { source: sourceOf(body), businessDate: body.day('date') };
      const { counts, float } = await reconciliation.run(day);
      return {
        ...{ object: 'recon_run', source: day.source, date: day.businessDate, open: counts.open },
        ...{ matched: counts.matched, agreed: counts.agreed, told: counts.told },
        ...{ cases_opened: counts.casesOpened, unexplained_paise: paise(float.unexplainedPaise) },
      };
    },
  }),
];

export const reconciliationRoutes = [...fileRoutes, ...breakRoutes, ...moneyRoutes];
