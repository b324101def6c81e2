/**
 * The provider speaks of an attempt that we had called certainly not sent: unsigned or vague, it is enough to
 * send nothing more. Two payments may not follow from one instruction.
 */
import { rows } from '../../../platform/database';
import { claimAll, dispatched, runDue, runJob } from '../../support/driver';
import {
  callbackBody,
  failed,
  pending,
  refused,
  signedHeaders,
  succeeded,
  timedOut,
  unsignedHeaders,
  type TestCallback,
} from '../../support/scripted-connector';
import { FUNDS_PAISE, useWorld } from '../../support/use-world';
import { attemptsOf, balanceOf, casesOf } from '../../support/world';

const here = useWorld();

let events = 0;

async function calledUnsent(): Promise<string> {
  const id = await here.world.accept(here.user);
  here.world.connector.onSend = refused;
  await dispatched(here.world.first, id);
  expect(await here.state(id)).toBe('held');
  return id;
}
/** A callback about an attempt, the first one by default, comes and is processed; what became of it. */
async function heard(
  id: string,
  answer: ReturnType<typeof failed>,
  headers: typeof signedHeaders,
  { attemptNo, payout }: { attemptNo: number; payout: string } = { attemptNo: 1, payout: 'pout_1' },
): Promise<string | null> {
  const attempt = (await attemptsOf(here.world.knex, id))[attemptNo - 1];
  const outcome = JSON.parse(JSON.stringify(answer)) as TestCallback['outcome'];
  const callback = callbackBody({
    event: `payout.${answer.rawStatus}`,
    target: { ourReference: attempt!.ourReference, providerReference: payout, amountPaise: '150000' },
    outcome,
  });
  const { due } = await here.world.first.callbackReceiver.receive(
    'testpay',
    headers(`evt_${(events += 1)}`),
    callback,
  );
  const report = await runJob(here.world.first, 'callback', [due!.id]);
  expect(report.errors).toEqual([]);
  await runDue(here.world.first, report.due);
  return (
    await rows<{ result: string | null }>(here.world.knex, 'select result from callbacks where id = ?', [
      due!.id,
    ])
  )[0]!.result;
}
const secondRefused = async (id: string): Promise<void> => {
  here.world.clock.advance(2_000);
  here.world.connector.onSend = refused;
  expect((await runJob(here.world.first, 'send', [id])).errors).toEqual([]);
};
const spokenOf = (id: string): Promise<string | null> => heard(id, failed(), unsignedHeaders);
/** Whatever is due in a day, done: how often it was sent. */
const sendsInTheEnd = async (): Promise<number> => {
  for (const _hour of Array.from({ length: 24 })) {
    here.world.clock.advance(3_600_000);
    for (const due of await claimAll(here.world.first)) await runDue(here.world.first, [due]);
  }
  return here.world.connector.sends.length;
};

test.each([
  ['unsigned', unsignedHeaders],
  ['signed, and pending', signedHeaders],
])(
  '%s, while the next waits: it is not sent, not given back, and the provider is asked',
  async (_how, headers) => {
    const id = await calledUnsent();
    await heard(id, pending(), headers);
    expect([await here.state(id), await casesOf(here.world.knex, id)]).toEqual([
      'in_review',
      ['outcome_of_abandoned_attempt'],
    ]);
    expect(await sendsInTheEnd()).toBe(1);
    expect([await here.state(id), await balanceOf(here.world.knex, here.user.accountId)]).toEqual([
      'in_review',
      FUNDS_PAISE - 150_590n,
    ]);
  },
);

test('the inquiry that follows tells people what the provider says', async () => {
  const id = await calledUnsent();
  expect(await spokenOf(id)).toBe('case');
  here.world.connector.onInquire = () => succeeded();
  for (const due of await claimAll(here.world.first)) await runDue(here.world.first, [due]);
  expect([await here.state(id), (await casesOf(here.world.knex, id)).toSorted()]).toEqual([
    'in_review',
    ['outcome_in_review', 'outcome_of_abandoned_attempt'],
  ]);
  expect(await sendsInTheEnd()).toBe(1);
  expect(here.world.connector.inquiries).toHaveLength(1);
});

test('while the next is on its way: a case, and should that not have been sent either, no third', async () => {
  const id = await calledUnsent();
  let result: string | null = null;
  here.world.clock.advance(2_000);
  here.world.connector.onSend = async () => {
    result = await spokenOf(id);
    return refused();
  };
  expect((await runJob(here.world.first, 'send', [id])).errors).toEqual([]);
  expect(result).toBe('case');
  expect([await here.state(id), await casesOf(here.world.knex, id)]).toEqual([
    'in_review',
    ['outcome_of_abandoned_attempt'],
  ]);
  expect(await sendsInTheEnd()).toBe(2);
});

test('a case that a person has closed stops nothing any more', async () => {
  const id = await calledUnsent();
  here.world.clock.advance(2_000);
  here.world.connector.onSend = async () => {
    await spokenOf(id);
    await here.world.knex.raw(
      "update ops_cases set closed_at = opened_at, closed_by = 'test', closed_note = 'it was not there'",
    );
    return refused();
  };
  await runJob(here.world.first, 'send', [id]);
  expect(await here.state(id)).toBe('held');
  await secondRefused(id);
  expect(here.world.connector.sends).toHaveLength(3);
});

test.each([
  ['unsigned', unsignedHeaders, 'hint'],
  ['signed, and pending', signedHeaders, 'note'],
] as const)('%s, before we call it unsent: it is not called so', async (_how, headers, result) => {
  const id = await here.world.accept(here.user);
  here.world.connector.onSend = async () => {
    expect(await heard(id, pending(), headers)).toBe(result);
    return refused();
  };
  await dispatched(here.world.first, id);
  expect(await here.state(id)).toBe('dispatched');
  here.world.connector.onInquire = () => succeeded();
  here.world.clock.advance(60_000);
  for (const due of await claimAll(here.world.first)) await runDue(here.world.first, [due]);
  expect([await here.state(id), here.world.connector.sends.length]).toEqual(['succeeded', 1]);
});

test('the next attempt does not inherit what the provider called the one that failed unsent', async () => {
  const id = await calledUnsent();
  expect(await heard(id, failed(), signedHeaders)).toBe('note');
  here.world.clock.advance(2_000);
  here.world.connector.onSend = timedOut;
  here.world.connector.onInquire = timedOut;
  expect((await runJob(here.world.first, 'send', [id])).errors).toEqual([]);
  here.world.clock.advance(60_000);
  for (const due of await claimAll(here.world.first)) await runDue(here.world.first, [due]);
  expect(here.world.connector.inquiries.map((target) => target.providerReference)).toEqual([undefined]);
  const noFee = { providerFeePaise: undefined, providerTaxPaise: undefined };
  const paid = succeeded({ providerReference: 'pout_2', ...noFee });
  expect(await heard(id, paid, signedHeaders, { attemptNo: 2, payout: 'pout_2' })).toBe('apply');
  expect([await here.state(id), await casesOf(here.world.knex, id)]).toEqual(['succeeded', []]);
});
