import { moveProposal } from '../../domain/users/moves';
import { STAGES, type Stage } from '../../domain/users/stages';
import { shownApproval } from './approvals';
import { EVIDENCE, REASON, textOption, UsageError, type Command } from './command';
import { readUser } from './read-ids';

/** Users of the network: how far each is, what it may use, and under whom it stands. */

const SERVICE_STATES = ['active', 'suspended'] as const;

const userShow: Command = {
  name: 'user show',
  permission: 'users.read',
  summary: 'a user: its stage, who is above it, and its services',
  argument: 'USER',
  options: {},
  async run({ operations, argument }) {
    return { ...(await operations.network.show(readUser(argument))) };
  },
};

const userStage: Command = {
  name: 'user stage',
  permission: 'users.write',
  summary: 'moves a user to another stage: verified, active, suspended, closed',
  argument: 'USER',
  options: { to: { what: STAGES.join(', '), isRequired: true }, reason: REASON },
  async run({ operations, by, argument, ...context }) {
    const to = textOption(context, 'to');
    if (!(STAGES as readonly string[]).includes(to))
      throw new UsageError(`--to is one of ${STAGES.join(', ')}`);
    const reason = textOption(context, 'reason');
    await operations.network.setStage({ user: readUser(argument), to: to as Stage, reason }, by);
    return { user: argument, stage: to };
  },
};

const userService: Command = {
  name: 'user service',
  permission: 'users.write',
  summary: 'switches a service of a user on, also one that fell asleep, or stops it',
  argument: 'USER',
  options: {
    service: { what: 'payout, dmt, bbps, recharge, aeps', isRequired: true },
    state: { what: SERVICE_STATES.join(' or '), isRequired: true },
    reason: REASON,
  },
  async run({ operations, by, argument, ...context }) {
    const [service, wanted] = [textOption(context, 'service'), textOption(context, 'state')];
    const state = SERVICE_STATES.find((one) => one === wanted);
    if (state === undefined) throw new UsageError(`--state is ${SERVICE_STATES.join(' or ')}`);
    const reason = textOption(context, 'reason');
    await operations.network.setService({ user: readUser(argument), service, state, reason }, by);
    return { user: argument, service, state };
  },
};

const userMove: Command = {
  name: 'user move',
  permission: 'users.propose',
  summary: 'puts a user, and all below it, under another one from a day on; another person approves it',
  argument: 'USER',
  options: {
    under: { what: 'who stands above it then, usr_…; nobody where it stands alone', isRequired: true },
    on: { what: 'the day, such as 2026-12-01: today or later', isRequired: true },
    reason: REASON,
    evidence: EVIDENCE,
  },
  async run({ operations, by, argument, ...context }) {
    const under = textOption(context, 'under');
    const proposal = moveProposal({
      user: readUser(argument),
      parent: under === 'nobody' ? undefined : readUser(under),
      effectiveOn: textOption(context, 'on'),
      reason: textOption(context, 'reason'),
      evidence: textOption(context, 'evidence'),
    });
    return shownApproval(await operations.approvals.propose(proposal, by));
  },
};

const userMoveCancel: Command = {
  name: 'user move-cancel',
  permission: 'users.write',
  summary: 'takes back a move that waits for its day',
  argument: 'USER',
  options: { reason: REASON },
  async run({ operations, by, argument, ...context }) {
    const reason = textOption(context, 'reason');
    await operations.network.cancelMove({ user: readUser(argument), reason }, by);
    return { user: argument, move: 'cancelled' };
  },
};

export const NETWORK: readonly Command[] = [userShow, userStage, userService, userMove, userMoveCancel];
