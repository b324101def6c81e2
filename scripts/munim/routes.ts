import { PAYOUT_MODES } from '../../domain/payouts/payout';
import { SERVICES, type ServiceName } from '../../domain/provider/service-name';
import { publicId } from '../../platform/ids';
import { optionalText, REASON, textOption, UsageError, type Command, type CommandContext } from './command';
import { readId, readRupees } from './read-ids';

/** By which provider payments go (docs/routing.md), and what is stopped. */

type Options = Pick<CommandContext, 'given'>;

function serviceIn(context: Options): ServiceName {
  const given = textOption(context, 'service');
  const found = SERVICES.find((name) => name === given);
  if (found === undefined) throw new UsageError(`--service is one of ${SERVICES.join(', ')}`);
  return found;
}

function instantIn(context: Options): Date | undefined {
  const given = optionalText(context, 'at');
  if (given === undefined) return undefined;
  const at = new Date(given);
  if (Number.isNaN(at.getTime())) throw new UsageError('--at takes an instant: 2026-11-28T21:30:00+05:30');
  return at;
}

/**
 * Banks are written in capitals; a code of a biller stays as it is. A stop of a bank that is written otherwise than its
 * payments name it would stop nothing, and nobody would be told.
 */
function subjectIn(context: Options): string | null {
  const bank = optionalText(context, 'bank');
  const biller = optionalText(context, 'biller');
  if (bank !== undefined && biller !== undefined) throw new UsageError('name a bank or a biller');
  if (bank !== undefined && optionalText(context, 'service') !== 'aeps' && !IFSC_BANK.test(bank))
    throw new UsageError(
      '--bank takes the first four letters of its IFSCs; an IIN, or a code of the provider, only with --service aeps',
    );
  return bank?.toUpperCase() ?? biller ?? null;
}

const IFSC_BANK = /^[A-Za-z]{4}$/;
const BANK = {
  what: "a bank: the first four letters of its IFSCs; for aeps its IIN, or the provider's code",
};
const BILLER = { what: 'the code of a biller, for bbps' };

const LOOKING: readonly Command[] = [
  {
    name: 'route preview',
    permission: 'routing.read',
    summary: 'by which providers such a transaction may go, with what share, and why',
    options: {
      service: { what: SERVICES.join(', '), isRequired: true },
      rupees: { what: 'the amount', isRequired: true },
      class: {
        what: `the mode of a payout (${PAYOUT_MODES.join(', ')}), the category of a bill, an operator`,
      },
      bank: BANK,
      biller: BILLER,
      at: { what: 'at this instant; now where nothing is said' },
    },
    async run({ operations, clock, ...context }) {
      const preview = await operations.routing.preview({
        service: serviceIn(context),
        class: optionalText(context, 'class') ?? null,
        subject: subjectIn(context),
        amountPaise: readRupees(textOption(context, 'rupees')),
        at: instantIn(context) ?? clock.now(),
      });
      return preview.roads.map(({ provider, weight, standing, percent }) => ({
        provider,
        percent,
        weight,
        standing,
        by_rule: preview.rule?.name ?? null,
        in_force_from: preview.rule?.from ?? null,
      }));
    },
  },
  {
    name: 'route show',
    permission: 'routing.read',
    summary: 'by which provider a transaction goes and each of its attempts went, and why',
    argument: 'TRANSACTION',
    options: {},
    async run({ operations, argument }) {
      const { provider, why, attempts } = await operations.routing.roadOf(readId('transaction', argument));
      return [
        ...attempts.map((one) => ({
          attempt: one.attemptNo,
          provider: one.provider,
          why: one.why,
          at: one.at,
        })),
        { attempt: 'goes by', provider, why, at: null },
      ];
    },
  },
];

export const ROUTES: readonly Command[] = [
  ...LOOKING,
  {
    name: 'route stop',
    permission: 'routing.write',
    summary: 'stops a service, a provider, a bank, or what they have in common: nothing new goes by it',
    options: {
      service: { what: SERVICES.join(', ') },
      provider: { what: 'its name' },
      bank: BANK,
      biller: BILLER,
      reason: REASON,
    },
    async run({ operations, by, ...context }) {
      const id = await operations.routing.stop(
        {
          service: optionalText(context, 'service') ?? null,
          provider: optionalText(context, 'provider') ?? null,
          subject: subjectIn(context),
          reason: textOption(context, 'reason'),
        },
        by,
      );
      return { stop: publicId('routingStop', id) };
    },
  },
  {
    name: 'route lift',
    permission: 'routing.write',
    summary: 'lifts a stop: what waited for it is sent within seconds',
    argument: 'STOP',
    options: { reason: REASON },
    async run({ operations, by, argument, ...context }) {
      const id = readId('routingStop', argument);
      await operations.routing.lift(id, textOption(context, 'reason'), by);
      return { lifted: argument };
    },
  },
  {
    name: 'route stops',
    permission: 'routing.read',
    summary: 'what is stopped now: by whom, since when and why',
    options: {},
    run: async ({ operations }) =>
      (await operations.routing.stops()).map((stop) => ({
        stop: publicId('routingStop', stop.id),
        service: stop.service,
        provider: stop.provider,
        bank_or_biller: stop.subject,
        reason: stop.reason,
        placed_by: publicId('user', stop.placedBy),
        placed_at: stop.placedAt,
      })),
  },
];
