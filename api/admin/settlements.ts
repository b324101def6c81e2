import Joi from 'joi';
import { CALENDAR_ERRORS } from '../../domain/calendar/errors';
import { DomainError } from '../../domain/errors/errors';
import type { Cursors } from '../../domain/errors/cursor';
import { SETTLEMENT_ERRORS } from '../../domain/settlements/errors';
import type { SettlementEnds } from '../../domain/settlements/ends';
import { FILE_CANCEL, FILE_RELEASE, type SettlementFiles } from '../../domain/settlements/files';
import type { SettlementDesk } from '../../domain/settlements/read';
import {
  batches,
  batchOf,
  itemOf,
  items,
  settlementFile,
  settlementFileOf,
  settlementFiles,
} from '../answers/staff-settlements';
import { found, page } from '../registry/answers';
import { idParameter, type PathParameter } from '../registry/parameters';
import { ok, reply, sendFile } from '../registry/replies';
import { json, routesOf, staff } from '../registry/route';
import { pageQuery } from '../schemas/lists';
import { emptyBody } from '../schemas/refunds';
import { bankBody, endProposalBody, fileProposalBody, itemsOfBatchQuery, itemsQuery } from '../schemas/staff';
import { paged } from './pages';
import { PROPOSED, proposed, PROPOSING_ERRORS, type Proposing } from './proposals';
import { adminAnswerRoutes } from './settlement-answers';

/** Settlements of everybody, and files to our bank. */
const route = routesOf<
  {
    settlements: SettlementDesk & SettlementFiles & SettlementEnds;
    cursors: Cursors;
  } & Proposing
>();
const AT = '/admin/v1/settlements';
const COMMON = { tag: 'Settlements', limits: 'list', idempotency: 'none' } as const;
const READ = { ...COMMON, access: staff('settlements.read'), method: 'GET' } as const;
const WRITE = { ...COMMON, access: staff('settlements.propose'), method: 'POST' } as const;
const {
  SETTLEMENT_NOT_FOUND,
  SETTLEMENT_FILE_NOT_FOUND,
  SETTLEMENT_FILE_EMPTY,
  SETTLEMENT_FILE_STATE,
  SETTLEMENT_FILE_NO_KEYS,
  SETTLEMENT_END_REFUSED,
} = SETTLEMENT_ERRORS;

const number: PathParameter<bigint> = {
  description: 'The number of a file',
  schema: Joi.string()
    .max(18)
    .pattern(/^[1-9]\d*$/),
  example: '12',
  read(text) {
    if (/^[1-9]\d{0,17}$/.test(text)) return BigInt(text);
    throw new DomainError(SETTLEMENT_FILE_NOT_FOUND);
  },
};
const params = { number };

const readRoutes = [
  route({
    ...READ,
    path: `${AT}/batches`,
    summary: 'The batches, and how much of each is paid',
    query: pageQuery,
    answers: page(batches),
    examples: [{ summary: 'The last hundred', query: { limit: '100' } }],
    handle: async ({ request, query }, { settlements, cursors }) =>
      paged(cursors, { request, query }, (at) => settlements.batches(at), batchOf),
  }),
  route({
    ...READ,
    path: `${AT}/batches/{id}/items`,
    summary: 'The settlements of a batch',
    params: { id: idParameter('settlementBatch', SETTLEMENT_NOT_FOUND) },
    query: itemsOfBatchQuery,
    answers: page(items, 'One page, in the order in which they were made'),
    problems: [SETTLEMENT_NOT_FOUND],
    examples: [{ summary: 'What waits', query: { status: 'PENDING' } }],
    handle: async ({ request, query, params: { id } }, { settlements, cursors }) =>
      paged(
        cursors,
        { request, query },
        (at) => settlements.itemPage({ batchId: id, status: query.status }, at),
        itemOf,
      ),
  }),
  route({
    ...READ,
    path: `${AT}/items`,
    summary: 'The settlements of a business day',
    query: itemsQuery,
    answers: page(items, 'One page, in the order in which they were made'),
    examples: [{ summary: 'What waits', query: { date: '2026-11-28', status: 'PENDING' } }],
    handle: async ({ request, query }, { settlements, cursors }) =>
      paged(
        cursors,
        { request, query },
        (at) => settlements.itemPage({ day: query.date, status: query.status }, at),
        itemOf,
      ),
  }),
  route({
    ...READ,
    path: `${AT}/files`,
    summary: 'The files to our banks',
    query: pageQuery,
    answers: page(settlementFiles),
    examples: [{ summary: 'The last hundred', query: { limit: '100' } }],
    handle: async ({ request, query }, { settlements, cursors }) =>
      paged(cursors, { request, query }, (at) => settlements.files(at), settlementFileOf),
  }),
  route({
    ...READ,
    limits: 'read',
    path: `${AT}/files/{number}`,
    summary: 'A file to our bank',
    params,
    answers: found('It', settlementFile),
    problems: [SETTLEMENT_FILE_NOT_FOUND],
    handle: async ({ params: { number: of } }, { settlements }) =>
      ok(settlementFileOf(await settlements.file(of))),
  }),
];

const fileRoutes = [
  route({
    ...WRITE,
    path: `${AT}/files`,
    summary: 'Make a file to our bank of what waits for one',
    description: 'Another person releases it',
    action: 'settlement_file.ask',
    body: json(bankBody),
    answers: {
      201: { description: 'It is made', schema: settlementFile, headers: { Location: 'Where it is found' } },
    },
    problems: [SETTLEMENT_FILE_EMPTY, SETTLEMENT_FILE_NO_KEYS],
    examples: [{ summary: 'To the bank of the escrow account', body: { bank: 'escrow' } }],
    handle: async ({ caller, body: { bank } }, { settlements }) => {
      const view = settlementFileOf(await settlements.make(bank, caller));
      return reply(201, view, { Location: view.links.self });
    },
  }),
  route({
    ...WRITE,
    path: `${AT}/files/{number}/proposals`,
    summary: 'Propose to release or cancel a file',
    description: 'Another person than its maker decides',
    action: 'settlement_file.propose',
    params,
    body: json(fileProposalBody),
    answers: PROPOSED,
    problems: [...PROPOSING_ERRORS, SETTLEMENT_FILE_NOT_FOUND, SETTLEMENT_FILE_STATE],
    examples: [
      {
        summary: 'To the bank',
        body: { choice: 'release', reason: 'of the evening', evidence: 'totals were compared' },
      },
    ],
    handle: async ({ caller, params: { number: of }, body: { choice, ...said } }, deps) =>
      proposed(
        deps,
        await deps.settlements.fileProposal({
          ...{ number: of, action: choice === 'release' ? FILE_RELEASE : FILE_CANCEL, ...said },
        }),
        caller,
      ),
  }),
  route({
    ...WRITE,
    path: `${AT}/files/{number}/text`,
    summary: 'The text of a released file, once',
    description:
      'It is written down that it was given out. If it is lost on the way, two persons cancel the file, and what is' +
      ' in it goes into the next',
    action: 'settlement_file.take',
    params,
    body: json(emptyBody),
    answers: {
      200: {
        description: 'The file for the bank',
        content: { 'text/plain': { type: 'string', pattern: '^[A-Z]', maxLength: 10_000_000 } },
        headers: { 'Content-Disposition': 'That it is a file, and its name' },
      },
    },
    problems: [SETTLEMENT_FILE_NOT_FOUND, SETTLEMENT_FILE_STATE, SETTLEMENT_FILE_NO_KEYS],
    examples: [{ summary: 'The body is empty', body: {} }],
    handle: async ({ caller, params: { number: of } }, { settlements }) => {
      const { name, text } = await settlements.write(of, caller);
      return sendFile(name, 'text/plain', text);
    },
  }),
  route({
    ...WRITE,
    path: `${AT}/items/{id}/proposals`,
    summary: 'Propose how an unanswered settlement ended',
    description:
      'When the days for an answer are over. Another person decides; a later answer of the bank moves nothing a second time',
    action: 'settlement.propose_end',
    params: { id: idParameter('settlementItem', SETTLEMENT_NOT_FOUND) },
    body: json(endProposalBody),
    answers: PROPOSED,
    problems: [
      ...PROPOSING_ERRORS,
      ...[SETTLEMENT_NOT_FOUND, SETTLEMENT_END_REFUSED, CALENDAR_ERRORS.CALENDAR_YEAR_MISSING],
    ],
    examples: [
      {
        summary: 'It never went',
        body: { says: 'REJECTED', reason: 'no answer came', evidence: 'letter of the bank of 9 November' },
      },
    ],
    handle: async ({ caller, params: { id }, body }, deps) => {
      const { says, utr = null, return_utr: returnUtr = null, ...said } = body;
      return proposed(
        deps,
        await deps.settlements.endProposal({ id, says, utr, returnUtr, ...said }),
        caller,
      );
    },
  }),
];

export const adminSettlementRoutes = [...readRoutes, ...fileRoutes, ...adminAnswerRoutes];
