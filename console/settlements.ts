/**
 * Settlements, files to our bank, taxes and receipts for the pages of the console. What is proposed here is decided by
 * another person under `/ops/approvals`.
 */
import type { ApprovalModel } from '../domain/approvals/approval.model';
import type { Approvals, Proposal } from '../domain/approvals/approvals';
import type { OpsSession } from '../domain/auth/sessions';
import { receiptProposal, RECEIVABLES, SHORT_CAUSES } from '../domain/funds/receipts';
import { TAXES, type TaxDesk } from '../domain/remittances/desk';
import { remitProposal } from '../domain/remittances/remit';
import { SETTLEMENT_ERRORS } from '../domain/settlements/errors';
import { FILE_CANCEL, FILE_RELEASE, type FileRow, type SettlementFiles } from '../domain/settlements/files';
import type { BatchRow, SettlementDesk, SettlementRow } from '../domain/settlements/read';
import type { SettlementResponses } from '../domain/settlements/responses';
import { DomainError } from '../domain/errors/errors';
import { publicId } from '../platform/ids';
import { paiseToJson } from '../platform/money';
import { APPROVALS } from './approvals';
import { callsOf, type Given } from './calls';

const AT = '/settlements';
/** Of a hundred thousand lines. `munim settlement answer` takes larger ones. */
const MAX_ANSWER_BYTES = 16_777_216;
const LISTED = 100;

interface Deps {
  settlements: SettlementDesk & SettlementFiles & SettlementResponses;
  taxes: TaxDesk;
  approvals: Pick<Approvals, 'propose'>;
}
const call = callsOf<Deps>();
const READ = { method: 'GET', access: 'settlements.read' } as const;
const WRITE = { method: 'POST', access: 'settlements.propose' } as const;

const NAME = [/^[a-z0-9][a-z0-9_-]{0,39}$/, 'small letters, digits, - and _'] as const;
const TEXT = [/^.{3,500}$/s, 'a text of 3 to 500 characters'] as const;
const PAISE = [/^[1-9]\d{0,15}$/, 'paise as a text of digits: "150000"'] as const;
const REFERENCE = [/^[A-Za-z0-9][A-Za-z0-9/_.-]{3,59}$/, 'the reference of the line'] as const;
const limitOf = (query: Given): number => query.number('limit', { from: 1, to: LISTED, otherwise: LISTED });
const list = (data: readonly object[]) => ({ object: 'list', data, has_more: false, next_cursor: null });
const wordIn = <Word extends string>(given: Given, name: string, words: readonly Word[]): Word =>
  given.text(name, new RegExp(`^(?:${words.join('|')})$`), words.join(', ')) as Word;

const batchView = (batch: BatchRow): object => ({
  ...{ object: 'settlement_batch', date: batch.businessDate, cutoff_at: batch.cutoffAt.toISOString() },
  ...{ wallet: batch.walletKind, pays_by: batch.paysBy, bank: batch.bank, made: batch.isMade },
  ...{ items: batch.items, pending: batch.pending, total_paise: paiseToJson(batch.totalPaise) },
  ...{ paid_paise: paiseToJson(batch.paidPaise), back_paise: paiseToJson(batch.backPaise) },
});
const itemView = (item: SettlementRow): object => ({
  ...{ object: 'settlement', id: publicId('settlementItem', item.id), status: item.status },
  ...{ user: publicId('user', item.userId), wallet: item.walletKind, account: item.hint, ifsc: item.ifsc },
  ...{ amount_paise: paiseToJson(item.amountPaise), fee_paise: paiseToJson(item.feePaise) },
  ...{ tax_paise: paiseToJson(item.taxPaise), utr: item.utr },
  transaction: item.transactionId === null ? null : publicId('transaction', item.transactionId),
});
const fileView = (file: FileRow): object => ({
  ...{ object: 'settlement_file', file: file.number.toString(), bank: file.bank, layout: file.layout },
  ...{ state: file.state, lines: file.itemCount, total_paise: paiseToJson(file.totalPaise) },
  ...{ made_by: publicId('user', file.madeBy), made_at: file.madeAt.toISOString() },
});
function approvalView({ id, state }: ApprovalModel): object {
  const approval = publicId('approval', id);
  return { object: 'approval', id: approval, state, decided_at_page: `${APPROVALS}/${approval}` };
}
const proposed = async (
  { approvals }: Pick<Deps, 'approvals'>,
  proposal: Proposal,
  session: OpsSession,
): Promise<object> => approvalView(await approvals.propose(proposal, session));

function fileNumber(id: string): bigint {
  if (/^[1-9]\d{0,17}$/.test(id)) return BigInt(id);
  throw new DomainError(SETTLEMENT_ERRORS.SETTLEMENT_FILE_NOT_FOUND);
}

const readRoutes = [
  call({
    ...READ,
    path: `${AT}/batches`,
    summary: 'The batches of settlements, the newest first',
    query: ['limit'],
    handle: async ({ query }, { settlements }) =>
      list((await settlements.batches(limitOf(query))).map(batchView)),
  }),
  call({
    ...READ,
    path: `${AT}/items`,
    summary: 'The settlements of a business day, those that wait first',
    query: ['date', 'limit'],
    handle: async ({ query }, { settlements }) =>
      list((await settlements.items(query.day('date'), limitOf(query))).map(itemView)),
  }),
  call({
    ...READ,
    path: `${AT}/files`,
    summary: 'The files to our banks, the newest first',
    query: ['limit'],
    handle: async ({ query }, { settlements }) =>
      list((await settlements.files(limitOf(query))).map(fileView)),
  }),
  call({
    ...READ,
    path: '/taxes',
    summary: 'TDS and GST by month: what came, what was remitted, what is owed, and by when',
    handle: async (_input, { taxes }) =>
      list(
        (await taxes.dues(LISTED)).map((due) => ({
          ...{ object: 'tax_due', tax: due.tax, month: due.month.slice(0, 7), section: due.section },
          ...{ payment_code: due.paymentCode, form: due.form, due_on: due.dueOn },
          liability_paise: paiseToJson(due.liabilityPaise),
          remitted_paise: paiseToJson(due.remittedPaise),
          owed_paise: paiseToJson(due.owedPaise),
        })),
      ),
  }),
];

const fileRoutes = [
  call({
    ...WRITE,
    path: `${AT}/files`,
    summary: 'Makes a file to our bank of what waits for one',
    action: 'settlement_file.ask',
    body: ['bank'],
    handle: async ({ body, session }, { settlements }) =>
      fileView(await settlements.make(body.text('bank', ...NAME), session)),
  }),
  call({
    ...WRITE,
    path: `${AT}/files/{id}/proposals`,
    summary: 'Proposes that a file goes to the bank, or does not count; another person decides',
    action: 'settlement_file.propose',
    body: ['choice', 'reason', 'evidence'],
    handle: async ({ id, body, session }, deps) => {
      const choice = wordIn(body, 'choice', ['release', 'cancel']);
      const proposal = await deps.settlements.fileProposal({
        number: fileNumber(id),
        action: choice === 'release' ? FILE_RELEASE : FILE_CANCEL,
        ...{ reason: body.text('reason', ...TEXT), evidence: body.text('evidence', ...TEXT) },
      });
      return proposed(deps, proposal, session);
    },
  }),
  call({
    ...WRITE,
    path: `${AT}/files/{id}/text`,
    summary: 'The text of a released file, once',
    action: 'settlement_file.take',
    body: [],
    handle: async ({ id, session }, { settlements }) => ({
      object: 'settlement_file_text',
      ...(await settlements.write(fileNumber(id), session)),
    }),
  }),
  call({
    ...WRITE,
    path: `${AT}/answers`,
    summary: 'Imports the answer of the bank: its bytes',
    action: 'settlement.import',
    query: ['bank'],
    body: MAX_ANSWER_BYTES,
    handle: async ({ query, bytes, session }, { settlements }) => {
      const { isKnownFile, ...counts } = await settlements.answer(
        query.text('bank', ...NAME),
        bytes,
        session,
      );
      return { object: 'settlement_answer', known_file: isKnownFile, ...counts };
    },
  }),
];

const paiseOf = (given: Given, name: string): bigint => BigInt(given.text(name, ...PAISE));
const saidIn = (given: Given) => ({
  reason: given.text('reason', ...TEXT),
  evidence: given.text('evidence', ...TEXT),
});

const moneyRoutes = [
  call({
    ...WRITE,
    path: '/taxes/remittances',
    summary: 'Proposes to book tax that was paid to the state; another person decides',
    action: 'tax.propose',
    body: [
      ...['tax', 'month', 'section', 'amount_paise', 'input_paise', 'challan', 'paid_on', 'bank'],
      ...['reference', 'reason', 'evidence'],
    ],
    handle: async ({ body, session }, deps) => {
      const section = body.optional('section', /^[0-9A-Za-z()-]{3,24}$/, 'a section');
      const input = body.optional('input_paise', ...PAISE);
      const proposal = remitProposal({
        tax: wordIn(body, 'tax', TAXES),
        month: body.text('month', /^\d{4}-\d{2}$/, 'a month such as 2026-11'),
        ...(section === undefined ? {} : { section }),
        amountPaise: paiseOf(body, 'amount_paise'),
        inputPaise: input === undefined ? 0n : BigInt(input),
        challanNo: body.text('challan', /^[A-Za-z0-9/-]{3,40}$/, 'the number of the challan'),
        paidOn: body.day('paid_on'),
        ...{ bank: body.text('bank', ...NAME), reference: body.text('reference', ...REFERENCE) },
        ...saidIn(body),
      });
      return proposed(deps, proposal, session);
    },
  }),
  call({
    ...WRITE,
    access: 'funds.propose',
    path: '/receivables/receipts',
    summary: 'Proposes to book what a provider has paid of what it owes us; another person decides',
    action: 'receivable.propose',
    body: [
      ...['provider', 'of', 'bank', 'amount_paise', 'reference', 'short_paise', 'short_cause'],
      ...['reason', 'evidence'],
    ],
    handle: async ({ body, session }, deps) => {
      const short = body.optional('short_paise', ...PAISE);
      const proposal = receiptProposal({
        ...{ provider: body.text('provider', ...NAME), of: wordIn(body, 'of', RECEIVABLES) },
        ...{ bank: body.text('bank', ...NAME), amountPaise: paiseOf(body, 'amount_paise') },
        reference: body.text('reference', ...REFERENCE),
        ...(short === undefined
          ? {}
          : { short: { paise: BigInt(short), cause: wordIn(body, 'short_cause', SHORT_CAUSES) } }),
        ...saidIn(body),
      });
      return proposed(deps, proposal, session);
    },
  }),
];

export const settlementRoutes = [...readRoutes, ...fileRoutes, ...moneyRoutes];
