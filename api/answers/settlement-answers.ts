import Joi from 'joi';
import {
  ANSWER_STATES,
  type AnswerLineShown,
  type AnswerRow,
  type AnswerShown,
  type AnswerState,
} from '../../domain/settlements/answers';
import type { EndingKind } from '../../domain/settlements/judge-answer';
import type { AnswerStatus } from '../../domain/settlements/layout';
import { publicId } from '../../platform/ids';
import { paiseToJson } from '../../platform/money';
import { answer, count, id, instant, is, list, paise, part, path, words } from './fields';

/** What a bank says of files of ours, for staff: kept first, and done when a second person lets it. */

const MOST = Number.MAX_SAFE_INTEGER;

interface KeptAnswer {
  object: 'settlement_answer';
  id: string;
  bank: string;
  state: AnswerState;
  lines: number;
  kept_by: string;
  kept_at: string;
  links: { self: string; lines: string; proposals: string };
}
const kept = {
  object: is('settlement_answer'),
  id: id('settlementAnswer'),
  bank: words(40).example('escrow'),
  state: is(...ANSWER_STATES).description(
    '`refused`: a second person said no; it may be proposed again. `known`: its bytes took effect otherwise',
  ),
  lines: count(MOST),
  kept_by: id('user').description('Who brought it, and does not approve it'),
  kept_at: instant(),
  links: part<KeptAnswer['links']>({
    self: path('/admin/v1/settlements/answers/sta_01jxvqexvqexvt0xvqexvqexvq'),
    lines: path('/admin/v1/settlements/answers/sta_01jxvqexvqexvt0xvqexvqexvq/lines'),
    proposals: path('/admin/v1/settlements/answers/sta_01jxvqexvqexvt0xvqexvqexvq/proposals'),
  }),
};
export const bankAnswers = list(
  answer<KeptAnswer>('SettlementAnswerKept', 'An answer of the bank', kept),
  'SettlementAnswerList',
);
export function keptAnswerOf(row: AnswerRow): KeptAnswer {
  const shown = publicId('settlementAnswer', row.id);
  const self = `/admin/v1/settlements/answers/${shown}`;
  return {
    ...{ object: 'settlement_answer', id: shown, bank: row.bank, state: row.state, lines: row.lineCount },
    ...{ kept_by: publicId('user', row.keptBy), kept_at: row.keptAt.toISOString() },
    links: { self, lines: `${self}/lines`, proposals: `${self}/proposals` },
  };
}

interface ShownAnswer extends KeptAnswer {
  paid: number;
  failed: number;
  returned: number;
  known: number;
  contradicted: number;
  paid_total: number;
  back_total: number;
}
export const bankAnswer = answer<ShownAnswer>(
  'SettlementAnswer',
  'An answer of the bank: what it would do now, or what it did',
  {
    ...kept,
    paid: count(MOST),
    failed: count(MOST),
    returned: count(MOST),
    known: count(MOST).description('Lines that say what is known'),
    contradicted: count(MOST).description('Lines that contradict it: they move nothing, and become cases'),
    paid_total: paise().description('What goes to the account at the bank; paise'),
    back_total: paise().description('What goes back into wallets, fee and tax with it; paise'),
  },
);
export const bankAnswerOf = ({ counts, paidPaise, backPaise, ...row }: AnswerShown): ShownAnswer => ({
  ...keptAnswerOf(row),
  ...{ paid: counts.paid, failed: counts.failed, returned: counts.returned },
  ...{ known: counts.known, contradicted: counts.contradicted },
  ...{ paid_total: paiseToJson(paidPaise), back_total: paiseToJson(backPaise) },
});

interface LineAnswer {
  object: 'settlement_answer_line';
  line: number;
  settlement: string;
  user: string;
  amount: number;
  says: AnswerStatus;
  utr: string | null;
  does: readonly EndingKind[];
  contradiction: string | null;
}
export const bankAnswerLines = list(
  answer<LineAnswer>(
    'SettlementAnswerLine',
    'What the bank says of a settlement, and what that would do now',
    {
      object: is('settlement_answer_line'),
      line: count(MOST),
      settlement: id('settlementItem'),
      user: id('user'),
      amount: paise(),
      says: is('PAID', 'REJECTED', 'RETURNED'),
      utr: words(40).allow(null),
      does: Joi.array()
        .items(is('paid', 'failed', 'returned'))
        .max(2)
        .description('Empty where it says what is known, and where it contradicts that'),
      contradiction: words(200).allow(null),
    },
  ),
  'SettlementAnswerLineList',
);
export const bankAnswerLineOf = (line: AnswerLineShown): LineAnswer => ({
  ...{ object: 'settlement_answer_line', line: line.lineNo },
  ...{ settlement: publicId('settlementItem', line.itemId), user: publicId('user', line.userId) },
  ...{ amount: paiseToJson(line.amountPaise), says: line.status, utr: line.utr },
  ...{ does: line.ends, contradiction: line.contradiction },
});
