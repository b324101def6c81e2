import type { CaseDetail } from '../../domain/cases/read';
import { publicId } from '../../platform/ids';
import { rupeesFromPaise } from '../../platform/decimal';
import { shownApproval } from './approvals';
import { EVIDENCE, optionalText, REASON, textOption, type Command } from './command';
import { readId } from './read-ids';

/** Cases: what waits for a person, and what the person says. */

const LISTED = 200;
const CASE = 'CASE';

const list: Command = {
  name: 'case list',
  permission: 'cases.read',
  summary: 'the open cases, the oldest first',
  options: {
    kind: { what: 'only this kind' },
    transaction: { what: 'only about this transaction, txn_…' },
    closed: { what: 'the closed ones, the newest first', isFlag: true },
  },
  async run({ operations, given, ...context }) {
    const transaction = optionalText({ given }, 'transaction');
    const found = await operations.cases.list({
      kind: optionalText({ given, ...context }, 'kind'),
      ...(transaction === undefined ? {} : { transactionId: readId('transaction', transaction) }),
      isOpen: given.closed !== true,
      limit: LISTED,
    });
    return found.map((c) => ({
      case: publicId('case', c.id),
      kind: c.kind,
      about: c.transactionId === null ? c.subject : publicId('transaction', c.transactionId),
      summary: c.summary,
      opened_at: c.openedAt,
      ...(c.closedAt === null ? {} : { closed_at: c.closedAt, note: c.closedNote }),
    }));
  },
};

const count: Command = {
  name: 'case count',
  permission: 'cases.read',
  summary: 'open cases of each kind, and since when the oldest waits',
  options: {},
  run: async ({ operations }) => (await operations.cases.countOpen()).map((found) => ({ ...found })),
};

const show: Command = {
  name: 'case show',
  permission: 'cases.read',
  summary: 'one case: its question, the evidence, what can be chosen',
  argument: CASE,
  options: {},
  async run({ operations, argument }) {
    const id = readId('case', argument);
    const found = await operations.cases.get(id);
    return shownCase(found, found.closedAt === null ? await operations.cases.offered(id) : []);
  },
};

const propose: Command = {
  name: 'case propose',
  permission: 'cases.propose',
  summary: 'proposes what became of it; another person approves',
  argument: CASE,
  options: {
    choice: { what: 'one of those that munim case show tells', isRequired: true },
    reason: REASON,
    evidence: EVIDENCE,
  },
  async run({ operations, by, argument, ...context }) {
    const proposal = await operations.cases.proposal({
      caseId: readId('case', argument),
      choice: textOption(context, 'choice'),
      reason: textOption(context, 'reason'),
      evidence: textOption(context, 'evidence'),
    });
    return shownApproval(await operations.approvals.propose(proposal, by));
  },
};

const approve: Command = {
  name: 'case approve',
  permission: 'cases.decide',
  summary: 'carries out what another person proposed about a case',
  argument: CASE,
  options: {},
  async run({ operations, by, argument }) {
    const { id } = await operations.approvals.ofCase(readId('case', argument));
    const { approval, result } = await operations.approvals.approve(id, by);
    return { ...shownApproval(approval), done: result };
  },
};

const reject: Command = {
  name: 'case reject',
  permission: 'cases.decide',
  summary: 'refuses what another person proposed about a case',
  argument: CASE,
  options: { note: { what: 'why; the proposer reads it', isRequired: true } },
  async run({ operations, by, argument, ...context }) {
    const { id } = await operations.approvals.ofCase(readId('case', argument));
    await operations.approvals.reject(id, by, textOption(context, 'note'));
    return shownApproval(await operations.approvals.get(id));
  },
};

const close: Command = {
  name: 'case close',
  permission: 'cases.close',
  summary: 'closes a case about which nothing is to be posted',
  argument: CASE,
  options: { note: { what: 'what was found', isRequired: true } },
  async run({ operations, by, argument, ...context }) {
    const caseId = readId('case', argument);
    await operations.cases.close({ caseId, note: textOption(context, 'note') }, by);
    return { case: argument, status: 'closed' };
  },
};

export const CASES: readonly Command[] = [list, count, show, propose, approve, reject, close];

function shownCase(found: CaseDetail, offered: readonly string[]): Readonly<Record<string, unknown>> {
  const { transaction: about } = found;
  return {
    case: publicId('case', found.id),
    kind: found.kind,
    question: found.question,
    evidence_wanted: found.evidenceWanted,
    summary: found.summary,
    evidence: found.evidence,
    opened_at: found.openedAt,
    ...(found.closedAt === null
      ? { choices: offered }
      : { closed_at: found.closedAt, closed_by: found.closedBy, note: found.closedNote }),
    ...(about === null
      ? { about: found.subject }
      : {
          transaction: {
            id: publicId('transaction', about.id),
            service: about.service,
            provider: about.provider,
            state: about.state,
            rupees: rupeesFromPaise(about.amountPaise),
            our_references: about.references,
            reason: about.statusReason,
          },
        }),
    said: found.said.map(({ source, kind, rawStatus, rawReason, decision, recordedAt }) => ({
      at: recordedAt,
      source,
      kind,
      status: rawStatus,
      reason: rawReason,
      decision,
    })),
  };
}
