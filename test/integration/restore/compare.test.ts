/** After a restore the provider's own list of payments is compared with the books. */
import type { ListedPayment } from '../../../domain/provider/provider';
import { createRestoreComparer } from '../../../domain/restore/compare';
import { rows } from '../../../platform/database';
import { registryOf } from '../../../providers/registry';
import { PROVIDER, succeeded } from '../../support/scripted-connector';
import { useWorld } from '../../support/use-world';
import { attemptsOf, transactionRow } from '../../support/world';

const here = useWorld();

const listed = (over: Partial<ListedPayment>): ListedPayment => ({
  ourReference: null,
  providerReference: 'pout_1',
  amountPaise: 150_000n,
  rawStatus: 'processed',
  isVoid: false,
  ...over,
});

function comparerOf(payments: readonly ListedPayment[]) {
  const { knex, clock, connector, first } = here.world;
  async function* list(): AsyncGenerator<ListedPayment> {
    yield* payments;
  }
  const provider = { ...connector, payments: list, paymentsOf: ['payout'] as const };
  return createRestoreComparer({
    knex,
    clock,
    ids: first.ids,
    providers: registryOf([provider]),
    dispatches: {},
  });
}

test('payments of ours are known by our reference or by theirs; one that is not is named, and is a case once', async () => {
  const { knex, clock } = here.world;
  const id = await here.sent(() => succeeded());
  const [attempt] = await attemptsOf(knex, id);
  const { ourReference } = attempt!;
  const { providerReference } = await transactionRow(knex, id);
  const unknown = listed({ ourReference: 'lost_1', providerReference: 'pout_lost' });
  const comparer = comparerOf([
    listed({ ourReference, providerReference: 'pout_other' }),
    listed({ providerReference: providerReference! }),
    listed({ providerReference: 'pout_void', rawStatus: 'reversed', isVoid: true }),
    unknown,
  ]);
  for (let again = 0; again < 2; again += 1)
    expect(await comparer.compare(clock.now())).toEqual([
      { provider: PROVIDER, compared: ['payout'], notCompared: [], listed: 4, unknown: [unknown] },
    ]);
  expect(
    await rows<{ kind: string; subject: string; summary: string }>(
      knex,
      'select kind, subject, summary from ops_cases',
    ),
  ).toEqual([
    {
      kind: 'provider_payment_unknown',
      subject: `payment:${PROVIDER}:pout_lost`,
      summary: 'the provider has 150000 paise as processed under lost_1, and the books do not know it',
    },
  ]);
});

test('a list longer than one read is compared to its end', async () => {
  const payments = Array.from({ length: 1_100 }, (_, i) => listed({ providerReference: `pout_${i}` }));
  const [comparison] = await comparerOf(payments).compare(here.world.clock.now());
  expect(comparison!.listed).toBe(1_100);
  expect(comparison!.unknown).toHaveLength(1_100);
});
