import type { RiskRule } from '../../domain/risk/rules';
import type { Tuning } from '../../domain/risk/tuning';
import { addMs } from '../../platform/clock';
import { rupeesFromPaise } from '../../platform/decimal';
import { publicId } from '../../platform/ids';
import { shownApproval } from './approvals';
import {
  EVIDENCE,
  optionalText,
  REASON,
  textOption,
  UsageError,
  type Command,
  type CommandContext,
} from './command';
import { readId, readRupees } from './read-ids';

/** The rules that find what looks like fraud, what they have found, and the register of what was said of it. */

const LISTED = 500;
const DAY_MS = 86_400_000;
const VERDICTS = ['false_alarm', 'suspicious', 'reported'] as const;
type Options = Pick<CommandContext, 'given'>;

function wholeNumber(context: Options, option: string): number | undefined {
  const given = optionalText(context, option);
  if (given === undefined) return undefined;
  if (!/^\d{1,9}$/.test(given)) throw new UsageError(`--${option} takes a whole number`);
  return Number(given);
}

function oneOf<T extends string>(context: Options, option: string, allowed: readonly T[]): T | undefined {
  const given = optionalText(context, option);
  const found = allowed.find((one) => one === given);
  if (given !== undefined && found === undefined)
    throw new UsageError(`--${option} is one of ${allowed.join(', ')}`);
  return found;
}

function rupees(context: Options, option: string): bigint | undefined {
  return optionalText(context, option) === undefined ? undefined : readRupees(textOption(context, option));
}

function tuningIn(context: Options): Tuning {
  const state = oneOf(context, 'state', ['on', 'off'] as const);
  const tuning: Tuning = {
    isOn: state === undefined ? undefined : state === 'on',
    action: oneOf(context, 'action', ['case', 'hold'] as const),
    windowS: wholeNumber(context, 'window-s'),
    threshold: wholeNumber(context, 'threshold'),
    leastPaise: rupees(context, 'least-rupees'),
    limitPaise: rupees(context, 'limit-rupees'),
    percent: wholeNumber(context, 'percent'),
    stopS: wholeNumber(context, 'stop-s'),
  };
  if (Object.values(tuning).every((value) => value === undefined))
    throw new UsageError('name what is to change: --threshold, --window-s, --action, --state …');
  return tuning;
}

const shownRule = (rule: RiskRule): Readonly<Record<string, unknown>> => ({
  rule: rule.name,
  measures: rule.pattern,
  state: rule.isOn ? 'on' : 'off',
  action: rule.action,
  more_than: rule.threshold,
  window_s: rule.windowS,
  least_rupees: rupeesFromPaise(rule.leastPaise),
  limit_rupees: rule.limitPaise === null ? null : rupeesFromPaise(rule.limitPaise),
  percent: rule.percent,
  hours: rule.fromHour === null ? null : `${rule.fromHour}-${rule.toHour}`,
  stop_s: rule.stopS,
  in_force_from: rule.inForceFrom,
  source: rule.source,
});

export const RISK: readonly Command[] = [
  {
    name: 'risk rules',
    permission: 'risk.read',
    summary: 'the rules that find what looks like fraud, as they are in force',
    options: {},
    run: async ({ operations }) => (await operations.risk.rules()).map(shownRule),
  },
  {
    name: 'risk count',
    permission: 'risk.read',
    summary:
      'of each rule, what became of its findings: false alarms, suspicious, open, closed by themselves',
    options: { days: { what: 'of so many days; 30 where nothing is said' } },
    async run({ operations, clock, ...context }) {
      const days = wholeNumber(context, 'days') ?? 30;
      const counted = await operations.risk.counts(addMs(clock.now(), -days * DAY_MS));
      return counted.map((found) => ({ ...found }));
    },
  },
  {
    name: 'risk propose',
    permission: 'limits.propose',
    summary:
      'proposes another threshold, window or action of a rule; another person decides (munim approval)',
    argument: 'RULE',
    options: {
      state: { what: 'on, off' },
      action: { what: 'case: a person is told; hold: and what follows waits for them' },
      threshold: { what: 'more than so many, or so much' },
      'window-s': { what: 'within so many seconds' },
      'least-rupees': { what: 'smaller transactions are left out' },
      'limit-rupees': { what: 'of a rule that measures just_under' },
      percent: { what: 'how far under the limit; of declines, the share' },
      'stop-s': { what: 'of a rule that holds: so many seconds what follows waits' },
      reason: REASON,
      evidence: EVIDENCE,
    },
    async run({ operations, by, argument, ...context }) {
      const proposal = operations.risk.tuning({
        name: argument,
        tuning: tuningIn(context),
        reason: textOption(context, 'reason'),
        evidence: textOption(context, 'evidence'),
      });
      return shownApproval(await operations.approvals.propose(proposal, by));
    },
  },
  {
    name: 'risk judge',
    permission: 'risk.judge',
    summary:
      'says what a finding is; it stands in the register for good, and a false alarm ends what it stopped',
    argument: 'CASE',
    options: {
      verdict: {
        what: `${VERDICTS.join(', ')}; reported: of what was called suspicious before`,
        isRequired: true,
      },
      reference: { what: 'of a report: its reference at the Financial Intelligence Unit' },
      reason: REASON,
    },
    async run({ operations, by, argument, ...context }) {
      const verdict = oneOf(context, 'verdict', VERDICTS)!;
      const reference = optionalText(context, 'reference');
      if ((verdict === 'reported') !== (reference !== undefined))
        throw new UsageError('--reference is given with --verdict reported, and only then');
      const caseId = readId('case', argument);
      await operations.risk.judge({ caseId, verdict, reference, reason: textOption(context, 'reason') }, by);
      return { case: argument, verdict };
    },
  },
  {
    name: 'risk register',
    permission: 'risk.read',
    summary:
      'the register of suspicious transactions: who said what of a finding, when and why; the newest first',
    options: { rule: { what: 'only of this rule' } },
    async run({ operations, by, ...context }) {
      const found = await operations.risk.register(
        { rule: optionalText(context, 'rule'), limit: LISTED },
        by,
      );
      return found.map((entry) => ({
        entry: publicId('registerEntry', entry.id),
        case: publicId('case', entry.caseId),
        rule: entry.rule,
        about: entry.subject,
        transaction: entry.transactionId === null ? null : publicId('transaction', entry.transactionId),
        verdict: entry.verdict,
        reference: entry.reference,
        reason: entry.reason,
        decided_by: publicId('user', entry.decidedBy),
        approval: entry.approvalId === null ? null : publicId('approval', entry.approvalId),
        decided_at: entry.decidedAt,
      }));
    },
  },
];
