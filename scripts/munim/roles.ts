import { untieProposal } from '../../domain/users/identity-actions';
import { permissionProposal, staffRoleProposal } from '../../domain/users/role-actions';
import { EVIDENCE, REASON, textOption, type Command } from './command';
import { shownApproval } from './approvals';

/** Roles and what they may do. A change is proposed here, and approved by another person. */

const ROLE = 'ROLE';
const PERMISSION = { what: 'a permission, such as cases.close', isRequired: true } as const;

export const ROLES: readonly Command[] = [
  {
    name: 'role list',
    permission: 'roles.read',
    summary: 'the roles, and how many of the staff have each',
    options: {},
    run: ({ operations }) => operations.roles.roles(),
  },
  {
    name: 'role show',
    permission: 'roles.read',
    summary: 'what a role may do, and whose things it reaches',
    argument: ROLE,
    options: {},
    run: ({ operations, argument }) => operations.roles.permissions(argument),
  },
  {
    name: 'role permit',
    permission: 'roles.propose',
    summary: 'proposes that a role may do something more; another person approves it',
    argument: ROLE,
    options: {
      permission: PERMISSION,
      reach: { what: 'own, subtree or all (of staff)', isRequired: true },
      reason: REASON,
      evidence: EVIDENCE,
    },
    async run({ operations, by, argument, ...context }) {
      const proposal = permissionProposal({
        role: argument,
        permission: textOption(context, 'permission'),
        reach: textOption(context, 'reach'),
        reason: textOption(context, 'reason'),
        evidence: textOption(context, 'evidence'),
      });
      return shownApproval(await operations.approvals.propose(proposal, by));
    },
  },
  {
    name: 'role forbid',
    permission: 'roles.propose',
    summary: 'proposes that a role may do something no longer; another person approves it',
    argument: ROLE,
    options: { permission: PERMISSION, reason: REASON, evidence: EVIDENCE },
    async run({ operations, by, argument, ...context }) {
      const proposal = permissionProposal({
        role: argument,
        permission: textOption(context, 'permission'),
        reach: undefined,
        reason: textOption(context, 'reason'),
        evidence: textOption(context, 'evidence'),
      });
      return shownApproval(await operations.approvals.propose(proposal, by));
    },
  },
  {
    name: 'ops role',
    permission: 'staff.propose',
    summary: 'proposes another role for an ops account; another admin approves it',
    argument: 'EMAIL',
    options: { role: { what: 'the new role', isRequired: true }, reason: REASON, evidence: EVIDENCE },
    async run({ operations, by, argument, ...context }) {
      const user = await operations.accounts.findOps(argument);
      const proposal = staffRoleProposal({
        user,
        role: textOption(context, 'role'),
        reason: textOption(context, 'reason'),
        evidence: textOption(context, 'evidence'),
      });
      return shownApproval(await operations.approvals.propose(proposal, by));
    },
  },
  {
    name: 'ops untie',
    permission: 'staff.propose',
    summary:
      'proposes to untie an ops account from its sign-in at the company; another admin approves it, and its sessions end',
    argument: 'EMAIL',
    options: { reason: REASON, evidence: EVIDENCE },
    async run({ operations, by, argument, ...context }) {
      const proposal = untieProposal({
        user: await operations.accounts.findOps(argument),
        reason: textOption(context, 'reason'),
        evidence: textOption(context, 'evidence'),
      });
      return shownApproval(await operations.approvals.propose(proposal, by));
    },
  },
];
