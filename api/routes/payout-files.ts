import type { Caller } from '../../domain/auth/api-keys';
import { AUTH_ERRORS } from '../../domain/auth/errors';
import { PAYOUT_FILE_ERRORS } from '../../domain/payout-files/errors';
import type { PayoutFiles } from '../../domain/payout-files/payout-files';
import { SIGN_IN_ERRORS } from '../../domain/sign-in/errors';
import type { PayoutRests } from '../../domain/sign-in/rest';
import type { Confirmations } from '../../domain/step-up/confirmations';
import { paiseFromJson } from '../../platform/money';
import { payoutFile, payoutFileLines, payoutFileList } from '../answers/payout-files';
import { acceptedAs, CONFIRMING_ERRORS, found, page } from '../registry/answers';
import { idParameter } from '../registry/parameters';
import { ok, pageOf, reply, REPLAYED } from '../registry/replies';
import { json, key, raw, routesOf } from '../registry/route';
import { confirmation } from '../schemas/headers';
import { pageQuery } from '../schemas/lists';
import {
  MOST_PAYOUT_FILE_BYTES,
  payoutFileLinesQuery,
  payoutFileReleaseBody,
  payoutFileTotals,
  readPayoutFile,
} from '../schemas/payout-file';
import { emptyBody } from '../schemas/refunds';
import { payoutFileRisk } from './order-risks';

export interface PayoutFileRouteDependencies {
  payoutFiles: PayoutFiles;
  confirmations: Confirmations;
  payoutRests: PayoutRests;
}
const route = routesOf<PayoutFileRouteDependencies>();

const {
  PAYOUT_FILE_HEADER_INVALID,
  PAYOUT_FILE_INVALID,
  PAYOUT_FILE_KNOWN,
  PAYOUT_FILE_NOT_FOUND,
  PAYOUT_FILE_OVER,
  PAYOUT_FILE_OWN,
  PAYOUT_FILE_TOTALS_DIFFER,
} = PAYOUT_FILE_ERRORS;
const COMMON = { tag: 'Payout files' } as const;
const WRITE = { ...COMMON, method: 'POST', access: key('payouts:write') } as const;
const READ = {
  ...COMMON,
  method: 'GET',
  access: key('payouts:write', 'payouts:release'),
  idempotency: 'none',
} as const;
const OF_ONE = { params: { id: idParameter('payoutFile', PAYOUT_FILE_NOT_FOUND) } } as const;

export const payoutFileRoutes = [
  route({
    ...WRITE,
    path: '/v1/payout-files',
    summary: 'Bring many payouts in a CSV file',
    description:
      'docs/services/payout-files.md says which columns it has. Each line is checked, and nothing is paid until another' +
      ' key, program or person releases the file. `lines` and `amount` say what is in it',
    limits: 'money',
    idempotency: 'key',
    query: payoutFileTotals,
    body: raw(MOST_PAYOUT_FILE_BYTES, 'text/csv', String.raw`\S\s*\n\s*\S`), // a header, and a line behind it
    answers: acceptedAs(payoutFile),
    problems: [
      PAYOUT_FILE_INVALID,
      PAYOUT_FILE_HEADER_INVALID,
      PAYOUT_FILE_TOTALS_DIFFER,
      PAYOUT_FILE_KNOWN,
      AUTH_ERRORS.SERVICE_NOT_ACTIVE,
      'IDEMPOTENCY_KEY_REUSED',
      'PRICE_NOT_FOUND',
    ],
    examples: [{ summary: 'Two payouts of 1,500 rupees', query: { lines: '2', amount: '150000' } }],
    handle: async ({ caller, key, query, body }, { payoutFiles }) => {
      const file = await readPayoutFile(body);
      const totals = totalsOf(query);
      const { view, replayed } = await payoutFiles.bring(caller, key, { ...file, totals });
      return reply(202, view, {
        Location: view.links.self,
        'Retry-After': '1',
        ...(replayed ? REPLAYED : {}),
      });
    },
  }),
  route({
    ...READ,
    path: '/v1/payout-files',
    summary: 'Your files of payouts, the newest first',
    limits: 'list',
    query: pageQuery,
    answers: page(payoutFileList),
    problems: ['LIST_TOO_SLOW'],
    handle: async ({ caller, query, request }, { payoutFiles }) =>
      pageOf(request, await payoutFiles.list(caller.userId, query)),
  }),
  route({
    ...READ,
    ...OF_ONE,
    path: '/v1/payout-files/{id}',
    summary: 'How far a file of payouts is',
    limits: 'read',
    answers: found('It, as it stands', payoutFile),
    problems: [PAYOUT_FILE_NOT_FOUND],
    handle: async ({ caller, params }, { payoutFiles }) =>
      ok(await payoutFiles.get(caller.userId, params.id)),
  }),
  route({
    ...READ,
    ...OF_ONE,
    path: '/v1/payout-files/{id}/lines',
    summary: 'The lines of a file, and what became of them',
    limits: 'list',
    query: payoutFileLinesQuery,
    answers: page(payoutFileLines, 'One page, in the order of the file'),
    problems: [PAYOUT_FILE_NOT_FOUND, 'LIST_TOO_SLOW'],
    handle: async ({ caller, params, query: { state, ...pages }, request }, { payoutFiles }) => {
      const filter = state === undefined ? {} : { state };
      return pageOf(request, await payoutFiles.lines(caller.userId, params.id, filter, pages));
    },
  }),
  route({
    ...COMMON,
    ...OF_ONE,
    method: 'POST',
    path: '/v1/payout-files/{id}/release',
    summary: 'Let the lines of a file be paid',
    description:
      'By another than who brought it: another key or program, or a person where no person brought it. Repeating it' +
      ' does nothing. Whoever is signed in confirms it first, as `payout_file` with its `ready_amount`',
    access: key('payouts:release'),
    limits: 'money',
    idempotency: 'none',
    headers: { confirmation },
    body: json(payoutFileReleaseBody),
    answers: found('It, released', payoutFile),
    problems: [
      PAYOUT_FILE_NOT_FOUND,
      PAYOUT_FILE_OWN,
      PAYOUT_FILE_OVER,
      PAYOUT_FILE_TOTALS_DIFFER,
      AUTH_ERRORS.SERVICE_NOT_ACTIVE,
      SIGN_IN_ERRORS.PAYOUTS_REST,
      ...CONFIRMING_ERRORS,
    ],
    examples: [{ summary: 'As it was looked at', body: { lines: 2, amount: 150_000 } }],
    handle: async ({ caller, params: { id }, body, headers }, deps) => {
      deps.payoutRests.require(caller, 'payout');
      await requireConfirmed(deps, caller, { id, ...body, confirmation: headers.confirmation });
      return ok(await deps.payoutFiles.release(caller, id, totalsOf(body)));
    },
  }),
  route({
    ...WRITE,
    ...OF_ONE,
    path: '/v1/payout-files/{id}/cancel',
    summary: 'Call a file off that was not released',
    description: 'Repeating it does nothing',
    limits: 'desk',
    idempotency: 'none',
    body: json(emptyBody),
    answers: found('It, called off', payoutFile),
    problems: [PAYOUT_FILE_NOT_FOUND, PAYOUT_FILE_OVER],
    examples: [{ summary: 'The body is empty', body: {} }],
    handle: async ({ caller, params }, { payoutFiles }) => ok(await payoutFiles.cancel(caller, params.id)),
  }),
];

const totalsOf = ({ lines, amount }: { lines: number; amount: number }) => ({
  lines,
  amountPaise: paiseFromJson(amount),
});

/** A release is the same order however often it is sent: its key is the file. */
async function requireConfirmed(
  { confirmations }: Pick<PayoutFileRouteDependencies, 'confirmations'>,
  caller: Caller,
  {
    id,
    lines,
    amount,
    confirmation: shown,
  }: { id: string; lines: number; amount: number; confirmation: string | undefined },
): Promise<void> {
  if (caller.by !== 'session') return;
  const risk = payoutFileRisk(paiseFromJson(amount), id, lines);
  await confirmations.require(caller, risk, { id: shown, key: `file:${id}` });
}
