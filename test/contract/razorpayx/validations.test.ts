import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Razorpay from 'razorpay';
import type { ValidationAnswer, ValidationInstruction } from '../../../domain/validations/port';
import { startSandbox, type Sandbox } from '../../../sandbox/app';
import { freshReference } from '../../support/references';
import {
  beneficiary,
  connect,
  connector,
  control,
  deliveries,
  KEYS,
  sandbox,
  until,
  useRazorpayxSandbox,
} from '../../support/razorpayx-connected';
import { example } from '../../support/razorpayx-examples';

useRazorpayxSandbox();

const instruct = (ending: string, kind: 'bank' | 'vpa' = 'bank'): ValidationInstruction => ({
  ourReference: freshReference(),
  method: 'either',
  beneficiary: beneficiary(ending, kind),
});
const validate = (instruction: ValidationInstruction, c = connector): Promise<ValidationAnswer> =>
  c.validation!.validate(instruction);
const ends = (
  { ourReference }: ValidationInstruction,
  providerReference?: string,
): Promise<ValidationAnswer> =>
  until(async () => {
    const answer = await connector.validation!.inquire!({
      ourReference,
      ...(providerReference !== undefined && { providerReference }),
    });
    return answer.kind === 'pending' ? undefined : answer;
  }, 'the end of a validation');

async function raw(
  body: unknown,
  route = '/v1/fund_accounts/validations',
  method = 'POST',
  url = sandbox.url,
) {
  const answer = await fetch(`${url}${route}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${KEYS.keyId}:${KEYS.keySecret}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

const REQUEST = {
  source_account_number: KEYS.accountNumber,
  validation_type: 'optimized',
  reference_id: '112233',
  notes: { note: 'first note' },
  fund_account: {
    account_type: 'bank_account',
    bank_account: { name: 'Test Beneficiary', ifsc: 'HDFC0000053', account_number: '765432123450000' },
    contact: { name: 'Test Beneficiary', type: 'customer', reference_id: 'ben-1' },
  },
};

describe('by ending', () => {
  it.each([
    ['0000', 'valid', 100],
    ['1111', 'invalid', undefined],
    ['1110', 'invalid', undefined],
    ['0010', 'valid', 0],
    ['0085', 'valid', 85],
    ['0090', 'valid', 90],
    ['0050', 'valid', undefined],
    ['2222', 'valid', 100],
    ['3333', 'failed', undefined],
    ['9999', 'valid', 100],
  ] as const)('%s ends as %s with the score %p', async (ending, kind, score) => {
    const instruction = instruct(ending);
    const begun = await validate(instruction);
    expect(begun).toMatchObject({ kind: 'pending', rawStatus: 'created', sent: true });
    const answer = await ends(instruction, begun.providerReference);
    expect(answer).toMatchObject({ kind, providerReference: begun.providerReference });
    expect(answer.nameScore).toBe(score);
    expect(await ends(instruction)).toEqual(answer);
  });

  it('an address of payment is validated too', async () => {
    const instruction = instruct('0000', 'vpa');
    const begun = await validate(instruction);
    expect(await ends(instruction, begun.providerReference)).toMatchObject({
      kind: 'valid',
      registeredName: 'Test Beneficiary',
    });
  });

  it.each(['5555', '6666'])('%s gets no answer: unknown, and found by our reference', async (ending) => {
    const impatient = connect({ timeouts: { connectMs: 10_000, totalMs: 500 } });
    const instruction = instruct(ending);
    expect(await validate(instruction, impatient)).toMatchObject({ kind: 'unknown', sent: true });
    expect((await ends(instruction)).kind).toBe(ending === '5555' ? 'valid' : 'failed');
    await impatient.close();
  });

  it('7777 is a 500, which proves nothing; the list has none of it, which proves nothing either', async () => {
    const instruction = instruct('7777');
    expect(await validate(instruction)).toMatchObject({
      kind: 'unknown',
      sent: true,
      rawStatus: 'SERVER_ERROR',
    });
    expect(await connector.validation!.inquire!({ ourReference: instruction.ourReference })).toEqual({
      kind: 'unknown',
      sent: true,
      rawStatus: '<not in the list>',
    });
  });
});

it('there is no idempotency key: the same request again is another validation', async () => {
  const instruction = instruct('0000');
  const [first, second] = [await validate(instruction), await validate(instruction)];
  expect(second.providerReference).not.toBe(first.providerReference);
  expect(await connector.validation!.inquire!({ ourReference: instruction.ourReference })).toMatchObject({
    kind: 'unknown',
    rawStatus: '<duplicate at provider>',
  });
});

it('the contact and the fund account are those that a registration finds', async () => {
  const known = beneficiary('0000');
  const registered = await connector.payout!.registerBeneficiary(known);
  await validate({ ourReference: freshReference(), method: 'either', beneficiary: known });
  const again = await connector.payout!.registerBeneficiary(known);
  expect(again).toEqual(registered);
});

it('nothing is sent after its time, nor to an address that refuses', async () => {
  const before = await control('GET', '/book/summary');
  const late = await connector.validation!.validate(instruct('0000'), { sendBefore: new Date(0) });
  expect(late).toMatchObject({ kind: 'unknown', sent: false, rawStatus: '<too late>' });
  expect(await control('GET', '/book/summary')).toEqual(before);
  const wrong = connect({ keySecret: 'another-secret' });
  expect(await validate(instruct('0000'), wrong)).toMatchObject({ kind: 'unknown', sent: false });
  await wrong.close();
});

describe('the sandbox answers as the documentation shows', () => {
  const shapeOf = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shapeOf);
    if (typeof value !== 'object' || value === null) return value === null ? null : typeof value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name]) => name !== 'notes')
        .map(([name, part]) => [name, shapeOf(part)]),
    );
  };

  it('has every field of the samples, in their types', async () => {
    const { body } = await raw(REQUEST);
    expect(shapeOf(body)).toMatchObject(
      shapeOf(withoutOptional(example('validations-create-bank', 'Created'))) as object,
    );
    const completed = await until(async () => {
      const got = await raw(undefined, `/v1/fund_accounts/validations/${body.id as string}`, 'GET');
      return got.body.status === 'completed' ? got.body : undefined;
    }, 'completed');
    expect(shapeOf(completed)).toMatchObject(
      shapeOf(withoutOptional(example('validations-create-bank', 'Completed'))) as object,
    );
  });

  /** What the contact has only when it was given. */
  function withoutOptional(json: Record<string, unknown>): unknown {
    const copy = structuredClone(json) as { fund_account: { contact: Record<string, unknown> } };
    delete copy.fund_account.contact.email;
    delete copy.fund_account.contact.contact;
    return copy;
  }

  const without = (path: string): unknown => {
    const copy = structuredClone(REQUEST) as Record<string, unknown>;
    const names = path.split('.');
    const place = names
      .slice(0, -1)
      .reduce<Record<string, unknown>>((at, name) => at[name] as typeof copy, copy);
    delete place[names.at(-1)!];
    return copy;
  };

  it.each([
    'source_account_number',
    'fund_account',
    'fund_account.account_type',
    'fund_account.bank_account',
    'fund_account.bank_account.ifsc',
    'fund_account.bank_account.account_number',
    'fund_account.contact',
    'fund_account.contact.name',
  ])('%s is mandatory', async (path) => {
    const { status, body } = await raw(without(path));
    expect([status, (body.error as Record<string, unknown>).code]).toEqual([400, 'BAD_REQUEST_ERROR']);
  });

  it.each([['validation_type'], ['reference_id'], ['notes'], ['fund_account.bank_account.name']])(
    '%s is optional',
    async (path) => {
      expect((await raw(without(path))).status).toBe(200);
    },
  );

  it.each([
    ['another account of ours', { source_account_number: '1234567890' }, 'source_account_number'],
    ['another type', { validation_type: 'thorough' }, 'validation_type'],
    ['a reference that is too long', { reference_id: 'x'.repeat(41) }, 'reference_id'],
  ])('%s is refused', async (_, changes, field) => {
    const { status, body } = await raw({ ...REQUEST, ...changes });
    expect([status, (body.error as Record<string, unknown>).field]).toEqual([400, field]);
  });

  it('an id that is none does not exist', async () => {
    const { status, body } = await raw(undefined, '/v1/fund_accounts/validations/fav_00000000000001', 'GET');
    expect([status, (body.error as Record<string, unknown>).description]).toEqual([
      400,
      'The id provided does not exist',
    ]);
  });
});

describe('webhooks', () => {
  const about = (id: string): typeof deliveries =>
    deliveries.filter(({ raw: bytes }) => bytes.toString().includes(`"${id}"`));

  it.each([
    ['0000', 'completed'],
    ['3333', 'failed'],
  ])('%s: one signed %s, in the older shape', async (ending, status) => {
    const begun = await validate(instruct(ending));
    const id = begun.providerReference!;
    const [delivery] = await until(
      () => (about(id).length > 0 ? about(id) : undefined),
      `the webhook of ${ending}`,
    );
    const { headers, raw: bytes } = delivery!;
    expect(
      Razorpay.validateWebhookSignature(
        bytes.toString(),
        headers['x-razorpay-signature']!,
        KEYS.webhookSecret,
      ),
    ).toBe(true);
    expect(connector.checkCallback(headers, bytes).verdict).toBe('signed');
    expect(connector.parseCallback(bytes)).toEqual({
      event: `fund_account.validation.${status}`,
      hint: { about: 'account_validation', reference: id },
    });
    const body = JSON.parse(bytes.toString()) as {
      payload: Record<string, { entity: Record<string, unknown> }>;
    };
    const entity = body.payload['fund_account.validation']!.entity;
    const sample = example('webhooks-validations', 'Bank Account') as typeof body;
    expect(Object.keys(entity).toSorted()).toEqual(
      Object.keys(sample.payload['fund_account.validation']!.entity).toSorted(),
    );
  });

  it('8888: a forged one is forged', async () => {
    const begun = await validate(instruct('8888'));
    const seen = await until(
      () => (about(begun.providerReference!).length >= 3 ? about(begun.providerReference!) : undefined),
      'three webhooks',
    );
    const verdicts = seen.map(({ headers, raw: bytes }) => connector.checkCallback(headers, bytes).verdict);
    expect(verdicts.toSorted()).toEqual(['forged', 'signed', 'signed']);
  });
});

it('a current account validates nothing: the connector does not offer it, and the sandbox refuses it', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-validations-'));
  const bank = await startSandbox({
    host: '127.0.0.1',
    port: 0,
    dir: folder,
    ...KEYS,
    accountType: 'current_account',
    callbackUrl: 'http://127.0.0.1:9/none',
    openingBalancePaise: 0n,
    delayMs: 0,
    slowMs: 0,
  });
  const { status, body } = await raw(REQUEST, '/v1/fund_accounts/validations', 'POST', bank.url);
  expect([status, (body.error as Record<string, unknown>).field]).toEqual([400, 'source_account_number']);
  const current = connect({ baseUrl: `${bank.url}/v1`, accountType: 'current_account' });
  expect(current).not.toHaveProperty('validation');
  // a Lite connector at such an account: about us, and nothing was done
  const wrong = connect({ baseUrl: `${bank.url}/v1` });
  expect(await validate(instruct('0000'), wrong)).toMatchObject({ kind: 'unknown', sent: false });
  await Promise.all([current.close(), wrong.close()]);
  await bank.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

it('a restart keeps what was answered, and ends what was open', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-validations-'));
  const start = (slowMs: number): Promise<Sandbox> =>
    startSandbox({
      host: '127.0.0.1',
      port: 0,
      dir: folder,
      ...KEYS,
      callbackUrl: 'http://127.0.0.1:9/none',
      openingBalancePaise: 0n,
      delayMs: 0,
      slowMs,
    });
  const first = await start(600_000);
  const before = connect({ baseUrl: `${first.url}/v1` });
  const instruction = instruct('2222');
  const begun = await validate(instruction, before);
  await before.close();
  await first.close();
  const second = await start(0);
  const after = connect({ baseUrl: `${second.url}/v1` });
  const { ourReference } = instruction;
  const answer = await until(async () => {
    const found = await after.validation!.inquire!({ ourReference });
    return found.kind === 'valid' ? found : undefined;
  }, 'the end after a restart');
  expect(answer.providerReference).toBe(begun.providerReference);
  await after.close();
  await second.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

it('P7 no name and no account number is in the API log', async () => {
  const noted: unknown[] = [];
  const own = connect({ callLog: { note: (entry) => noted.push(entry) } });
  const instruction = { ...instruct('0000'), ourReference: randomUUID().replaceAll('-', '').slice(0, 20) };
  const begun = await validate(instruction, own);
  await until(async () => {
    const answer = await own.validation!.inquire!({
      ourReference: instruction.ourReference,
      providerReference: begun.providerReference!,
    });
    return answer.kind === 'valid' ? answer : undefined;
  }, 'valid');
  const text = JSON.stringify(noted);
  expect(text).toContain('/fund_accounts/validations/{id}');
  const { account } = instruction.beneficiary;
  for (const secret of ['Test Beneficiary', account.kind === 'bank' ? account.accountNumber : ''])
    expect(text).not.toContain(secret);
  await own.close();
});
