/** Whom a user pays: kept once, archived, named by payouts, and verified; decided under locks, whoever comes at once. */
import { randomUUID } from 'node:crypto';
import type { Caller } from '../../../domain/auth/api-keys';
import type { NewBeneficiary } from '../../../domain/beneficiaries/beneficiaries';
import type { Doer } from '../../../domain/payees/changes';
import { lockPayeesOf } from '../../../domain/payees/rows';
import type { PayeeView } from '../../../domain/payees/view';
import type { ValidationAnswer, ValidationCalls } from '../../../domain/validations/port';
import type { AppUser } from '../../../domain/users/users';
import { execute, rows } from '../../../platform/database';
import { parsePublicId } from '../../../platform/ids';
import { dispatched, runJob } from '../../support/driver';
import { waitingForLocks } from '../../support/lock-waits';
import { failed } from '../../support/scripted-connector';
import { until } from '../../support/until';
import { useWorld } from '../../support/use-world';
import type { DomainProcess } from '../../support/world';

const here = useWorld();
const DAY_MS = 86_400_000;
const CAP = 5_000_000n;

const bank = (ending: string, name = 'Test Beneficiary'): NewBeneficiary => ({
  name,
  account: { kind: 'bank', accountNumber: `00011122${ending}`, ifsc: 'HDFC0000053' },
});
const caller = (user: AppUser = here.user, by?: 'session'): Caller => ({
  ...user,
  ...(by === undefined ? {} : { by }),
  keyId: randomUUID(),
  scopes: ['payouts:write'],
  services: ['payout'],
  role: 'retailer',
});
const signedIn = (): Caller => caller(here.user, 'session');
const doer = (who = caller()): Doer => ({ caller: who, ip: '192.0.2.7' });
const add = async (details = bank('0000'), who = caller()): Promise<PayeeView> =>
  (await here.world.first.payees.add(doer(who), details)).view;
const idOf = ({ id }: PayeeView): string => parsePublicId('beneficiary', id)!;
const request = (beneficiary: NewBeneficiary | { id: string }, amountPaise = 150_000n) =>
  ({
    amountPaise,
    currency: 'INR',
    mode: 'IMPS',
    reference: `ref-${randomUUID().slice(0, 18)}`,
    beneficiary,
    force: true, // whether one looks like another is not asked here
  }) as const;
const pay = (
  beneficiary: NewBeneficiary | { id: string },
  { amountPaise = 150_000n, who = caller(), p = here.world.first } = {},
) => p.acceptPayouts.accept(who, randomUUID(), request(beneficiary, amountPaise));
const refusedWith = (code: string): object => expect.objectContaining({ code }) as object;
const listed = (userId = here.user.userId, more = {}) =>
  here.world.first.payees.list(userId, { status: 'active', kind: undefined, limit: 20, ...more });
const stored = async (): Promise<number> =>
  (await rows<{ n: number }>(here.world.knex, 'select count(*)::int4 as n from beneficiaries'))[0]!.n;
const payouts = async (): Promise<number> =>
  (await rows<{ n: number }>(here.world.knex, 'select count(*)::int4 as n from payouts'))[0]!.n;
const settledAs = (all: PromiseSettledResult<unknown>[]): string[] =>
  all.map((one) => (one.status === 'fulfilled' ? 'ok' : (one.reason as { code: string }).code)).toSorted();

describe('kept once', () => {
  it('the same details give the same one, also twenty at once in two processes; another user has their own', async () => {
    const second = await here.world.process();
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        (i % 2 === 0 ? here.world.first : second).payees.add(doer(), bank('0000')),
      ),
    );
    expect(new Set(all.map(({ view }) => view.id)).size).toBe(1);
    expect(all.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect((await add(bank('0000', 'TEST BENEFICIARY'))).id).toBe(all[0]!.view.id);
    expect((await add(bank('0000', 'Test Other'))).id).not.toBe(all[0]!.view.id);
    const other = await here.world.user(1n);
    expect((await add(bank('0000'), caller(other))).id).not.toBe(all[0]!.view.id);
    expect(await stored()).toBe(3);
  });

  it('is shown masked, with its bank; an IFSC that has ended is refused', async () => {
    expect(await add()).toMatchObject({
      object: 'beneficiary',
      status: 'active',
      name: 'Test Beneficiary',
      kind: 'bank',
      account: '…0000',
      bank: expect.stringContaining('HDFC') as string,
      made_by: 'caller',
      verification: null,
    });
    const ended = { kind: 'bank', accountNumber: '000111220000', ifsc: 'SBTR0000001' } as const;
    await expect(add({ name: 'Test', account: ended })).rejects.toEqual(refusedWith('IFSC_ENDED'));
    expect(JSON.stringify(await add())).not.toContain('000111220000');
  });

  it('one that a payout made is in the list, and belongs to its user when it is added', async () => {
    await pay(bank('1111'));
    await pay(bank('1111'));
    const [made] = (await listed()).data;
    expect(made).toMatchObject({ made_by: 'payout', account: '…1111' });
    expect((await listed()).data).toHaveLength(1);
    expect((await add(bank('1111'))).id).toBe(made!.id);
  });

  it('pages are the newest first, each once; filters; those of another are not there', async () => {
    const { world, user } = here;
    for (const ending of ['0000', '1111', '2222', '3333', '4444']) await add(bank(ending)); // some in one millisecond
    await add({ name: 'Om', account: { kind: 'vpa', address: 'om@okbank' } });
    const other = await world.user(1n);
    await add(bank('9999'), caller(other));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listed(user.userId, { limit: 2, cursor });
      seen.push(...page.data.map(({ account }) => account));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen.toSorted()).toEqual(['…@okbank', '…0000', '…1111', '…2222', '…3333', '…4444'].toSorted());
    expect(seen).toEqual((await listed()).data.map(({ account }) => account));
    expect((await listed(user.userId, { kind: 'vpa' })).data).toHaveLength(1);
    const { nextCursor } = await listed(user.userId, { limit: 2 });
    for (const more of [{ kind: 'vpa' }, { status: 'all' }])
      await expect(listed(user.userId, { cursor: nextCursor, ...more })).rejects.toEqual(
        refusedWith('REQUEST_FIELD_INVALID'),
      );
    await expect(listed(other.userId, { cursor: nextCursor })).rejects.toEqual(
      refusedWith('REQUEST_FIELD_INVALID'),
    );
  });
});

describe('off the list', () => {
  it('no payout may name it, and one that adds it again puts it back', async () => {
    const { payees } = here.world.first;
    const id = idOf(await add());
    const key = randomUUID();
    const order = request({ id });
    const first = await here.world.first.acceptPayouts.accept(caller(), key, order);
    expect(await payees.archive(doer(), id)).toMatchObject({ status: 'archived' });
    const [archivedAt] = [(await payees.archive(doer(), id)).archived_at];
    here.world.clock.advance(1_000);
    expect((await payees.archive(doer(), id)).archived_at).toBe(archivedAt);
    expect((await listed()).data).toEqual([]);
    expect((await listed(here.user.userId, { status: 'archived' })).data).toHaveLength(1);
    await expect(pay({ id })).rejects.toEqual(refusedWith('BENEFICIARY_NOT_FOUND'));
    await expect(payees.verify(doer(), id)).rejects.toEqual(refusedWith('BENEFICIARY_NOT_FOUND'));
    // what was accepted stays accepted
    const again = await here.world.first.acceptPayouts.accept(caller(), key, order);
    expect([again.replayed, again.body]).toEqual([true, first.body]);
    const back = await payees.add(doer(), bank('0000'));
    expect([back.isNew, idOf(back.view), back.view.status]).toEqual([true, id, 'active']);
    await pay({ id });
    expect(await payouts()).toBe(2);
  });

  it('of another user, and of nobody: both are answered alike', async () => {
    const { payees } = here.world.first;
    const other = await here.world.user(1n);
    const theirs = idOf(await add(bank('0000'), caller(other)));
    const said: string[] = [];
    for (const id of [theirs, randomUUID()])
      for (const act of [
        () => payees.get(here.user.userId, id),
        () => payees.archive(doer(), id),
        () => payees.verify(doer(), id),
        () => payees.open(here.user.userId, id),
        () => pay({ id }),
      ])
        said.push(
          await act().then(
            () => 'done',
            (error: Error) => error.message,
          ),
        );
    expect(new Set(said)).toEqual(new Set(['BENEFICIARY_NOT_FOUND: There is no such beneficiary']));
    expect(said).toHaveLength(10);
    expect((await payees.get(other.userId, theirs)).status).toBe('active');
    expect(await payouts()).toBe(0);
  });

  it('an archive that came first decides: the payout waits for it, and is refused', async () => {
    const { world } = here;
    const id = idOf(await add());
    const other = await world.knex.transaction();
    try {
      await execute(other, 'update beneficiaries set archived_at = now() where id = ?', [id]);
      const ended = pay({ id }).then(
        () => 'paid',
        (error: { code: string }) => error.code,
      );
      await until(
        () => waitingForLocks(world.knex),
        (n) => n === 1,
      );
      await other.commit();
      expect(await ended).toBe('BENEFICIARY_NOT_FOUND');
    } finally {
      if (!other.isCompleted()) await other.rollback();
    }
    expect(await payouts()).toBe(0);
  });

  it.each([undefined, 'session'] as const)(
    'a payout that came first decides: the archive waits until it is stored (by %s)',
    async (by) => {
      const { world, user } = here;
      const id = idOf(await add());
      const key = randomUUID();
      const other = await world.knex.transaction();
      try {
        // whoever has the key holds the payout up between its judgement and its commit
        await execute(
          other,
          `insert into requests (id, user_id, service, idempotency_key, reference, request_hash, accepted_body, created_at)
           values (:id, :userId, 'payout', :key, 'held-up', :hash, '{}', now())`,
          { id: randomUUID(), userId: user.userId, key, hash: Buffer.alloc(32) },
        );
        const order = request({ id });
        const paid = world.first.acceptPayouts.accept(caller(user, by), key, order);
        await until(
          () => waitingForLocks(world.knex),
          (n) => n === 1,
        );
        const archived = world.first.payees.archive(doer(), id);
        await until(
          () => waitingForLocks(world.knex),
          (n) => n === 2,
        );
        await other.rollback();
        expect((await paid).replayed).toBe(false);
        expect((await archived).status).toBe('archived');
      } finally {
        if (!other.isCompleted()) await other.rollback();
      }
      expect(await payouts()).toBe(1);
    },
  );
});

describe('a payout that names one', () => {
  it('goes to its account; the same key with another one is another request', async () => {
    const one = idOf(await add(bank('0000')));
    const two = idOf(await add(bank('1111')));
    const key = randomUUID();
    const order = request({ id: one });
    const { id } = await here.world.first.acceptPayouts.accept(caller(), key, order);
    await expect(
      here.world.first.acceptPayouts.accept(caller(), key, { ...order, beneficiary: { id: two } }),
    ).rejects.toEqual(refusedWith('IDEMPOTENCY_KEY_REUSED'));
    await expect(
      here.world.first.acceptPayouts.accept(caller(), key, { ...order, beneficiary: bank('0000') }),
    ).rejects.toEqual(refusedWith('IDEMPOTENCY_KEY_REUSED'));
    await runJob(here.world.first, 'hold', [id]);
    await runJob(here.world.first, 'send', [id]);
    expect(here.world.connector.registrations).toMatchObject([
      { id: one, name: 'Test Beneficiary', account: { accountNumber: '000111220000' } },
    ]);
  });

  it('without an id, by a key, no statement is added: one insert where the beneficiary is known', async () => {
    const { first } = here.world;
    await pay(bank('0000'));
    const statements: string[] = [];
    const note = ({ sql }: { sql: string }): number => statements.push(sql.trim().slice(0, 12));
    first.knex.on('query', note);
    await pay(bank('0000'));
    expect(statements).toEqual([expect.stringMatching(/^with kept/)]);
    statements.length = 0;
    await pay({ id: idOf((await listed()).data[0]!) });
    first.knex.off('query', note);
    expect(statements.length).toBeLessThanOrEqual(6); // the list, the row, begin, the lock, the insert, commit
  });
});

describe('a new one, by somebody who is signed in', () => {
  it('no more than the cap in all until a day is over; what failed counts no more', async () => {
    const { world } = here;
    const who = signedIn();
    const beneficiary = bank('0000');
    const first = await pay(beneficiary, { amountPaise: CAP - 1n, who });
    await expect(pay(beneficiary, { amountPaise: 150_000n, who })).rejects.toMatchObject({
      code: 'BENEFICIARY_NEW',
      detail: expect.stringMatching(/is new until \d{4}-.*Z: until then no more than ₹50,000\.00/) as string,
      errors: [{ pointer: '#/amount' }],
    });
    await expect(pay({ id: idOf((await listed()).data[0]!) }, { who })).rejects.toEqual(
      refusedWith('BENEFICIARY_NEW'),
    );
    world.connector.onSend = () => failed();
    await dispatched(world.first, first.id);
    await runJob(world.first, 'settle', [first.id]);
    expect(await here.state(first.id)).toBe('failed');
    await expect(pay(beneficiary, { amountPaise: CAP + 1n, who })).rejects.toEqual(
      refusedWith('BENEFICIARY_NEW'),
    );
    await pay(beneficiary, { amountPaise: CAP, who });
    await pay(beneficiary, { amountPaise: CAP + 1n }); // a key is not bound
    world.clock.advance(DAY_MS);
    await pay(beneficiary, { amountPaise: CAP + 1n, who });
  });

  it('of many at once, in two processes, no more than the cap goes through; what is refused makes nothing', async () => {
    const second = await here.world.process();
    const all = await Promise.allSettled(
      Array.from({ length: 8 }, (_, i) =>
        pay(bank('0000'), {
          amountPaise: 2_000_000n,
          who: signedIn(),
          p: i % 2 === 0 ? here.world.first : second,
        }),
      ),
    );
    expect(settledAs(all)).toEqual([...Array<string>(6).fill('BENEFICIARY_NEW'), 'ok', 'ok']);
    await expect(pay(bank('1111'), { amountPaise: CAP + 1n, who: signedIn() })).rejects.toEqual(
      refusedWith('BENEFICIARY_NEW'),
    );
    expect(await stored()).toBe(1);
  });

  it('only so many are new in a day, also at once; those that are there are paid on', async () => {
    const { world } = here;
    await execute(
      world.knex,
      "insert into beneficiary_rules values ('production', '2026-01-02', 'signed_in', 86400, 5000000, 3, 'a test')",
    );
    await world.first.payeeRules.refresh();
    const all = await Promise.allSettled(
      ['0000', '1111', '2222', '3333', '4444', '5555'].map((ending, i) =>
        i % 2 === 0 ? pay(bank(ending), { who: signedIn() }) : add(bank(ending), signedIn()),
      ),
    );
    expect(settledAs(all)).toEqual([...Array<string>(3).fill('BENEFICIARIES_USED_UP'), 'ok', 'ok', 'ok']);
    await expect(add(bank('6666'), signedIn())).rejects.toMatchObject({
      detail: expect.stringContaining('3 new') as string,
    });
    await add(bank('7777')); // by a key
    const id = idOf((await listed()).data.at(-1)!);
    await pay({ id }, { who: signedIn() });
    world.clock.advance(DAY_MS);
    await add(bank('8888'), signedIn());
  });

  it('whoever adds or pays waits for whoever is judged of the same user, and no other does', async () => {
    const { world, user } = here;
    const stranger = await world.user(10_000_000n);
    const other = await world.knex.transaction();
    try {
      await lockPayeesOf(other, [user.userId]);
      await add(bank('0000'), caller(stranger, 'session'));
      await pay(bank('1111'), { who: caller(stranger, 'session') });
      const both = [add(bank('0000'), signedIn()), pay(bank('1111'), { who: signedIn() })];
      await until(
        () => waitingForLocks(world.knex),
        (n) => n === 2,
      );
      await other.commit();
      await Promise.all(both);
      expect(await stored()).toBe(4);
    } finally {
      if (!other.isCompleted()) await other.rollback();
    }
  });

  it('one that was archived is added again first, and is new again', async () => {
    const { world, user } = here;
    const id = idOf(await add(bank('0000'), signedIn()));
    world.clock.advance(DAY_MS);
    await pay(bank('0000'), { who: signedIn(), amountPaise: CAP + 1n });
    await world.first.payees.archive(doer(), id);
    world.clock.advance(1_000);
    await expect(pay(bank('0000'), { who: signedIn() })).rejects.toEqual(refusedWith('BENEFICIARY_ARCHIVED'));
    expect(await world.first.payees.isNew(user.userId, bank('0000'))).toBe(true);
    expect((await add(bank('0000'), signedIn())).new_until).not.toBeNull();
    await expect(pay({ id }, { who: signedIn(), amountPaise: CAP + 1n })).rejects.toEqual(
      refusedWith('BENEFICIARY_NEW'),
    );
    await pay({ id }, { who: signedIn(), amountPaise: CAP });
  });

  it('is told by its age, found by its id and by its details', async () => {
    const { world, user } = here;
    const { payees } = world.first;
    expect(await payees.isNew(user.userId, bank('0000'))).toBe(true);
    const id = idOf(await add());
    for (const payee of [bank('0000'), { id }]) expect(await payees.isNew(user.userId, payee)).toBe(true);
    world.clock.advance(DAY_MS);
    for (const payee of [bank('0000'), { id }]) expect(await payees.isNew(user.userId, payee)).toBe(false);
    const other = await world.user(1n);
    for (const payee of [bank('0000'), { id }]) expect(await payees.isNew(other.userId, payee)).toBe(true);
  });
});

describe('asked about at the bank', () => {
  let asked: number;
  let answer: () => ValidationAnswer;
  const valid = (registeredName?: string): ValidationAnswer => ({
    kind: 'valid',
    sent: true,
    rawStatus: 'completed',
    providerReference: `fav_${asked}`,
    utr: '000000000001',
    ...(registeredName === undefined ? {} : { registeredName }),
  });
  beforeEach(() => {
    asked = 0;
    answer = () => valid('TEST BENEFICIARY');
    const validation: ValidationCalls = {
      kinds: ['bank'],
      validate: () => {
        asked += 1;
        return Promise.resolve(answer());
      },
      inquire: () => Promise.resolve(answer()),
    };
    Object.assign(here.world.connector, { validation });
  });
  const verify = (id: string, p: DomainProcess = here.world.first) => p.payees.verify(doer(), id);

  it.each([
    ['TEST BENEFICIARY', 'match', 100],
    ['TEST BENEFICIARY SHARMA', 'partial', 66],
    ['GUPTA MEDICALS', 'mismatch', 0],
    [undefined, 'no_name', null],
  ])('the bank says %s: %s', async (name, verdict, score) => {
    answer = () => valid(name);
    const id = idOf(await add());
    const { verification } = await verify(id);
    expect(verification).toEqual({
      status: 'valid',
      method: 'penny_drop',
      name_match: verdict,
      name_score: score,
      name_at_bank: name ?? null,
      reference: 'fav_1',
      utr: '000000000001',
      asked_at: here.world.clock.now().toISOString(),
      answered_at: here.world.clock.now().toISOString(),
      good_until: new Date(here.world.clock.now().getTime() + 180 * DAY_MS).toISOString(),
    });
    expect((await listed()).data[0]!.verification).toEqual(verification);
    await pay({ id }); // told, and not stopped
  });

  it('an account that is not there, and a bank that does not answer', async () => {
    answer = () => ({ kind: 'invalid', sent: true, rawStatus: 'failed', rawReason: 'invalid_account' });
    expect((await verify(idOf(await add()))).verification).toMatchObject({
      status: 'invalid',
      name_match: null,
    });
    answer = () => ({ kind: 'pending', sent: true, rawStatus: 'created', providerReference: 'fav_9' });
    expect((await verify(idOf(await add(bank('1111'))))).verification).toMatchObject({
      status: 'checking',
      answered_at: null,
      good_until: null,
      reference: 'fav_9',
    });
    const vpa = idOf(await add({ name: 'Om', account: { kind: 'vpa', address: 'om@okbank' } }));
    await expect(verify(vpa)).rejects.toEqual(refusedWith('BENEFICIARY_NOT_VERIFIABLE'));
  });

  it('ten at once in two processes ask once, and the answer counts until it is old', async () => {
    const second = await here.world.process();
    const id = idOf(await add());
    await Promise.all(
      Array.from({ length: 10 }, (_, i) => verify(id, i % 2 === 0 ? here.world.first : second)),
    );
    expect(asked).toBe(1);
    here.world.clock.advance(180 * DAY_MS);
    await verify(id);
    expect(asked).toBe(1);
    here.world.clock.advance(1);
    await verify(id);
    expect(asked).toBe(2);
  });

  it('so many in a day and no more, also at once', async () => {
    await execute(
      here.world.knex,
      "insert into beneficiary_check_rules values ('2026-01-02', 'penniless', 180, 2, 75, 40, 'a test')",
    );
    await here.world.first.payeeRules.refresh();
    const ids: string[] = [];
    for (const ending of ['0000', '1111', '2222', '3333', '4444']) ids.push(idOf(await add(bank(ending))));
    const all = await Promise.allSettled(ids.map((id) => verify(id)));
    expect(settledAs(all)).toEqual([...Array<string>(3).fill('BENEFICIARY_CHECKS_USED'), 'ok', 'ok']);
    expect(asked).toBe(2);
    here.world.clock.advance(DAY_MS);
    const left = ids.filter((_, i) => all[i]!.status === 'rejected');
    expect((await verify(left[0]!)).verification).toMatchObject({ method: 'penniless' });
  });
});
