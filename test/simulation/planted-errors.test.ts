/** The simulator finds errors: each of these is planted in both processes of a world on PostgreSQL, and must be seen. */
import { NO_EARNINGS } from '../../domain/posting/commission';
import type { Effect } from '../../domain/lifecycle/decide';
import type { ServiceName } from '../../domain/provider/service-name';
import type { ServiceRegistry, ServiceRules } from '../../domain/posting/service-rules';
import type { ProcessSettings } from '../support/world';
import { createDatabaseWorld, type DatabaseWorld } from './support/database-world';

type Plant = NonNullable<ProcessSettings['wrap']>;
const MOST_STEPS = 2_500;
const FULL_CHECK_EVERY = 100;

/** In the recipes of one service: an effect posts what another one should. */
const postsInstead = (service: ServiceName, effect: Effect, instead: Effect | 'nothing'): Plant => ({
  services(all): ServiceRegistry {
    const rules = all[service]!;
    const effects: ServiceRules['effect'] = async (e, facts, fees) =>
      e !== effect
        ? rules.effect(e, facts, fees)
        : instead === 'nothing'
          ? []
          : rules.effect(instead, facts, fees);
    return { ...all, [service]: { ...rules, effect: effects } };
  },
});

const PLANTED: { error: string; only: ServiceName; plant: Plant; seen: RegExp }[] = [
  {
    error: 'a withdrawal credits the wallet although its success came too late',
    only: 'aeps',
    plant: postsInstead('aeps', 'late_success', 'success'),
    seen: /clearing and wallet .* aeps in_review/,
  },
  {
    error: 'a withdrawal that the bank took back stays in the wallet',
    only: 'aeps',
    plant: postsInstead('aeps', 'reversal', 'nothing'),
    seen: /reversed left -?\d+ on wallet:/,
  },
  {
    error: "a transfer that failed credits the wallet without the customer's consent",
    only: 'dmt',
    plant: postsInstead('dmt', 'refund_due', 'failure'),
    seen: /payable .* waiting|clearing and wallet .* refund_pending/,
  },
  {
    error: 'a refund is paid out of clearing',
    only: 'dmt',
    plant: postsInstead('dmt', 'refund', 'refund_at_once'),
    seen: /LEDGER_|clearing|payable/,
  },
  {
    error: 'a recharge that the operator took back stays paid',
    only: 'recharge',
    plant: postsInstead('recharge', 'reversal', 'nothing'),
    seen: /reversed left -?\d+ on wallet:/,
  },
  {
    error: 'a reversal keeps the fee of the provider as an expense',
    only: 'payout',
    seen: /undone leaves nothing: .* expense:provider-fee/,
    plant: {
      services: (all) => ({
        ...all,
        payout: {
          ...all.payout!,
          effect: (e, facts, fees) =>
            all.payout!.effect(e, facts, e === 'reversal' ? { ...fees, feePaise: 0n, taxPaise: 0n } : fees),
        },
      }),
    },
  },
  {
    error: 'a transfer that the bank took back keeps its commission',
    only: 'dmt',
    seen: /undone leaves nothing: .* income:commission:eko:dmt/,
    plant: {
      services: (all) => ({
        ...all,
        dmt: {
          ...all.dmt!,
          effect: (e, facts, money) =>
            all.dmt!.effect(e, facts, e === 'reversal' ? { ...money, posted: NO_EARNINGS } : money),
        },
      }),
    },
  },
  {
    error: "a bill is held without the biller's charge",
    only: 'bbps',
    seen: /clearing/,
    plant: {
      services: (all) => ({
        ...all,
        bbps: { ...all.bbps!, hold: (facts) => all.bbps!.hold({ ...facts, chargePaise: 0n }) },
      }),
    },
  },
  {
    error: "what a transfer reserved of its remitter's month is not given back",
    only: 'dmt',
    seen: /counters hold/,
    plant: {
      ledger: (inner) => ({
        ...inner,
        post: (p) =>
          inner.post(
            p.reserve !== undefined && p.reserve.amountPaise < 0n ? { ...p, reserve: undefined } : p,
          ),
      }),
    },
  },
  {
    error: 'a time-out is taken for "not sent", and the payout is sent once more',
    only: 'payout',
    seen: /P4 .* is paid by/,
    plant: {
      recorder: (inner) => ({
        record: (r) =>
          inner.record(
            r.source === 'dispatch' && r.answer.kind === 'unknown'
              ? { ...r, answer: { ...r.answer, sent: false } }
              : r,
          ),
      }),
    },
  },
];

async function firstProblems(world: DatabaseWorld): Promise<string[]> {
  for (let step = 1; step <= MOST_STEPS; step++) {
    await world.step();
    const problems = [
      ...(await world.quickCheck()),
      ...(step % FULL_CHECK_EVERY === 0 ? await world.fullCheck() : []),
    ];
    if (problems.length > 0) return problems;
  }
  return [];
}

test.each(PLANTED)('found: $error', async ({ only, plant, seen }) => {
  const world = await createDatabaseWorld(20_261_101, { only, plant });
  try {
    expect((await firstProblems(world)).join('\n')).toMatch(seen);
  } finally {
    await world.close();
  }
});
