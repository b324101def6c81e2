import type { Cursors } from '../../domain/errors/cursor';
import type { SettlementAnswers } from '../../domain/settlements/answers';
import { SETTLEMENT_ERRORS } from '../../domain/settlements/errors';
import {
  bankAnswer,
  bankAnswerLineOf,
  bankAnswerLines,
  bankAnswerOf,
  bankAnswers,
  keptAnswerOf,
} from '../answers/settlement-answers';
import { found, page } from '../registry/answers';
import { idParameter } from '../registry/parameters';
import { ok } from '../registry/replies';
import { json, raw, routesOf, staff } from '../registry/route';
import { pageQuery } from '../schemas/lists';
import { bankQuery, proposalBody } from '../schemas/staff';
import { paged } from './pages';
import { PROPOSED, proposed, PROPOSING_ERRORS, type Proposing } from './proposals';

/** What our bank says of files of ours: one person brings it, another lets it take effect. */
const route = routesOf<{ settlements: SettlementAnswers; cursors: Cursors } & Proposing>();
const AT = '/admin/v1/settlements/answers';
const COMMON = { tag: 'Settlements', limits: 'list', idempotency: 'none' } as const;
const READ = { ...COMMON, access: staff('settlements.read'), method: 'GET' } as const;
const WRITE = { ...COMMON, access: staff('settlements.propose'), method: 'POST' } as const;
/** Of a hundred thousand lines. `munim settlement answer` takes larger ones. */
const MOST_BYTES = 16_777_216;
const { SETTLEMENT_ANSWER_KNOWN, SETTLEMENT_ANSWER_NOT_FOUND, SETTLEMENT_RESPONSE_REFUSED } =
  SETTLEMENT_ERRORS;
const params = { id: idParameter('settlementAnswer', SETTLEMENT_ANSWER_NOT_FOUND) };
const problems = [SETTLEMENT_ANSWER_NOT_FOUND];

export const adminAnswerRoutes = [
  route({
    ...WRITE,
    path: AT,
    summary: 'Keep an answer of the bank to files of ours',
    description:
      'The body is its bytes. It moves nothing: propose it at `links.proposals`, and another person than you approves it.' +
      ' The same bytes are the same answer',
    action: 'settlement_answer.keep',
    query: bankQuery,
    body: raw(MOST_BYTES, 'application/octet-stream'),
    answers: found('What it would do, or did', bankAnswer),
    problems: [SETTLEMENT_RESPONSE_REFUSED, SETTLEMENT_ANSWER_KNOWN],
    examples: [{ summary: 'Of the bank of the escrow account', query: { bank: 'escrow' } }],
    handle: async ({ caller, query: { bank }, body }, { settlements }) =>
      ok(bankAnswerOf(await settlements.keepAnswer(bank, body, caller))),
  }),
  route({
    ...READ,
    path: AT,
    summary: 'The answers of our banks',
    query: pageQuery,
    answers: page(bankAnswers),
    examples: [{ summary: 'The last hundred', query: { limit: '100' } }],
    handle: async ({ request, query }, { settlements, cursors }) =>
      paged(cursors, { request, query }, (at) => settlements.answers(at), keptAnswerOf),
  }),
  route({
    ...READ,
    limits: 'read',
    path: `${AT}/{id}`,
    summary: 'An answer of the bank, and what it would do',
    params,
    answers: found('It', bankAnswer),
    problems,
    handle: async ({ params: { id } }, { settlements }) => ok(bankAnswerOf(await settlements.answer(id))),
  }),
  route({
    ...READ,
    path: `${AT}/{id}/lines`,
    summary: 'The lines of an answer, and what each would do',
    params,
    query: pageQuery,
    answers: page(bankAnswerLines, 'One page, in the order of the file'),
    problems,
    examples: [{ summary: 'The first hundred', query: { limit: '100' } }],
    handle: async ({ request, query, params: { id } }, { settlements, cursors }) =>
      paged(cursors, { request, query }, (at) => settlements.answerLines(id, at), bankAnswerLineOf),
  }),
  route({
    ...WRITE,
    path: `${AT}/{id}/proposals`,
    summary: 'Propose that an answer takes effect',
    description: 'Another person than who brought it decides',
    action: 'settlement_answer.propose',
    params,
    body: json(proposalBody),
    answers: PROPOSED,
    problems: [...PROPOSING_ERRORS, ...problems, SETTLEMENT_ANSWER_KNOWN],
    examples: [
      { summary: 'Of the evening', body: { reason: 'of the evening', evidence: 'mail of the bank, 18:40' } },
    ],
    handle: async ({ caller, params: { id }, body }, deps) =>
      proposed(deps, await deps.settlements.answerProposal({ id, ...body }), caller),
  }),
];
