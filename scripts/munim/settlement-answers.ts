import fs from 'node:fs/promises';
import type { AnswerLineShown, AnswerRow, AnswerShown } from '../../domain/settlements/answers';
import { SETTLEMENT_ERRORS } from '../../domain/settlements/errors';
import { DomainError } from '../../domain/errors/errors';
import { rupeesFromPaise } from '../../platform/decimal';
import { parsePublicId, publicId } from '../../platform/ids';
import { shownApproval } from './approvals';
import {
  EVIDENCE,
  optionalText,
  REASON,
  textOption,
  UsageError,
  type Command,
  type OptionDefinition,
} from './command';

/** What our bank says of files of ours: one person brings it, another lets it take effect. */

export const BANK: OptionDefinition = {
  what: 'our bank account by its name in the books: escrow',
  isRequired: true,
};
const MOST_BYTES = 33_554_432;
const LISTED_ANSWERS = 100;
const LISTED_LINES = 5_000;

const SAYS = ['PAID', 'REJECTED', 'RETURNED'] as const;
const END_OPTIONS = {
  says: { what: 'PAID; REJECTED: it never went; RETURNED: it was paid and came back', isRequired: true },
  utr: { what: 'the bank reference of the payment' },
  'return-utr': { what: 'that of what came back, where it has one of its own' },
  reason: REASON,
  evidence: EVIDENCE,
} as const;

const rowOf = (answer: AnswerRow): Readonly<Record<string, unknown>> => ({
  ...{ answer: publicId('settlementAnswer', answer.id), bank: answer.bank, state: answer.state },
  ...{ lines: answer.lineCount, kept_by: publicId('user', answer.keptBy), kept_at: answer.keptAt },
});

const shownAnswer = (answer: AnswerShown): Readonly<Record<string, unknown>> => ({
  ...rowOf(answer),
  ...answer.counts,
  paid_rupees: rupeesFromPaise(answer.paidPaise),
  back_rupees: rupeesFromPaise(answer.backPaise),
});

function answerIn(argument: string): string {
  const id = parsePublicId('settlementAnswer', argument);
  if (id === undefined) throw new DomainError(SETTLEMENT_ERRORS.SETTLEMENT_ANSWER_NOT_FOUND);
  return id;
}

async function bytesOf(path: string): Promise<Buffer> {
  const { size } = await fs.stat(path).catch(() => {
    throw new UsageError(`there is no file ${path}`);
  });
  if (size > MOST_BYTES) throw new UsageError('the file is larger than any answer to files of ours');
  return fs.readFile(path);
}

/** What two persons say of a settlement that the bank does not answer. */
const END: Command = {
  name: 'settlement end',
  permission: 'settlements.propose',
  summary: 'proposes how a settlement of a file ended, when the days in which the bank answers are over',
  argument: 'SETTLEMENT',
  options: END_OPTIONS,
  async run({ operations, by, argument, ...context }) {
    const id = parsePublicId('settlementItem', argument);
    if (id === undefined) throw new DomainError(SETTLEMENT_ERRORS.SETTLEMENT_NOT_FOUND);
    const said = SAYS.find((one) => one === textOption(context, 'says').toUpperCase());
    if (said === undefined) throw new UsageError(`--says is one of ${SAYS.join(', ')}`);
    const proposal = await operations.settlements.endProposal({
      ...{ id, says: said, utr: utrOption(context, 'utr'), returnUtr: utrOption(context, 'return-utr') },
      ...{ reason: textOption(context, 'reason'), evidence: textOption(context, 'evidence') },
    });
    return shownApproval(await operations.approvals.propose(proposal, by));
  },
};

function utrOption(context: Parameters<typeof optionalText>[0], name: string): string | null {
  const text = optionalText(context, name)?.toUpperCase();
  if (text === undefined) return null;
  if (!/^[A-Z0-9]{6,40}$/.test(text)) throw new UsageError(`--${name} is a reference of a bank`);
  return text;
}

export const SETTLEMENT_ANSWERS: readonly Command[] = [
  {
    name: 'settlement answer',
    permission: 'settlements.propose',
    summary:
      'keeps the answer of the bank and proposes that it takes effect; another person than who brought it approves it',
    argument: 'PATH',
    options: { bank: BANK, reason: REASON, evidence: EVIDENCE },
    async run({ operations, by, argument, ...context }) {
      const { settlements, approvals } = operations;
      const said = { reason: textOption(context, 'reason'), evidence: textOption(context, 'evidence') };
      const kept = await settlements.keepAnswer(textOption(context, 'bank'), await bytesOf(argument), by);
      // the same file again is known, and changes nothing
      if (kept.state === 'done' || kept.state === 'proposed') return shownAnswer(kept);
      return shownApproval(
        await approvals.propose(await settlements.answerProposal({ id: kept.id, ...said }), by),
      );
    },
  },
  {
    name: 'settlement answers',
    permission: 'settlements.read',
    summary: 'the answers of our banks, the newest first, and whether they took effect',
    options: {},
    run: async ({ operations }) =>
      (await operations.settlements.answers({ limit: LISTED_ANSWERS })).data.map(rowOf),
  },
  {
    name: 'settlement answered',
    permission: 'settlements.read',
    summary: 'the lines of an answer, and what each would do now: paid, back in the wallet, or nothing',
    argument: 'ANSWER',
    options: {},
    async run({ operations, argument }) {
      const lines: AnswerLineShown[] = [];
      // all of them: whoever decides must not miss one that gives money back
      for (let after: string | null | undefined; after !== null;) {
        const page = await operations.settlements.answerLines(answerIn(argument), {
          limit: LISTED_LINES,
          after,
        });
        lines.push(...page.data);
        after = page.nextCursor;
      }
      return lines.map((line) => ({
        ...{ line: line.lineNo, settlement: publicId('settlementItem', line.itemId) },
        ...{ user: publicId('user', line.userId), rupees: rupeesFromPaise(line.amountPaise) },
        ...{ says: line.status, utr: line.utr, does: line.ends.join(', '), why_not: line.contradiction },
      }));
    },
  },
  END,
];
