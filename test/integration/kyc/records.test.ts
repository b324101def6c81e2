/** What a user fills in: sealed, complete before it is handed in, and unchanged after. */
import { PROVIDER } from '../../support/scripted-connector';
import { DETAILS, fillIn, handIn, scan } from '../../support/kyc';
import { useWorld } from '../../support/use-world';
import { execute, rows, sqlState } from '../../../platform/database';
import type {
  ValidationAnswer,
  ValidationCalls,
  ValidationInstruction,
} from '../../../domain/validations/port';
import type { World } from '../../support/world';

const here = useWorld(() => ({ start: '2026-12-01T06:30:00.000Z' }));
let world: World;
beforeEach(() => {
  ({ world } = here);
});

const code = (error: unknown): string => (error as { code?: string }).code ?? String(error);
const refusal = (work: Promise<unknown>): Promise<string> => work.then(() => 'taken', code);
const kyc = () => world.first.kyc;
const me = () => here.user.userId;
const addScan = (kind = 'pan_card', bytes = scan()) => world.first.kycDocuments.add(me(), { kind, bytes });

describe('details', () => {
  test('are sealed, and shown by their masks alone', async () => {
    expect(await kyc().read(me())).toMatchObject({ tier: null, record: null, documents: [], missing: [] });
    const { record } = await kyc().save(me(), {
      ...DETAILS,
      pan: 'AAPFU0939F',
      gstin: '27AAPFU0939F1ZV',
      holder: 'business',
    });
    expect(record).toMatchObject({
      state: 'draft',
      version: 1,
      panHint: 'XXXXX0939X',
      gstinHint: '27XXXXX0939X1ZV',
      aadhaarLast4: '7058',
    });
    const [row] = await rows<{ text: string }>(world.knex, 'select r::text as text from kyc_records r');
    for (const secret of ['Planted', 'AAPFU0939F', '1990-12-31']) expect(row!.text).not.toContain(secret);
  });

  test('saving takes away what is left out, and two at once make one draft', async () => {
    await Promise.all(Array.from({ length: 8 }, () => kyc().save(me(), DETAILS)));
    const { record, missing } = await kyc().save(me(), {
      tier: 'small',
      holder: 'individual',
      name: 'Planted Other',
    });
    expect(record).toMatchObject({ panHint: null, bornSealed: null, aadhaarLast4: null });
    expect(missing.toSorted()).toEqual([
      'address',
      'consent:kyc',
      'document:address_proof',
      'document:pan_card',
      'pan',
    ]);
    const [count] = await rows<{ n: number }>(world.knex, 'select count(*)::int4 as n from kyc_records');
    expect(count!.n).toBe(1);
  });

  test.each([
    [{ pan: 'ABCDE1234F' }, 'KYC_PAN_MISMATCH'],
    [{ pan: 'AAACB1234C' }, 'KYC_PAN_MISMATCH'], // a company's, for a person
    [{ holder: 'business', pan: 'AAACB1234C' }, 'taken'],
    [{ gstin: '27AAPFU0939F1ZX' }, 'KYC_PAN_MISMATCH'],
    [{ gstin: '27AAPFU0939F1ZV' }, 'KYC_PAN_MISMATCH'], // of another PAN
    [{ holder: 'business', pan: 'AAPFU0939F', gstin: '27AAPFU0939F1ZV' }, 'taken'],
  ] as const)('%j: %s', async (over, said) => {
    expect(await refusal(kyc().save(me(), { ...DETAILS, ...over }))).toBe(said);
  });
});

describe('documents', () => {
  test('leave sealed, open again, and the same file is the same document', async () => {
    await kyc().save(me(), DETAILS);
    const bytes = scan('Planted');
    const first = await addScan('pan_card', bytes);
    expect(await addScan('pan_card', bytes)).toEqual(first);
    expect((await addScan('address_proof', bytes)).id).not.toBe(first.id);
    expect(world.blobs.held.size).toBe(2);
    for (const blob of world.blobs.held.values()) expect(blob.includes('Planted')).toBe(false);
    const opened = await world.first.kycDocuments.open(first.id);
    expect(opened).toMatchObject({ type: 'application/pdf' });
    expect(opened.bytes.equals(bytes)).toBe(true);
  });

  test('one that was changed, lost or put in the place of another does not open', async () => {
    await kyc().save(me(), DETAILS);
    const [one, two] = [await addScan(), await addScan()];
    const { held } = world.blobs;
    const good = held.get(`kyc/${one.id}`)!;
    const bad = Buffer.from(good);
    bad[20]! ^= 1;
    for (const blob of [bad, held.get(`kyc/${two.id}`)!, good.subarray(0, 10), Buffer.alloc(0)]) {
      held.set(`kyc/${one.id}`, blob);
      expect(await refusal(world.first.kycDocuments.open(one.id))).toBe('INTERNAL_ERROR');
    }
    held.delete(`kyc/${one.id}`);
    expect(await refusal(world.first.kycDocuments.open(one.id))).toBe('INTERNAL_ERROR');
    expect(await refusal(world.first.kycDocuments.open(here.user.walletId))).toBe('KYC_DOCUMENT_NOT_FOUND');
  });

  test('a storage that is away loses nothing: the same file is sent again', async () => {
    await kyc().save(me(), DETAILS);
    world.blobs.isAway = true;
    const bytes = scan();
    expect(await refusal(addScan('pan_card', bytes))).toBe('SERVICE_UNAVAILABLE');
    expect((await kyc().read(me())).documents).toEqual([]);
    world.blobs.isAway = false;
    const { id } = await addScan('pan_card', bytes);
    expect((await world.first.kycDocuments.open(id)).bytes.equals(bytes)).toBe(true);
  });

  test('twenty-one at once: twenty are taken', async () => {
    await kyc().save(me(), DETAILS);
    const said = await Promise.all(Array.from({ length: 21 }, () => refusal(addScan())));
    expect(said.toSorted()).toEqual(['KYC_DOCUMENTS_FULL', ...Array.from({ length: 20 }, () => 'taken')]);
  });

  test('belong to a draft', async () => {
    expect(await refusal(addScan())).toBe('KYC_RECORD_NOT_FOUND');
    await handIn(world.first, me());
    expect(await refusal(addScan())).toBe('KYC_RECORD_SUBMITTED');
    expect(await refusal(addScan('selfie_of_a_cat'))).toBe('REQUEST_FIELD_INVALID');
  });
});

describe('handing in', () => {
  test('says what is missing, and then stays as it was', async () => {
    expect(await refusal(kyc().submit(me()))).toBe('KYC_RECORD_NOT_FOUND');
    await kyc().save(me(), DETAILS);
    expect(await refusal(kyc().submit(me()))).toBe('KYC_RECORD_INCOMPLETE');
    await fillIn(world.first, me());
    const { record, missing } = await kyc().submit(me());
    expect([record!.state, missing]).toEqual(['submitted', []]);
    expect((await kyc().submit(me())).record).toEqual(record);
    expect(await refusal(kyc().save(me(), DETAILS))).toBe('KYC_RECORD_SUBMITTED');
  });

  test('a consent that was taken back is missing again', async () => {
    await fillIn(world.first, me());
    await world.first.consents.withdraw(me(), 'kyc');
    expect((await kyc().read(me())).missing).toEqual(['consent:kyc']);
    expect(await refusal(world.first.consents.withdraw(me(), 'kyc'))).toBe('CONSENT_NOT_FOUND');
  });

  test('nothing that nobody looked at is handed in', async () => {
    await fillIn(world.first, me());
    world.points.kyc = async () => {
      delete world.points.kyc;
      await kyc().save(me(), { ...DETAILS, name: 'Planted Stranger' });
    };
    expect(await refusal(kyc().submit(me()))).toBe('KYC_RECORD_SUBMITTED');
    expect((await kyc().read(me())).record).toMatchObject({ state: 'draft', version: 2 });
  });

  test('many at once: one is handed in', async () => {
    await fillIn(world.first, me());
    const said = await Promise.all(Array.from({ length: 8 }, () => refusal(kyc().submit(me()))));
    expect(said).toContain('taken');
    const [count] = await rows<{ n: number }>(
      world.knex,
      "select count(*)::int4 as n from audit_log where action = 'kyc.submit'",
    );
    expect(count!.n).toBe(1);
  });

  test.each([
    ["set tier = 'full'", '23514'],
    ["set aadhaar_last4 = '0000'", '23514'],
    ["set state = 'approved'", '23514'],
    ["set state = 'returned'", '23514'],
  ])('the database refuses: %s', async (set) => {
    await handIn(world.first, me());
    const error = await execute(world.knex, `update kyc_records ${set}`, []).catch(
      (failed: unknown) => failed,
    );
    expect(sqlState(error)).toMatch(/^(?:23514|23502|P0001|42501)$/);
    const deletion = await execute(world.knex, 'delete from kyc_records', []).catch(
      (failed: unknown) => failed,
    );
    expect(sqlState(deletion)).toBeDefined();
  });
});

describe('a bank account', () => {
  const asked: ValidationInstruction[] = [];
  let answer: Partial<ValidationAnswer>;
  const ACCOUNT = { accountNumber: '000111220000', ifsc: 'HDFC0000053' };
  const check = (over: Partial<typeof ACCOUNT> = {}) =>
    world.first.kycAccounts.check(me(), { ...ACCOUNT, ...over });

  beforeEach(async () => {
    asked.length = 0;
    answer = { kind: 'valid', registeredName: 'PLANTED RETAILER' };
    const validation: ValidationCalls = {
      kinds: ['bank'],
      validate: (instruction) => {
        asked.push(instruction);
        const providerReference = `fav_${asked.length}`;
        return Promise.resolve({
          kind: 'valid',
          sent: true,
          rawStatus: 'done',
          providerReference,
          ...answer,
        });
      },
    };
    Object.assign(world.connector, { validation });
    await kyc().save(me(), DETAILS);
  });

  test('is asked for with a consent alone', async () => {
    expect(await refusal(check())).toBe('KYC_CONSENT_MISSING');
    await world.first.consents.give(me(), { purpose: 'bank_account', version: 1, language: 'hi' });
    expect(await check()).toEqual({ state: 'valid', nameScore: 100, nameAtBank: 'PLANTED RETAILER' });
    expect(asked).toMatchObject([{ method: 'penny_drop', beneficiary: { name: 'Planted Retailer' } }]);
    expect((await kyc().read(me())).account).toMatchObject({ state: 'valid', nameScore: 100 });
    expect(PROVIDER).toBe(world.connector.name);
  });

  test('a name that is spelt another way is a score, and no refusal', async () => {
    await world.first.consents.give(me(), { purpose: 'bank_account', version: 1, language: 'en' });
    answer = { registeredName: 'SOMEBODY ELSE' };
    expect(await check()).toMatchObject({ state: 'valid', nameScore: 0 });
    answer = { kind: 'invalid', registeredName: undefined };
    expect(await check({ accountNumber: '000111223333' })).toMatchObject({
      state: 'invalid',
      nameScore: null,
    });
    answer = { kind: 'pending', registeredName: undefined };
    expect(await check({ accountNumber: '000111224444' })).toMatchObject({ state: 'checking' });
  });

  test('the same account is asked about once, three accounts a day, and a new day begins anew', async () => {
    await world.first.consents.give(me(), { purpose: 'bank_account', version: 1, language: 'en' });
    for (let i = 0; i < 5; i += 1) await check();
    expect(asked).toHaveLength(1);
    const numbers = Array.from({ length: 10 }, (_, i) => `00011122000${i}`);
    const said = await Promise.all(numbers.map((accountNumber) => refusal(check({ accountNumber }))));
    expect(said.filter((one) => one === 'taken')).toHaveLength(3); // 000111220000 is one of the ten
    expect(asked).toHaveLength(3);
    world.clock.advance(86_400_000);
    expect(await refusal(check({ accountNumber: '000111229999' }))).toBe('taken');
  });

  test('another name needs another look, and what was handed in keeps its score', async () => {
    await world.first.consents.give(me(), { purpose: 'bank_account', version: 1, language: 'en' });
    await check();
    await kyc().save(me(), { ...DETAILS, name: 'Planted Other' });
    expect((await kyc().read(me())).account).toBeNull();
    await kyc().save(me(), DETAILS);
    await check();
    await fillIn(world.first, me());
    expect((await kyc().submit(me())).record).toMatchObject({ nameScore: 100 });
    expect(await refusal(check())).toBe('KYC_RECORD_SUBMITTED');
  });
});

describe('consents', () => {
  const give = (over: object = {}) =>
    world.first.consents.give(me(), { purpose: 'kyc', version: 1, language: 'en', ...over });

  test('are given once to the words in force, and the register keeps those that were withdrawn', async () => {
    const words = await world.first.consents.words();
    expect(words.map(({ purpose, language }) => `${purpose} ${language}`)).toEqual([
      'bank_account en',
      'bank_account hi',
      'kyc en',
      'kyc hi',
    ]);
    expect(await refusal(give({ version: 2 }))).toBe('CONSENT_WORDS_UNKNOWN');
    expect(await refusal(give({ purpose: 'marketing' }))).toBe('CONSENT_WORDS_UNKNOWN');
    await Promise.all(Array.from({ length: 5 }, () => give()));
    world.clock.advance(1_000);
    await world.first.consents.withdraw(me(), 'kyc');
    world.clock.advance(1_000);
    await give({ manager: { name: 'manager-1', reference: 'consent-7' } });
    expect(await world.first.consents.list(me())).toMatchObject([
      { withdrawnAt: null, manager: 'manager-1', managerReference: 'consent-7' },
      { withdrawnAt: new Date('2026-12-01T06:30:01.000Z'), manager: null },
    ]);
  });

  test('newer words take the place of the older when they are agreed to', async () => {
    await give();
    await execute(
      world.knex,
      "insert into consent_texts values ('kyc', 2, 'en', '2026-12-01', 'Newer words')",
      [],
    );
    await give({ version: 2 });
    const consents = await world.first.consents.list(me());
    expect(consents.map(({ version, withdrawnAt }) => [version, withdrawnAt === null])).toEqual(
      expect.arrayContaining([
        [2, true],
        [1, false],
      ]),
    );
  });
});
