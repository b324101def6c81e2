import { rupeesFromPaise } from '../../platform/decimal';
import { publicId } from '../../platform/ids';
import { REASON, textOption, type Command } from './command';
import { readId, readUser } from './read-ids';

/** Whom users pay, of each the end of the account alone. */

const LISTED = 500;

export const BENEFICIARIES: readonly Command[] = [
  {
    name: 'beneficiary list',
    permission: 'users.read',
    summary: 'whom a user pays: kind, last four, bank, and where each is registered; the newest first',
    argument: 'USER',
    options: {},
    run: async ({ operations, argument }) =>
      (await operations.payees.list(readUser(argument), LISTED)).map((b) => ({
        beneficiary: publicId('beneficiary', b.id),
        status: b.isArchived ? 'archived' : 'active',
        made_by: b.madeBy,
        kind: b.kind,
        account: b.hint,
        ifsc: b.ifsc,
        registered_at: b.registered,
        created_at: b.createdAt,
      })),
  },
  {
    name: 'beneficiary show',
    permission: 'users.read',
    summary: 'one of them, what holds payouts to it, and how much may be paid to it while it is new',
    argument: 'BENEFICIARY',
    options: {},
    async run({ operations, argument }) {
      const b = await operations.payees.show(readId('beneficiary', argument));
      return {
        beneficiary: argument,
        user: publicId('user', b.userId),
        held_by: b.heldBy.length === 0 ? null : b.heldBy,
        kind: b.kind,
        account: b.hint,
        ifsc: b.ifsc,
        made_by: b.madeBy,
        created_at: b.createdAt,
        put_back_at: b.restoredAt,
        archived_at: b.archivedAt,
        verification: b.checkState,
        verified_at: b.checkedAt,
        new_until: b.isNew?.until ?? null,
        binds: b.isNew?.binds ?? null,
        paid_while_new: b.isNew === null ? null : rupeesFromPaise(b.isNew.paidPaise),
        left_while_new: typeof b.isNew?.leftPaise === 'bigint' ? rupeesFromPaise(b.isNew.leftPaise) : null,
      };
    },
  },
  {
    name: 'beneficiary archive',
    permission: 'beneficiaries.archive',
    summary: 'takes one off the list of its user, at once; the user is told, and may add it again',
    argument: 'BENEFICIARY',
    options: { reason: REASON },
    async run(context) {
      const { operations, argument, by } = context;
      await operations.payees.archive(readId('beneficiary', argument), textOption(context, 'reason'), by);
      return { beneficiary: argument, status: 'archived' };
    },
  },
];
