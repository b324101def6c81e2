import Joi from 'joi';
import type { BalanceView, DayView, SummaryView } from '../../domain/statements/statements';
import { SUMMARY_DAYS } from '../../domain/statements/statements';
import { answer, count, currency, day, id, instant, is, paise, signedPaise } from './fields';

const MOST_LINES = 1_000_000_000;
const figures = {
  opening: signedPaise().example(1_000_000),
  credits: paise(),
  debits: paise(),
  closing: signedPaise().example(850_000),
  lines: count(MOST_LINES),
};

const statementDay = answer<DayView>('StatementDay', 'A day in India', { date: day(), ...figures });

export const statementSummary = answer<SummaryView>(
  'StatementSummary',
  'What some days have brought and taken; the closing balance of a day is the opening one of the next',
  {
    object: is('statement_summary'),
    wallet: id('wallet'),
    from: day(),
    to: day(),
    ...figures,
    days: Joi.array().items(statementDay).max(SUMMARY_DAYS),
  },
);

export const balance = answer<BalanceView>('Balance', 'What a wallet held just before an instant', {
  object: is('balance'),
  wallet: id('wallet'),
  at: instant(),
  balance: signedPaise().example(1_000_000),
  currency: currency(),
});
