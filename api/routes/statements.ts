import { STATEMENT_ERRORS } from '../../domain/statements/errors';
import { PDF_LINES, SUMMARY_DAYS, type Statements } from '../../domain/statements/statements';
import { CSV, FILE } from '../answers/content';
import { balance, statementSummary } from '../answers/statements';
import { found } from '../registry/answers';
import { idParameter } from '../registry/parameters';
import { ok, sendFile, sendPieces } from '../registry/replies';
import { key, routesOf } from '../registry/route';
import { balanceQuery, daysQuery } from '../schemas/lists';

const route = routesOf<{ statements: Statements }>();

const PROBLEMS = ['WALLET_NOT_FOUND', 'LIST_TOO_SLOW'] as const;
const OF_DAYS = [...PROBLEMS, STATEMENT_ERRORS.STATEMENT_SPAN_INVALID] as const;
const COMMON = {
  method: 'GET',
  tag: 'Wallets',
  access: key('wallets:read'),
  limits: 'list',
  idempotency: 'none',
  params: { id: idParameter('wallet', 'WALLET_NOT_FOUND') },
} as const;
const DISPOSITION = { 'Content-Disposition': 'That it is a file, and its name' };
const NOVEMBER = [{ summary: 'Of November', query: { from: '2026-11-01', to: '2026-11-30' } }];

export const statementRoutes = [
  route({
    ...COMMON,
    path: '/v1/wallets/{id}/statement/summary',
    summary: 'Opening and closing balance of some days, and of each of them',
    description: `At most ${SUMMARY_DAYS} days. Of today it says how it stands now.`,
    query: daysQuery,
    answers: found('The sums', statementSummary),
    problems: OF_DAYS,
    examples: NOVEMBER,
    handle: async ({ caller, params, query }, { statements }) =>
      ok(await statements.summary(caller.userId, params.id, query)),
  }),
  route({
    ...COMMON,
    path: '/v1/wallets/{id}/statement.csv',
    summary: 'The statement of some days as CSV',
    description: 'Oldest first, from the opening to the closing balance, however long it is.',
    query: daysQuery,
    answers: { 200: { description: 'The file', content: { 'text/csv': CSV }, headers: DISPOSITION } },
    problems: OF_DAYS,
    examples: NOVEMBER,
    handle: async ({ caller, params, query }, { statements }) => {
      const { name, content } = await statements.csv(caller.userId, params.id, query);
      return sendPieces(name, 'text/csv; charset=utf-8', content);
    },
  }),
  route({
    ...COMMON,
    path: '/v1/wallets/{id}/statement.pdf',
    summary: 'The statement of some days as PDF',
    description: `For people; of ${PDF_LINES} lines at most.`,
    query: daysQuery,
    answers: {
      200: { description: 'The file', content: { 'application/pdf': FILE }, headers: DISPOSITION },
    },
    problems: [...OF_DAYS, STATEMENT_ERRORS.STATEMENT_TOO_LONG],
    examples: NOVEMBER,
    handle: async ({ caller, params, query }, { statements }) => {
      const { name, content } = await statements.pdf(caller.userId, params.id, query);
      return sendFile(name, 'application/pdf', content);
    },
  }),
  route({
    ...COMMON,
    path: '/v1/wallets/{id}/balance',
    summary: 'What a wallet held at an instant',
    description: 'It is told where it can be known for ever, and refused otherwise, with the reason.',
    query: balanceQuery,
    answers: found('The balance', balance),
    problems: [...PROBLEMS, STATEMENT_ERRORS.BALANCE_NOT_KNOWN],
    examples: [{ summary: 'At the end of October', query: { at: '2026-11-01T00:00:00+05:30' } }],
    handle: async ({ caller, params, query }, { statements }) =>
      ok(await statements.balanceAt(caller.userId, params.id, query.at)),
  }),
];
