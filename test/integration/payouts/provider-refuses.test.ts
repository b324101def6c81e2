/**
 * Refusals that say nothing about a payout: our own set-up, and ids of a beneficiary that the provider takes
 * no more. The payout stays held and goes on.
 */
import type { Registration } from '../../../domain/payouts/port';
import type { ProviderOutcome } from '../../../domain/provider/outcome';
import { rows } from '../../../platform/database';
import { claimAll, runDue, runJob } from '../../support/driver';
import { succeeded, timedOut } from '../../support/scripted-connector';
import { balanceOf, transactionRow, type World } from '../../support/world';
import { useWorld } from '../../support/use-world';

const used = useWorld();
const { held } = used;
let world: World;
beforeEach(() => {
  ({ world } = used);
});

const refusal = (more: Partial<ProviderOutcome>): ProviderOutcome => ({
  kind: 'unknown',
  sent: false,
  rawStatus: 'BAD_REQUEST_ERROR',
  ...more,
});
const cases = (): Promise<{ kind: string; subject: string; open: boolean }[]> =>
  rows(world.knex, 'select kind, subject, closed_at is null as open from ops_cases order by opened_at, id');
async function goOn(): Promise<void> {
  world.clock.advance(61_000);
  for (const due of await claimAll(world.first)) await runDue(world.first, [due]);
}
const refsOf = (): Promise<{ refs: object }[]> => rows(world.knex, 'select refs from provider_beneficiaries');

describe('a fault of our own set-up', () => {
  test("is nobody's failure: payouts stay held under one case, which closes when they go", async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push(await held());
    world.connector.onSend = () => refusal({ isSetupFault: true });
    await runJob(world.first, 'send', ids);
    for (const id of ids) expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'held' });
    expect(await cases()).toEqual([
      { kind: 'provider_refuses_us', subject: 'provider:testpay:payout', open: true },
    ]);
    world.connector.onSend = () => succeeded();
    await goOn();
    for (const id of ids) expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'succeeded' });
    expect(await cases()).toEqual([
      { kind: 'provider_refuses_us', subject: 'provider:testpay:payout', open: false },
    ]);
  });

  test('met while a beneficiary is registered or a payment asked about, it is the same case', async () => {
    const id = await held();
    world.connector.onRegister = () => ({ ok: false, outcome: refusal({ isSetupFault: true }) });
    await runJob(world.first, 'send', [id]);
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'held', attemptNo: 0 });
    const other = await world.process();
    world.connector.onInquire = () => refusal({ sent: true, isSetupFault: true });
    world.connector.onRegister = (details) => ({ ok: true, refs: { fund_account: `fa_${details.id}` } });
    world.connector.onSend = timedOut;
    await goOn();
    await runJob(other, 'poll', [id]);
    expect((await cases()).map(({ kind }) => kind)).toEqual(['provider_refuses_us']);
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'dispatched', outcome: null });
  });
});

describe('ids of a beneficiary', () => {
  test('that the provider takes no more are forgotten and made again; the payout goes on by another attempt', async () => {
    const id = await held();
    world.connector.onRegister = () => ({ ok: true, refs: { contact: 'cont_1', fund_account: 'fa_old' } });
    world.connector.onSend = () => refusal({ refusesRefs: true });
    await runJob(world.first, 'send', [id]);
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'held' });
    expect(await refsOf()).toEqual([]);
    world.connector.onRegister = () => ({ ok: true, refs: { contact: 'cont_1', fund_account: 'fa_new' } });
    world.connector.onSend = () => succeeded();
    await goOn();
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'succeeded', attemptNo: 2 });
    expect(world.connector.sends.map(({ instruction }) => instruction.refs.fund_account)).toEqual([
      'fa_old',
      'fa_new',
    ]);
    const next = await held(); // to the same beneficiary
    await runJob(world.first, 'send', [next]);
    expect(world.connector.registrations).toHaveLength(2);
    expect(await refsOf()).toEqual([{ refs: { contact: 'cont_1', fund_account: 'fa_new' } }]);
    expect(await balanceOf(world.knex, used.user.accountId)).toBeLessThan(10_000_000n);
  });

  test('that others have replaced meanwhile are not forgotten', async () => {
    const id = await held();
    world.connector.onRegister = () => ({ ok: true, refs: { fund_account: 'fa_old' } });
    world.connector.onSend = async () => {
      await world.knex.raw(`update provider_beneficiaries set refs = '{"fund_account": "fa_new"}'`);
      return refusal({ refusesRefs: true });
    };
    await runJob(world.first, 'send', [id]);
    expect(await refsOf()).toEqual([{ refs: { fund_account: 'fa_new' } }]);
  });

  test('a step that succeeded is kept, and the next try goes on from there', async () => {
    const id = await held();
    const seen: unknown[] = [];
    const half: Registration = {
      ok: false,
      outcome: refusal({ rawStatus: '<rate limited>' }),
      refs: { contact: 'cont_1' },
    };
    world.connector.payout.registerBeneficiary = async (_details, options) => {
      seen.push(options?.known);
      return seen.length === 1 ? half : { ok: true, refs: { contact: 'cont_1', fund_account: 'fa_1' } };
    };
    world.connector.onSend = () => succeeded();
    await runJob(world.first, 'send', [id]);
    expect(await refsOf()).toEqual([{ refs: { contact: 'cont_1' } }]);
    await goOn();
    expect(seen).toEqual([{}, { contact: 'cont_1' }]);
    expect(await refsOf()).toEqual([{ refs: { contact: 'cont_1', fund_account: 'fa_1' } }]);
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'succeeded' });
  });

  test('a contact that the provider has forgotten is made anew', async () => {
    const id = await held();
    await world.knex.raw(
      `insert into provider_beneficiaries select beneficiary_id, 'testpay', '{"contact": "cont_gone"}' from payouts`,
    );
    world.connector.onRegister = () => ({ ok: false, outcome: refusal({ refusesRefs: true }) });
    await runJob(world.first, 'send', [id]);
    expect(await refsOf()).toEqual([]);
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'held' });
  });
});
