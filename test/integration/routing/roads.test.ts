/** By which provider payouts go: by rules that are rows, and by another road only when certainly nothing was sent. */
import { namesOfAttempt } from '../../../domain/dispatch/attempts';
import { transactionId } from '../../../domain/ids/ids';
import type { InquiryAnswer } from '../../../domain/provider/outcome';
import type { RoutingRule } from '../../../domain/routing/rules';
import { execute, rows } from '../../../platform/database';
import { claimAll, runDue, runJob } from '../../support/driver';
import {
  createScriptedConnector,
  failed,
  notFound,
  OTHER_PROVIDER,
  PROVIDER,
  refused,
  succeeded,
  timedOut,
  type ScriptedConnector,
} from '../../support/scripted-connector';
import { createStaff, type Staff } from '../../support/operations';
import { FUNDS_PAISE, useWorld } from '../../support/use-world';
import {
  balanceOf,
  balances,
  casesOf,
  transactionRow,
  type DomainProcess,
  type World,
} from '../../support/world';

let other: ScriptedConnector;
const here = useWorld(() => ({ others: [(other = createScriptedConnector(OTHER_PROVIDER))] }));
let world: World;
beforeEach(async () => {
  ({ world } = here);
  for (const connector of [world.connector, other])
    connector.onSend = () => succeeded({ providerReference: `${connector.name}_1` });
});

const SECOND_MS = 1_000;
type NewRule = Partial<Omit<RoutingRule, 'from'>> & { providers: string[]; weights: number[] };

async function rule({ name = 'all', priority = 10, ...more }: NewRule): Promise<void> {
  const { class: ofClass = null, subject = null, fromPaise = null, upToPaise = null } = more;
  await execute(
    world.knex,
    `insert into routing_rules (service, name, in_force_from, priority, class, subject, from_paise, up_to_paise,
      from_minute, to_minute, providers, weights)
    values ('payout', :name, '2026-11-01', :priority, :ofClass, :subject, :fromPaise, :upToPaise,
      :fromMinute, :toMinute, :providers, :weights)`,
    {
      ...{ name, priority, ofClass, subject, fromPaise, upToPaise },
      ...{ fromMinute: more.fromMinute ?? null, toMinute: more.toMinute ?? null },
      ...{ providers: more.providers, weights: more.weights },
    },
  );
  await world.first.roads.refresh();
}
const first = (): Promise<void> => rule({ providers: [PROVIDER, OTHER_PROVIDER], weights: [1, 0] });

interface Road {
  provider: string;
  why: string | null;
}
/** That of the transaction, and those of its attempts. */
async function roadsOf(id: string): Promise<[now: Road, attempts: Road[]]> {
  const [now] = await rows<Road>(world.knex, 'select provider, route as why from transactions where id = ?', [
    id,
  ]);
  const attempts = await rows<Road>(
    world.knex,
    'select provider, route as why from dispatch_attempts where transaction_id = ? order by attempt_no',
    [id],
  );
  return [now!, attempts];
}
/** The loops, one round each second. */
async function drive(seconds: number, process: DomainProcess = world.first): Promise<void> {
  for (let i = 0; i < seconds; i += 1) {
    world.clock.advance(SECOND_MS);
    for (const due of await claimAll(process)) await runDue(process, [due]);
  }
}
async function sentOne(over?: Parameters<World['accept']>[1]): Promise<string> {
  const id = await here.held(over);
  await runJob(world.first, 'send', [id]);
  await drive(10);
  return id;
}
const sends = (): [number, number] => [world.connector.sends.length, other.sends.length];

describe('a new payout', () => {
  test('goes by the provider that is set where no rule is of it, and nothing is told of why', async () => {
    await rule({ name: 'neft', class: 'NEFT', providers: [OTHER_PROVIDER], weights: [1] });
    const id = await sentOne();
    expect(await roadsOf(id)).toEqual([
      { provider: PROVIDER, why: null },
      [{ provider: PROVIDER, why: null }],
    ]);
    expect(await here.state(id)).toBe('succeeded');
  });

  test('goes by the first rule that is of it, which stands with its attempt', async () => {
    await first();
    await rule({ name: 'hdfc', priority: 1, subject: 'HDFC', providers: [OTHER_PROVIDER], weights: [5] });
    const id = await sentOne();
    const road = { provider: OTHER_PROVIDER, why: 'rule hdfc, weight 5 of 5' };
    expect(await roadsOf(id)).toEqual([road, [road]]);
    expect(sends()).toEqual([0, 1]);
    const booked = await balances(world.knex);
    expect(booked[`float:${OTHER_PROVIDER}`]).toBeDefined();
    expect(booked[`float:${PROVIDER}`]).toBeUndefined();
  });

  test('is not taken where a rule sends it to nobody whom we know', async () => {
    await rule({ providers: ['nobody'], weights: [1] });
    await expect(world.accept(here.user)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  test('what a rule may not say is refused by the database', async () => {
    const refusedBy = async (over: Partial<NewRule>): Promise<unknown> =>
      rule({ providers: [PROVIDER], weights: [1], ...over }).then(
        () => 'taken',
        (error: { constraint?: string }) => error.constraint,
      );
    expect(await refusedBy({ weights: [0] })).toBe('routing_rules_weights_in_range');
    expect(await refusedBy({ weights: [1_001] })).toBe('routing_rules_weights_in_range');
    expect(await refusedBy({ weights: [1, 1] })).toBe('routing_rules_weights_of_providers');
    expect(await refusedBy({ providers: [PROVIDER, PROVIDER], weights: [1, 1] })).toBe(
      'routing_rules_each_provider_once',
    );
    expect(await refusedBy({ fromMinute: 60 })).toBe('routing_rules_minutes_two_sided');
    expect(await refusedBy({ fromPaise: 2n, upToPaise: 1n })).toBe('routing_rules_amounts_in_order');
    expect(await refusedBy({ name: 'ended', providers: [], weights: [] })).toBe('taken');
  });
});

describe('another road', () => {
  test('is taken after an attempt that certainly was not sent', async () => {
    await first();
    world.connector.onSend = refused;
    const id = await sentOne();
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'succeeded', attemptNo: 2 });
    expect(await roadsOf(id)).toEqual([
      { provider: OTHER_PROVIDER, why: `after ${PROVIDER}, which was not sent` },
      [
        { provider: PROVIDER, why: 'rule all, weight 1 of 1' },
        { provider: OTHER_PROVIDER, why: `after ${PROVIDER}, which was not sent` },
      ],
    ]);
    expect(sends()).toEqual([1, 1]);
  });

  test('is never taken while the first may have it, however long that is not known', async () => {
    await first();
    world.connector.onSend = timedOut;
    world.connector.onInquire = timedOut;
    const id = await sentOne();
    world.connector.isAvailable = false;
    await drive(120);
    world.connector.isAvailable = true;
    world.connector.onInquire = notFound;
    for (let hour = 0; hour < 12; hour += 1) {
      world.clock.advance(3_600 * SECOND_MS);
      await drive(1);
    }
    expect((await transactionRow(world.knex, id)).state).toBe('dispatched');
    expect(other.sends).toEqual([]);
    expect(new Set(world.connector.sends.map(({ instruction }) => instruction.idempotencyKey)).size).toBe(1);
  });

  test('is taken without an attempt where the breaker of the first is open, and left again when both are tried', async () => {
    await first();
    other.onSend = refused;
    const id = await here.held();
    world.connector.isAvailable = false;
    await runJob(world.first, 'send', [id]);
    expect(await roadsOf(id)).toEqual([
      { provider: OTHER_PROVIDER, why: `after ${PROVIDER}, which is away` },
      [],
    ]);
    await drive(3);
    world.connector.isAvailable = true;
    await drive(10);
    const attempts = (await roadsOf(id))[1].map(({ provider }) => provider);
    expect([attempts[0], attempts.at(-1)]).toEqual([OTHER_PROVIDER, PROVIDER]);
    expect(sends()).toEqual([1, attempts.length - 1]);
    expect(await here.state(id)).toBe('succeeded');
  });

  test('is taken where our account with the first holds too little, and not waited for there', async () => {
    await first();
    world.connector.onSend = () => failed({ rawReason: 'insufficient_funds', isShortOfFunds: true });
    const id = await sentOne();
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'succeeded', attemptNo: 2 });
    expect((await roadsOf(id))[0].provider).toBe(OTHER_PROVIDER);
  });

  test('is not taken for what the first has refused', async () => {
    await first();
    world.connector.onSend = () => failed({ providerReference: undefined });
    const id = await sentOne();
    expect(await here.state(id)).toBe('failed');
    expect(await balanceOf(world.knex, here.user.accountId)).toBe(FUNDS_PAISE);
    expect(other.sends).toEqual([]);
  });

  test('of two processes one that looked before does not send by the first', async () => {
    await first();
    const second = await world.process();
    await second.roads.refresh();
    const id = await here.held();
    let wake = (): void => undefined;
    const asleep = new Promise<void>((frozen) => {
      world.points.send = (point) =>
        point === 'before_begin'
          ? new Promise<void>((go) => {
              wake = go;
              frozen();
            })
          : undefined;
    });
    const late = runJob(world.first, 'send', [id]);
    await asleep;
    world.connector.isAvailable = false;
    await runJob(second, 'send', [id]);
    expect((await roadsOf(id))[0].provider).toBe(OTHER_PROVIDER);
    wake();
    expect((await late).errors).toEqual([]);
    expect(sends()).toEqual([0, 0]);
    delete world.points.send;
    await drive(5, second);
    expect(sends()).toEqual([0, 1]);
    expect(await here.state(id)).toBe('succeeded');
  });

  test('the database refuses one to whatever may be under way', async () => {
    await first();
    const id = await here.sent(timedOut);
    const move = (): Promise<unknown> =>
      execute(world.knex, 'update transactions set provider = ? where id = ?', [OTHER_PROVIDER, id]);
    await expect(move()).rejects.toMatchObject({ constraint: 'transactions_change_roads' });
    // held again with an attempt of which nobody knows
    await execute(world.knex, 'alter table transactions disable trigger user');
    await execute(
      world.knex,
      "update transactions set state = 'held', next_poll_at = null, due_at = now() where id = ?",
      [id],
    );
    await execute(world.knex, 'alter table transactions enable trigger user');
    await expect(move()).rejects.toMatchObject({ constraint: 'transactions_change_roads' });
    await execute(world.knex, 'alter table transactions disable trigger user');
    await execute(
      world.knex,
      "update transactions set state = 'dispatched', next_poll_at = poll_from, due_at = null where id = ?",
      [id],
    );
    await execute(world.knex, 'alter table transactions enable trigger user');
  });
});

describe('after a restore', () => {
  const referenceOf = (id: string, attemptNo: number): string =>
    namesOfAttempt(transactionId(id), attemptNo).ourReference;
  const FOUND = `found with ${OTHER_PROVIDER} after a restore, thought to be with ${PROVIDER}`;
  /** The dump is of now; the world went on for so long. */
  const begin = async (lostS = 60): Promise<void> => {
    const point = world.clock.now();
    world.clock.advance(lostS * SECOND_MS);
    await world.first.restores.begin({ point, reason: 'drill', by: 'test' });
    world.connector.onInquire = notFound;
  };
  const ask = async (rounds: number): Promise<void> => {
    for (let i = 0; i < rounds; i += 1) {
      const { due, errors } = await world.first.restoreAsker.ask(100);
      expect(errors).toEqual([]);
      await runDue(world.first, due);
      world.clock.advance(1_800 * SECOND_MS);
    }
  };

  test.each([
    ['accepted', () => world.accept(here.user), 1],
    ['held', () => here.held(), 2],
    ['dispatched', () => here.sent(timedOut), 2],
  ])('what was %s and another provider has since is taken over from there', async (_, bring, attemptNo) => {
    const id = await bring();
    const before = world.connector.sends.length;
    await begin();
    const found = referenceOf(id, attemptNo);
    other.onInquire = ({ ourReference }) => (ourReference === found ? succeeded() : notFound());
    await ask(1);
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'succeeded', attemptNo });
    const [now, attempts] = await roadsOf(id);
    expect(now).toEqual({ provider: OTHER_PROVIDER, why: FOUND });
    expect(attempts.at(-1)!.provider).toBe(OTHER_PROVIDER);
    expect(sends()).toEqual([before, 0]);
    await world.first.restores.finish('test');
  });

  test.each([
    [PROVIDER, OTHER_PROVIDER],
    [OTHER_PROVIDER, PROVIDER],
  ])('what %s failed for our balance may be paid by %s after the expiry', async (shortAt, paidBy) => {
    const id = await here.held();
    await begin(50 * 60);
    const short = failed({ rawReason: 'insufficient_funds', isShortOfFunds: true });
    const knows = (one: ScriptedConnector, attemptNo: number, answer: InquiryAnswer): void => {
      const known = referenceOf(id, attemptNo);
      one.onInquire = ({ ourReference }) => (ourReference === known ? answer : notFound());
    };
    const [of, by] = shortAt === PROVIDER ? [world.connector, other] : [other, world.connector];
    knows(of, 1, short);
    knows(by, 48, succeeded());
    await ask(1);
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'succeeded', attemptNo: 48 });
    expect((await roadsOf(id))[0].provider).toBe(paidBy);
    expect(sends()).toEqual([0, 0]);
  });

  test('what both of its roads have is a matter for people', async () => {
    const id = await here.held();
    await begin();
    for (const one of [world.connector, other])
      one.onInquire = ({ ourReference }) =>
        ourReference === referenceOf(id, 1) ? succeeded({ providerReference: `${one.name}_1` }) : notFound();
    await ask(1);
    expect(await casesOf(world.knex, id)).toEqual(['restore_paid_twice']);
    expect([await here.state(id), ...sends()]).toEqual(['held', 0, 0]);
  });

  test('nothing is sent or given up while one of its roads does not answer', async () => {
    const id = await here.held();
    await begin();
    other.onInquire = timedOut;
    await ask(10);
    await drive(3);
    expect([await here.state(id), ...sends()]).toEqual(['held', 0, 0]);
    other.onInquire = notFound;
    await ask(6);
    await drive(3);
    expect([await here.state(id), ...sends()]).toEqual(['failed', 0, 0]);
  });
});

describe('a stop', () => {
  let staff: Staff;
  beforeEach(async () => {
    staff = await createStaff(world);
  });
  afterEach(() => staff.close());

  const STOP = { service: null, provider: null, subject: null, reason: 'their bank is down' };
  const stop = async (what: Partial<typeof STOP> | Record<string, string>): Promise<string> => {
    const id = await staff.operations.routing.stop({ ...STOP, ...what }, staff.asha);
    await world.first.roads.refresh();
    return id;
  };
  const lift = async (id: string): Promise<void> => {
    await staff.operations.routing.lift(id, 'it is back', staff.ravi);
    await world.first.roads.refresh();
  };

  test('of a provider sends what waits and what comes by another, from the next send on', async () => {
    await first();
    const waiting = await here.held();
    await staff.operations.routing.stop({ ...STOP, provider: PROVIDER }, staff.asha);
    await runJob(world.first, 'send', [waiting]); // before anybody has read the rules again
    await drive(5);
    await world.first.roads.refresh();
    const fresh = await sentOne();
    expect((await roadsOf(waiting))[0]).toEqual({
      provider: OTHER_PROVIDER,
      why: `after ${PROVIDER}, which is stopped`,
    });
    expect((await roadsOf(fresh))[0]).toEqual({
      provider: OTHER_PROVIDER,
      why: `rule all, weight 0 of 1, ${PROVIDER} is stopped`,
    });
    expect(sends()).toEqual([0, 2]);
    expect(await staff.operations.routing.roadOf(waiting)).toMatchObject({
      provider: OTHER_PROVIDER,
      attempts: [{ attemptNo: 1, provider: OTHER_PROVIDER, why: `after ${PROVIDER}, which is stopped` }],
    });
  });

  test.each([
    ['the service', { service: 'payout' }],
    ['the only provider', { provider: PROVIDER }],
    ['the bank', { subject: 'HDFC' }],
    ['the bank by this provider', { service: 'payout', provider: PROVIDER, subject: 'HDFC' }],
  ])('of %s takes nothing new, and what waits is sent when it is lifted', async (_, what) => {
    const waiting = await here.held();
    const id = await stop(what);
    await expect(world.accept(here.user)).rejects.toMatchObject({ code: 'ROUTE_STOPPED' });
    await runJob(world.first, 'send', [waiting]);
    await drive(30);
    expect([await here.state(waiting), ...sends()]).toEqual(['held', 0, 0]);
    await lift(id);
    await drive(15);
    expect([await here.state(waiting), ...sends()]).toEqual(['succeeded', 1, 0]);
  });

  test('that stands too long gives the money back, and sends nothing', async () => {
    const waiting = await here.held();
    await stop({ service: 'payout' });
    await runJob(world.first, 'send', [waiting]);
    world.clock.advance(3_600 * SECOND_MS);
    await drive(2);
    expect(await transactionRow(world.knex, waiting)).toMatchObject({
      state: 'failed',
      statusReason: 'TRANSACTION_EXPIRED',
    });
    expect(await balanceOf(world.knex, here.user.accountId)).toBe(FUNDS_PAISE);
    expect(sends()).toEqual([0, 0]);
  });

  test('of another bank or service changes nothing', async () => {
    await stop({ subject: 'SBIN' });
    await stop({ service: 'bbps' });
    await stop({ service: 'payout', provider: OTHER_PROVIDER });
    expect(await here.state(await sentOne())).toBe('succeeded');
  });

  test('is placed and lifted by one person of the roles that may, once, and both stand in the audit log', async () => {
    const { routing } = staff.operations;
    const given = { ...STOP, provider: PROVIDER };
    await expect(routing.stop(given, staff.viewer)).rejects.toMatchObject({ code: 'OPS_ROLE_MISSING' });
    const id = await stop({ provider: PROVIDER });
    await expect(routing.stop(given, staff.ravi)).rejects.toMatchObject({ code: 'ROUTE_STOPPED_ALREADY' });
    expect(await routing.stops()).toMatchObject([{ id, ...given, placedBy: staff.asha.userId }]);
    await expect(routing.lift(id, 'why', staff.viewer)).rejects.toMatchObject({ code: 'OPS_ROLE_MISSING' });
    await lift(id);
    await expect(routing.lift(id, 'why', staff.asha)).rejects.toMatchObject({ code: 'ROUTE_STOP_LIFTED' });
    expect(await routing.stops()).toEqual([]);
    expect(
      await rows(
        world.knex,
        "select action, actor, detail from audit_log where action like 'route.%' order by id",
      ),
    ).toEqual([
      {
        action: 'route.stop',
        actor: staff.asha.userId,
        detail: { provider: PROVIDER, reason: 'their bank is down' },
      },
      {
        action: 'route.lift',
        actor: staff.ravi.userId,
        detail: { provider: PROVIDER, reason: 'it is back' },
      },
    ]);
    await expect(
      execute(world.knex, 'update routing_stops set lifted_at = null, lifted_by = null'),
    ).rejects.toMatchObject({ constraint: 'routing_stops_facts_stay' });
  });

  test.each([
    ['nothing', {}],
    ['a service that there is not', { service: 'loans' }],
    ['a provider that there is not', { provider: 'nobody' }],
    ['no name of a bank', { subject: 'a bank' }],
  ])('of %s is refused', async (_, what) => {
    await expect(stop(what)).rejects.toMatchObject({ code: 'REQUEST_FIELD_INVALID' });
  });

  test('a preview says by whom how much would go, and why not by others', async () => {
    await rule({
      name: 'shared',
      upToPaise: 200_000n,
      providers: [PROVIDER, OTHER_PROVIDER],
      weights: [3, 1],
    });
    const asked = {
      service: 'payout',
      class: 'IMPS',
      subject: 'HDFC',
      amountPaise: 150_000n,
      at: world.clock.now(),
    } as const;
    const { routing } = staff.operations;
    expect(await routing.preview(asked)).toEqual({
      rule: { name: 'shared', from: '2026-11-01', priority: 10 },
      roads: [
        { provider: PROVIDER, weight: 3, standing: 'open', percent: 75 },
        { provider: OTHER_PROVIDER, weight: 1, standing: 'open', percent: 25 },
      ],
    });
    await stop({ provider: PROVIDER, subject: 'HDFC' });
    expect((await routing.preview(asked)).roads).toEqual([
      { provider: PROVIDER, weight: 3, standing: 'stopped', percent: 0 },
      { provider: OTHER_PROVIDER, weight: 1, standing: 'open', percent: 100 },
    ]);
    expect(await routing.preview({ ...asked, amountPaise: 200_001n })).toEqual({
      rule: null,
      roads: [{ provider: 'razorpayx', weight: 1, standing: 'open', percent: 100 }],
    });
  });
});
