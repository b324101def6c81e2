/** One validation at a time is sent for a beneficiary, whoever asks and whatever dies; and never on a guess. */
import type {
  ValidationAnswer,
  ValidationCalls,
  ValidationInstruction,
  ValidationTarget,
} from '../../../domain/validations/port';
import type { Validation } from '../../../domain/validations/validations';
import { execute, rows, sqlState } from '../../../platform/database';
import { closeWithCleanBooks } from '../../support/books';
import { runJob } from '../../support/driver';
import { callbackBody, PROVIDER, signedHeaders } from '../../support/scripted-connector';
import { createWorld, type DomainProcess, type World } from '../../support/world';

const VALID: ValidationAnswer = {
  kind: 'valid',
  sent: true,
  rawStatus: 'completed',
  providerReference: 'fav_1',
  registeredName: 'Planted Holder',
  nameScore: 85,
  utr: '000000000001',
};
const PENDING: ValidationAnswer = {
  kind: 'pending',
  sent: true,
  rawStatus: 'created',
  providerReference: 'fav_1',
};
const TIMEOUT: ValidationAnswer = { kind: 'unknown', sent: true, rawStatus: '<timeout>' };
const NOT_SENT: ValidationAnswer = { kind: 'unknown', sent: false, rawStatus: '<connection refused>' };
const MINUTE_MS = 60_000;

let world: World;
let beneficiaryId: string;
let sent: ValidationInstruction[];
let asked: ValidationTarget[];
let onValidate: (instruction: ValidationInstruction) => ValidationAnswer | Promise<ValidationAnswer>;
let onInquire: () => ValidationAnswer;

beforeEach(async () => {
  world = await createWorld();
  [sent, asked] = [[], []];
  onValidate = () => VALID;
  onInquire = () => VALID;
  const validation: ValidationCalls = {
    kinds: ['bank'],
    validate: async (instruction) => {
      sent.push(instruction);
      return onValidate(instruction);
    },
    inquire: async (target) => {
      asked.push(target);
      return onInquire();
    },
  };
  Object.assign(world.connector, { validation });
  await world.accept(await world.user(10_000_000n));
  const [row] = await rows<{ id: string }>(world.knex, 'select id from beneficiaries');
  beneficiaryId = row!.id;
});
afterEach(() => closeWithCleanBooks(world.knex, world));

const validate = (process: DomainProcess = world.first, answeredSince?: Date): Promise<Validation> =>
  process.validations.validate({
    beneficiaryId,
    provider: PROVIDER,
    method: 'either',
    ...(answeredSince !== undefined && { answeredSince }),
  });
const keep = (process = world.first): Promise<{ claimed: number; errors: Error[] }> =>
  process.validations.keep(10);
const count = async (): Promise<number> =>
  (await rows<{ n: number }>(world.knex, 'select count(*)::int as n from account_validations'))[0]!.n;

describe('an answer', () => {
  test('is kept: state, score, UTR, and the name sealed', async () => {
    const answer = await validate();
    expect(answer).toMatchObject({
      state: 'valid',
      registeredName: 'Planted Holder',
      nameScore: 85,
      utr: '000000000001',
      provider: PROVIDER,
    });
    expect(sent).toEqual([
      {
        ourReference: expect.stringMatching(/^[0-9a-z]{20}$/) as string,
        method: 'either',
        beneficiary: {
          id: beneficiaryId,
          name: 'Test Beneficiary',
          account: { kind: 'bank', accountNumber: '000111220000', ifsc: 'HDFC0000053' },
        },
      },
    ]);
    const [row] = await rows<{ text: string }>(
      world.knex,
      'select account_validations::text as text from account_validations',
    );
    expect(row!.text).not.toContain('Planted');
    expect(await world.first.validations.read(answer.id)).toEqual(answer);
  });

  test('that is young enough is given again, and an older one is paid for anew', async () => {
    const first = await validate();
    expect(await validate(world.first, first.endedAt!)).toEqual(first);
    expect(sent).toHaveLength(1);
    world.clock.advance(MINUTE_MS);
    onValidate = () => ({ ...VALID, providerReference: 'fav_2' });
    expect((await validate(world.first, world.clock.now())).id).not.toBe(first.id);
    expect(sent).toHaveLength(2);
  });

  test.each(['failed', 'refused'] as const)('%s is none: it is not given again', async (kind) => {
    onValidate = () => ({ kind, sent: true, rawStatus: kind });
    const first = await validate();
    expect(first).toMatchObject({ state: kind, registeredName: null, nameScore: null });
    expect((await validate(world.first, new Date(0))).id).not.toBe(first.id);
  });

  test('completed and unknown are different: an unknown answer ends nothing', async () => {
    onValidate = () => ({ kind: 'unknown', sent: true, rawStatus: 'completed', providerReference: 'fav_1' });
    expect(await validate()).toMatchObject({ state: 'sent', endedAt: null });
  });
});

describe('P4 one request', () => {
  test('twenty that ask at once, in two processes, are one validation', async () => {
    const second = await world.process();
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, at) => validate(at % 2 === 0 ? world.first : second, new Date(0))),
    );
    expect(sent).toHaveLength(1);
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect(await count()).toBe(1);
  });

  test('a clock that is behind that of another process changes nothing', async () => {
    onValidate = () => ({ kind: 'failed', sent: true, rawStatus: 'failed' });
    const first = await validate();
    world.clock.advance(-MINUTE_MS);
    onValidate = () => PENDING;
    const second = await validate();
    expect(second).toMatchObject({ state: 'sent', begunAt: world.clock.now() });
    expect(second.id).not.toBe(first.id);
    expect(await validate()).toEqual(second);
    expect(sent).toHaveLength(2);
  });

  test('the loop beside a call under way does not send a second', async () => {
    let finish: (answer: ValidationAnswer) => void = () => undefined;
    const called = new Promise<void>((resolve) => {
      onValidate = () => {
        resolve();
        return new Promise((done) => {
          finish = done;
        });
      };
    });
    const first = validate();
    await called;
    const second = await world.process();
    onInquire = () => TIMEOUT;
    await keep(second);
    expect(await validate(second)).toMatchObject({ state: 'sent' });
    finish(VALID);
    expect((await first).state).toBe('valid');
    expect(sent).toHaveLength(1);
  });

  test.each([
    ['begun', 1],
    ['claimed', 0],
    ['answered', 1],
  ] as const)('a process that dies when it is %s: the loop of another takes over', async (point, sends) => {
    const dying = await world.process({
      points: {
        validation: (at) => {
          if (at === point) throw new Error('killed');
        },
      },
    });
    await expect(validate(dying)).rejects.toThrow('killed');
    world.clock.advance(point === 'begun' ? 6_000 : MINUTE_MS);
    await keep();
    expect(sent).toHaveLength(sends);
    expect(asked).toHaveLength(point === 'begun' ? 0 : 1);
    expect(await validate(world.first, new Date(0))).toMatchObject({ state: 'valid' });
  });

  test('what certainly never left is sent again under the same reference, while there is time', async () => {
    onValidate = () => NOT_SENT;
    expect(await validate()).toMatchObject({ state: 'begun' });
    world.clock.advance(2_000);
    onValidate = () => VALID;
    await keep();
    expect(await validate(world.first, new Date(0))).toMatchObject({ state: 'valid' });
    expect(new Set(sent.map(({ ourReference }) => ourReference)).size).toBe(1);
    expect(sent).toHaveLength(2);
  });

  test('what was not sent in time is never sent: it may be older than what was done', async () => {
    onValidate = () => NOT_SENT;
    const { id } = await validate();
    world.clock.advance(10 * MINUTE_MS);
    await keep();
    expect(await world.first.validations.read(id)).toMatchObject({ state: 'unresolved' });
    expect(sent).toHaveLength(1);
  });
});

describe('what is not known', () => {
  test('is asked about, by our reference first and by theirs once it is known, and never repeated', async () => {
    onValidate = () => TIMEOUT;
    onInquire = () => PENDING;
    const { id } = await validate();
    world.clock.advance(MINUTE_MS);
    await keep();
    onInquire = () => VALID;
    world.clock.advance(10 * MINUTE_MS);
    await keep();
    expect(asked).toEqual([
      { ourReference: sent[0]!.ourReference },
      { ourReference: sent[0]!.ourReference, providerReference: 'fav_1' },
    ]);
    expect(await world.first.validations.read(id)).toMatchObject({ state: 'valid', nameScore: 85 });
    expect(sent).toHaveLength(1);
  });

  test('ends as unresolved, and a late callback still brings the answer', async () => {
    onValidate = () => PENDING;
    onInquire = () => TIMEOUT;
    const { id } = await validate();
    for (let round = 0; round < 60; round++) {
      world.clock.advance(12 * 60 * MINUTE_MS);
      await keep();
    }
    expect(await world.first.validations.read(id)).toMatchObject({ state: 'unresolved' });
    onInquire = () => VALID;
    expect(await world.first.validations.heard(PROVIDER, 'fav_1')).toBe(true);
    expect(await world.first.validations.read(id)).toMatchObject({ state: 'valid' });
    expect(sent).toHaveLength(1);
  });

  test('at a provider that cannot be asked it is unresolved at once', async () => {
    Object.assign(world.connector.validation!, { inquire: undefined });
    onValidate = () => TIMEOUT;
    expect(await validate()).toMatchObject({ state: 'unresolved' });
  });

  test('a connector that throws has told us nothing', async () => {
    onValidate = () => {
      throw new Error('account 000111220000');
    };
    expect(await validate()).toMatchObject({ state: 'sent' });
  });
});

describe('a callback', () => {
  test('makes us ask; said twice, or of another one, it changes nothing', async () => {
    onValidate = () => PENDING;
    const { id } = await validate();
    const { validations } = world.first;
    expect(await validations.heard(PROVIDER, 'fav_9')).toBe(false);
    expect(await validations.heard('nobody', 'fav_1')).toBe(false);
    const told = Array.from({ length: 5 }, () => validations.heard(PROVIDER, 'fav_1'));
    expect(await Promise.all(told)).toContain(true);
    expect(await validations.read(id)).toMatchObject({ state: 'valid' });
    onInquire = () => ({ ...VALID, kind: 'invalid' });
    expect(await validations.heard(PROVIDER, 'fav_1')).toBe(false);
    expect(await validations.read(id)).toMatchObject({ state: 'valid' });
  });

  test('that was received and stored is processed as a hint', async () => {
    onValidate = () => PENDING;
    const { id } = await validate();
    const about = (reference: string) => () => ({
      event: 'fund_account.validation.completed',
      hint: { about: 'account_validation' as const, reference },
    });
    for (const [reference, result] of [
      ['fav_1', 'hint'],
      ['fav_9', 'hint_unmatched'],
    ] as const) {
      Object.assign(world.connector, { parseCallback: about(reference) });
      const raw = callbackBody({ event: reference });
      const { due } = await world.first.callbackReceiver.receive(PROVIDER, signedHeaders(reference), raw);
      expect((await runJob(world.first, 'callback', [due!.id])).errors).toEqual([]);
      const [stored] = await rows<{ result: string }>(
        world.knex,
        'select result from callbacks where id = ?',
        [due!.id],
      );
      expect(stored).toEqual({ result });
    }
    expect(await world.first.validations.read(id)).toMatchObject({ state: 'valid' });
  });
});

describe('the database refuses', () => {
  const refused = async (sql: string, bindings: Record<string, unknown> = {}): Promise<unknown> =>
    execute(world.knex, sql, bindings).then(
      () => 'done',
      (error: { constraint?: string }) => error.constraint ?? sqlState(error),
    );

  test('a second open one, a repeat of a reference, and any change of an answer', async () => {
    onValidate = () => PENDING;
    const { id } = await validate();
    const columns =
      'beneficiary_id, provider, method, state, begun_at, send_before, sent_at, sends, due_at, ended_at';
    const copy = (reference: string, state: string): Promise<unknown> =>
      refused(
        `insert into account_validations (id, our_reference, ${columns})
         select gen_random_uuid(), ${reference}, ${columns.replace('state', ':state::text')} from account_validations`,
        { state },
      );
    expect(await copy("'another'", 'sent')).toBe('account_validations_one_open');
    expect(await copy('our_reference', 'valid')).toBe('account_validations_ended_two_sided');
    await world.first.validations.heard(PROVIDER, 'fav_1');
    expect(await copy('our_reference', 'valid')).toBe('account_validations_reference_once');
    for (const change of ["state = 'invalid'", 'name_score = 100', "raw_reason = 'x'"])
      expect(await refused(`update account_validations set ${change} where id = :id`, { id })).not.toBe(
        'done',
      );
    expect(await refused('delete from account_validations')).not.toBe('done');
    expect(await world.first.validations.read(id)).toMatchObject({ state: 'valid', nameScore: 85 });
  });

  test('a claim after its time', async () => {
    onValidate = () => NOT_SENT;
    await validate();
    expect(
      await refused(
        "update account_validations set state = 'sent', sends = sends + 1, sent_at = send_before",
      ),
    ).toBe('account_validations_claimed_in_time');
  });
});
