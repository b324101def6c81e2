/** Whom a user pays, as staff see it: nothing sealed is opened. */
import { listBeneficiaries } from '../../../domain/beneficiaries/listing';
import { useWorld } from '../../support/use-world';

const here = useWorld();

test('kind, the last four, the bank and where it is registered; those of another user are not shown', async () => {
  const { world, user } = here;
  const other = await world.user(1n);
  await here.sent();
  await world.accept(other);
  const listed = await listBeneficiaries(world.knex, user.userId, 10);
  expect(listed).toEqual([
    {
      id: expect.any(String),
      isArchived: false,
      madeBy: 'payout',
      kind: 'bank',
      hint: expect.stringMatching(/^….{4}$/),
      ifsc: expect.any(String),
      registered: 'testpay',
      createdAt: expect.any(Date),
    },
  ]);
  expect(await listBeneficiaries(world.knex, user.userId, 0)).toEqual([]);
});
