import { slabsFromText } from '../../domain/commissions/slab-text';
import { planProposal, ruleProposal, schemeProposal } from '../../domain/commissions/schemes';
import type { SchemeRow } from '../../domain/commissions/rule-rows';
import { rupeesFromPaise } from '../../platform/decimal';
import { publicId } from '../../platform/ids';
import { shownApproval } from './approvals';
import {
  EVIDENCE,
  optionalText,
  REASON,
  Refusal,
  textOption,
  UsageError,
  type Command,
  type CommandContext,
} from './command';
import { readRupees, readUser } from './read-ids';

/** What users earn: schemes, their rules, and who has which plan. Each change is proposed here and approved by another. */

const SCOPES: readonly SchemeRow['scope'][] = ['all', 'plan', 'network', 'user'];
const FROM = {
  what: 'the day from which it counts, after today, such as 2026-12-01',
  isRequired: true,
} as const;
const PLACE = {
  service: { what: 'dmt, bbps, recharge, aeps, payout', isRequired: true },
  category: { what: 'of billers; a mode; a kind of withdrawal' },
  operator: { what: 'a biller or an operator' },
} as const;

const saidIn = (context: CommandContext) => ({
  reason: textOption(context, 'reason'),
  evidence: textOption(context, 'evidence'),
});
const placeIn = (context: CommandContext) => ({
  service: textOption(context, 'service'),
  category: optionalText(context, 'category') ?? null,
  operator: optionalText(context, 'operator') ?? null,
});

const MAKE: Command = {
  name: 'scheme make',
  permission: 'commissions.propose',
  summary: 'proposes a commission scheme; another person approves it',
  argument: 'NAME',
  options: {
    scope: { what: `${SCOPES.join(', ')}: for whom it is`, isRequired: true },
    user: { what: 'whose network, or who' },
    reason: REASON,
    evidence: EVIDENCE,
  },
  async run(context) {
    const scope = SCOPES.find((one) => one === textOption(context, 'scope'));
    if (scope === undefined) throw new UsageError(`--scope is one of ${SCOPES.join(', ')}`);
    const user = optionalText(context, 'user');
    const proposal = schemeProposal({
      ...{ name: context.argument, scope, user: user === undefined ? null : readUser(user) },
      ...saidIn(context),
    });
    return shownApproval(await context.operations.approvals.propose(proposal, context.by));
  },
};

const RULE: Command = {
  name: 'scheme rule',
  permission: 'commissions.propose',
  summary: 'proposes the next version of a rule of a scheme; another person approves it',
  argument: 'SCHEME',
  options: {
    ...PLACE,
    slabs: {
      what: 'in paise: 100-100000:retailer=200,distributor=25;100001-500000:retailer=40bp<1300; none ends the rule',
      isRequired: true,
    },
    from: FROM,
    reason: REASON,
    evidence: EVIDENCE,
  },
  async run(context) {
    const slabs = textOption(context, 'slabs');
    const proposal = ruleProposal({
      ...{ scheme: context.argument, ...placeIn(context), inForceFrom: textOption(context, 'from') },
      ...{ slabs: slabs === 'none' ? [] : slabsFromText(slabs), ...saidIn(context) },
    });
    return shownApproval(await context.operations.approvals.propose(proposal, context.by));
  },
};

const PLAN: Command = {
  name: 'scheme plan',
  permission: 'commissions.propose',
  summary: 'proposes the plan of a user; another person approves it',
  argument: 'USER',
  options: {
    scheme: { what: 'a scheme of the scope plan; without it, no plan' },
    from: FROM,
    reason: REASON,
    evidence: EVIDENCE,
  },
  async run(context) {
    const proposal = planProposal({
      user: readUser(context.argument),
      scheme: optionalText(context, 'scheme') ?? null,
      inForceFrom: textOption(context, 'from'),
      ...saidIn(context),
    });
    return shownApproval(await context.operations.approvals.propose(proposal, context.by));
  },
};

const LIST: Command = {
  name: 'scheme list',
  permission: 'commissions.read',
  summary: 'the commission schemes, and for whom they are',
  options: {},
  async run({ operations }) {
    const found = await operations.commissions.schemes();
    return found.map(({ name, scope, userId }) => ({
      scheme: name,
      scope,
      user: userId === null ? null : publicId('user', userId),
    }));
  },
};

const SHOW: Command = {
  name: 'scheme show',
  permission: 'commissions.read',
  summary: 'the rules of a scheme, the newest version of each first',
  argument: 'SCHEME',
  options: {},
  async run({ operations, argument }) {
    const scheme = await operations.commissions.scheme(argument);
    if (scheme === undefined)
      throw new Refusal('COMMISSION_SCHEME_NOT_FOUND', `there is no scheme ${argument}`);
    const found = await operations.commissions.rules(scheme.id);
    return found.map((rule) => ({
      service: rule.service,
      category: rule.category,
      operator: rule.operator,
      version: rule.version,
      from: rule.inForceFrom,
      slab: `${rupeesFromPaise(rule.fromPaise)} to ${rupeesFromPaise(rule.toPaise)}`,
      of: rule.basis,
      level: rule.level,
      rupees: rupeesFromPaise(rule.flatPaise),
      bps: rule.bps,
      most: rule.capPaise === null ? null : rupeesFromPaise(rule.capPaise),
    }));
  },
};

const PREVIEW: Command = {
  name: 'scheme preview',
  permission: 'commissions.read',
  summary: 'what a transaction of a user would earn, for everybody above as well, and what is left for us',
  argument: 'USER',
  options: { ...PLACE, rupees: { what: 'the amount in rupees, such as 2000.00', isRequired: true } },
  async run(context) {
    const found = await context.operations.commissions.previewAll(readUser(context.argument), {
      ...placeIn(context),
      amountPaise: readRupees(textOption(context, 'rupees')),
    });
    return [
      ...found.shares.map(({ user, level, grossPaise }) => ({
        ...{ scheme: found.scheme, who: user, level, rupees: rupeesFromPaise(grossPaise), paid: found.mode },
      })),
      {
        ...{
          scheme: found.scheme,
          who: 'munim',
          level: 'margin',
          rupees: rupeesFromPaise(found.marginPaise),
        },
        paid: null,
      },
    ];
  },
};

export const SCHEMES: readonly Command[] = [MAKE, RULE, PLAN, LIST, SHOW, PREVIEW];
