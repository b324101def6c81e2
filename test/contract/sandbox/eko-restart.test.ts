/**
 * Eko's book: what survives a restart and a kill during a write, what it never contains, and the report of a
 * day.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  AADHAAR_BLOCK,
  ACCESS_KEY,
  activeSender,
  byReference,
  createEkoClient,
  DEVELOPER_KEY,
  INITIATOR,
  LATLONG,
  newMobile,
  newRecipient,
  newReference,
  PID_BLOCK,
  startEkoSandbox,
  summaryOf,
  transfer,
  USER_CODE,
  type EkoSandbox,
  type Json,
} from '../../support/eko-sandbox';
import { createLog, type Log } from '../../../platform/logger';
import { compileSandbox, sandboxEnvironment, spawnSandbox, type SandboxProcess } from '../../support/sandbox';
import { until } from '../../support/until';

let t: EkoSandbox;
let lines: string[];
beforeEach(async () => {
  lines = [];
  const log: Log = createLog({
    process: 'sandbox',
    level: 'debug',
    destination: {
      write: (line: string) => {
        lines.push(line);
      },
    },
  });
  t = await startEkoSandbox({ slowMs: 400, log });
});
afterEach(async () => {
  await t.close();
});

const BILL = {
  phone_operator_code: '159',
  utility_acc_no: '7654320000',
  confirmation_mobile_no: '9903457748',
  sender_name: 'Test',
  category: 1,
  amount: 500,
  source_ip: '10.0.0.1',
};
const withdraw = (ref: string, mobile = newMobile()) =>
  t.client.call('POST', `/customer/collection/aeps-fingpay/cash-withdrawl/${mobile}`, {
    client_ref_id: ref,
    bank_code: 'HDFC',
    aadhar: AADHAAR_BLOCK,
    piddata: PID_BLOCK,
    latlong: LATLONG,
    amount: 3_000,
  });
const EKO_ENVIRONMENT = {
  MUNIM_EKO_DEVELOPER_KEY: DEVELOPER_KEY,
  MUNIM_EKO_ACCESS_KEY: ACCESS_KEY,
  MUNIM_EKO_INITIATOR_ID: INITIATOR,
  MUNIM_EKO_USER_CODE: USER_CODE,
};
const bookFile = (): string => fs.readFileSync(path.join(t.dir, 'eko.jsonl'), 'utf8');

/** The setting is noted in the book, so it survives a restart. */
const setSlowDelay = (ms: number) =>
  fetch(`${t.sandbox.url}/__sandbox/settings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ slow_ms: ms }),
  });

it('goes on after a restart: people, limits, references, OTPs, open steps, owed callbacks', async () => {
  const sender = await activeSender(t.client);
  const { id } = await newRecipient(t.client, sender);
  const slow = await newRecipient(t.client, sender, '3333');
  const reversed = await newRecipient(t.client, sender, '4444');
  await t.client.control('POST', '/agents', { user_code: USER_CODE, aeps: 'ready' });
  await setSlowDelay(3_600_000); // so that the slow steps stay open until they are wanted
  t.receiver.answer = () => 500; // callbacks sent from now on stay owed
  const [done, late, back, cash] = [newReference(), newReference(), newReference(), newReference()];
  await transfer(t.client, { customer_id: sender, recipient_id: id, amount: 5_000, client_ref_id: done });
  await transfer(t.client, { customer_id: sender, recipient_id: slow.id, amount: 100, client_ref_id: late });
  await transfer(t.client, {
    customer_id: sender,
    recipient_id: reversed.id,
    amount: 100,
    client_ref_id: back,
  });
  await withdraw(cash);
  const open = (
    await t.client.call('POST', '/customer/payment/dmt-fino/otp', {
      customer_id: sender,
      recipient_id: id,
      amount: 700,
    })
  ).body.data.otp_ref_id;
  const otp = await t.client.otpOf(open);
  const before = await summaryOf(t.client);

  await t.restart();
  t.receiver.answer = () => 200;
  t.receiver.received.length = 0;
  const after = await summaryOf(t.client);
  expect({ ...after, services: 0 }).toEqual({ ...before, services: 0 });
  expect((await byReference(t.client, done)).body.data).toMatchObject({
    tx_status: '0',
    client_ref_id: done,
  });
  expect((await t.client.call('GET', `/customer/payment/dmt-fino/sender/${sender}`)).body.data).toMatchObject(
    { next_allowed_limit: 19_800 },
  );
  const pay = (ref: string) =>
    t.client.call('POST', '/customer/payment/dmt-fino', {
      customer_id: sender,
      recipient_id: id,
      amount: 700,
      client_ref_id: ref,
      otp,
      otp_ref_id: open,
    });
  expect((await pay(done)).body).toMatchObject({
    status: 461,
    invalid_params: { client_ref_id: expect.any(String) },
  });
  expect((await pay(newReference())).body.status).toBe(0); // an OTP from before the restart
  expect((await pay(newReference())).body.data.reason).toBe('OTP already Consumed');
  expect((await withdraw(newReference())).body.response_type_id).toBe(1463); // the daily KYC is remembered
  await setSlowDelay(1);
  await t.restart();
  await until(
    () => byReference(t.client, late),
    ({ body }) => body.data.tx_status === '3',
  );
  await until(
    () => byReference(t.client, back),
    ({ body }) => body.data.tx_status === '4',
  );
  await until(
    () => t.receiver.received.map((c) => `${String(c.client_ref_id)} ${String(c.tx_status)}`),
    (seen) => [`${done} 0`, `${late} 3`, `${back} 0`, `${back} 4`].every((told) => seen.includes(told)),
  );

  await t.restart();
  expect((await pay(newReference())).body.data.reason).toBe('OTP already Consumed');
  await until(
    async () => (await t.client.control('GET', '/webhooks')).body.pending,
    (pending) => pending === 0,
  );
});

it('cuts a line that a kill tore, and refuses the book of another initiator', async () => {
  const ref = newReference();
  await t.client.call('POST', '/customer/payment/bbps', { ...BILL, client_ref_id: ref });
  await t.client.close();
  await t.sandbox.close();
  fs.appendFileSync(path.join(t.dir, 'eko.jsonl'), '{"t":"txn","n":99,"ref":"torn');
  await t.restart();
  expect((await byReference(t.client, ref)).body.data).toMatchObject({ tx_status: '0' });
  expect(
    (await t.client.call('POST', '/customer/payment/bbps', { ...BILL, client_ref_id: newReference() })).body
      .status,
  ).toBe(0);
  expect(bookFile()).not.toContain('torn');
  expect(fs.statSync(path.join(t.dir, 'eko.jsonl')).mode & 0o777).toBe(0o600);
  const opened = bookFile().replace(INITIATOR, '9000000000');
  await t.sandbox.close();
  fs.writeFileSync(path.join(t.dir, 'eko.jsonl'), opened);
  await expect(t.restart()).rejects.toThrow(/belongs to another initiator/);
  fs.writeFileSync(path.join(t.dir, 'eko.jsonl'), opened.replace('9000000000', INITIATOR));
  await t.restart();
});

it('holds no Aadhaar number, PID block, OTP, date of birth or address, and the log holds no person at all', async () => {
  await t.client.control('POST', '/settings', { otp: '98765432' });
  const mobile = newMobile();
  const at = `/customer/payment/dmt-fino/sender/${mobile}`;
  await t.client.call('POST', at, {
    name: 'Planted Sender',
    dob: '1977-07-17',
    residence_address: JSON.stringify({
      line: 'planted street',
      city: 'plantedcity',
      state: 'x',
      pincode: '452001',
    }),
  });
  const started = await t.client.call('PUT', `${at}/otp`, { aadhar: AADHAAR_BLOCK, piddata: PID_BLOCK });
  await t.client.call('PUT', `${at}/otp/verify`, {
    otp: '98765432',
    otp_ref_id: started.body.data.otp_ref_id,
    kyc_request_id: started.body.data.kyc_request_id,
  });
  const { id } = await newRecipient(t.client, mobile);
  expect(
    (
      await transfer(t.client, {
        customer_id: mobile,
        recipient_id: id,
        amount: 100,
        client_ref_id: newReference(),
      })
    ).body.status,
  ).toBe(0);
  await t.client.control('POST', '/agents', { user_code: USER_CODE, aeps: 'ready' });
  expect((await withdraw(newReference())).body.status).toBe(0);
  await withdraw('x'.repeat(30));
  await t.client.call('PUT', `${at}/otp`, { aadhar: '234567890124', piddata: PID_BLOCK });
  await t.client.call('POST', '/user/network/eps-agent', {
    pan_number: 'ABCPE1234F',
    mobile: '9876500001',
    first_name: 'Plantedfirst',
    last_name: 'Plantedlast',
    email: 'planted@example.com',
    residence_address: { line: 'planted street' },
    dob: '1977-07-17',
    shop_name: 'Test Store',
  });
  for (const text of [bookFile(), lines.join('\n')]) {
    for (const secret of [
      AADHAAR_BLOCK,
      AADHAAR_BLOCK.slice(0, 40),
      'planted-biometrics',
      'planted-certificate',
      'PidData',
      '98765432',
      '234567890124',
      '1977-07-17',
      'planted street',
      'plantedcity',
      'ABCPE1234F',
      'planted@example.com',
      'Plantedfirst',
    ]) {
      expect(text).not.toContain(secret);
    }
  }
  for (const person of [mobile, 'Planted Sender', '38000']) expect(lines.join('\n')).not.toContain(person);
});

it('reports a day as CSV that agrees with the book, and breaks it on order', async () => {
  const sender = await activeSender(t.client);
  const { id } = await newRecipient(t.client, sender);
  await t.client.control('POST', '/agents', { user_code: USER_CODE, aeps: 'ready' });
  const refs = [newReference(), newReference(), newReference(), newReference()] as const;
  const sent = await transfer(t.client, {
    customer_id: sender,
    recipient_id: id,
    amount: 2_000,
    client_ref_id: refs[0],
  });
  await t.client.call('POST', '/customer/payment/bbps', { ...BILL, client_ref_id: refs[1] });
  await t.client.call('POST', '/customer/payment/bbps', {
    ...BILL,
    utility_acc_no: '7654321111',
    client_ref_id: refs[2],
  });
  await withdraw(refs[3]);
  const day = new Date(Date.now() + 19_800_000).toISOString().slice(0, 10).replaceAll('-', '');
  const rowsOf = async (date = day): Promise<string[][]> =>
    (await t.client.control('GET', `/reports/eko_txn_${date}.csv`)).text
      .trimEnd()
      .split('\n')
      .map((line) => line.split(','));
  const [head, ...rows] = await rowsOf();
  expect(head!.join()).toBe(
    'tid,client_ref_id,service,user_code,amount,fee,gst,commission,tds,tx_status,txstatus_desc,bank_ref_num,timestamp',
  );
  expect(rows[0]).toEqual([
    sent.body.data.tid,
    refs[0],
    'dmt',
    USER_CODE,
    '2000.00',
    '20.00',
    '3.05',
    '11.35',
    '0.23',
    '0',
    'Success',
    sent.body.data.bank_ref_num,
    expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
  ]);
  expect(rows.map((row) => [row[1], row[2], row[9]])).toEqual([
    [refs[0], 'dmt', '0'],
    [refs[1], 'bbps', '0'],
    [refs[2], 'bbps', '1'],
    [refs[3], 'aeps_withdrawal', '0'],
  ]);
  const book = (await summaryOf(t.client)).services as Record<
    string,
    Record<string, { count: number; amount_paise: number; commission_paise: number }>
  >;
  for (const service of ['dmt', 'bbps', 'aeps_withdrawal']) {
    const ok = rows.filter((row) => row[2] === service && row[9] === '0');
    expect(book[service]!['0']).toMatchObject({
      count: ok.length,
      amount_paise: ok.reduce((sum, row) => sum + Math.round(Number(row[4]) * 100), 0),
      commission_paise: ok.reduce((sum, row) => sum + Math.round(Number(row[7]) * 100), 0),
    });
  }
  expect(await rowsOf('20200101')).toHaveLength(1);
  expect((await t.client.control('GET', '/reports/other.csv')).http).toBe(400);

  await t.client.control('POST', '/report-breaks', { client_ref_id: refs[0], break: 'amount' });
  await t.client.control('POST', '/report-breaks', { client_ref_id: refs[1], break: 'missing' });
  await t.client.control('POST', '/report-breaks', { client_ref_id: refs[3], break: 'status' });
  const broken = (await rowsOf()).slice(1);
  expect(broken.map((row) => [row[1], row[4], row[9]])).toEqual([
    [refs[0], '2001.00', '0'],
    [refs[2], '500.00', '1'],
    [refs[3], '3000.00', '1'],
  ]);
  expect((await t.client.control('DELETE', '/report-breaks')).body).toEqual({ removed: 3 });
  expect((await rowsOf()).slice(1)).toEqual(rows);
  const listed = (await t.client.control('GET', `/book/transactions?client_ref_ids=${refs.join()}`)).body
    .items as Json[];
  expect(listed.map((item) => item.client_ref_id)).toEqual([...refs]);
  for (const query of ['limit=0', 'client_ref_ids=', 'colour=red', 'after=x'])
    expect((await t.client.control('GET', `/book/transactions?${query}`)).http).toBe(400);
});

describe('as a process of its own', () => {
  let root: string;
  let main: string;
  const running: SandboxProcess[] = [];
  const run = async (env: Record<string, string>): Promise<SandboxProcess> => {
    const sandbox = await spawnSandbox(main, env);
    running.push(sandbox);
    return sandbox;
  };
  beforeAll(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-sandbox-eko-process-'));
    main = compileSandbox(root);
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((sandbox) => sandbox.kill('SIGKILL')));
  });
  afterAll(() => {
    fs.rmSync(root, { recursive: true, force: true });
  });

  it('killed under load it forgets nothing that it answered, and does nothing twice', async () => {
    const dir = path.join(root, 'book');
    const env = {
      ...sandboxEnvironment(dir, 'http://127.0.0.1:9/nowhere'),
      ...EKO_ENVIRONMENT,
      MUNIM_SANDBOX_EKO_CALLBACK_URL: t.receiver.url,
    };
    const answered: { ref: string; tid: string }[] = [];
    for (let round = 0; round < 2; round += 1) {
      const sandbox = await run(env);
      const client = createEkoClient(sandbox.url);
      const goal = answered.length + 120;
      const caller = async (): Promise<void> => {
        for (;;) {
          const ref = newReference();
          const answer = await client
            .call('POST', '/customer/payment/bbps', { ...BILL, client_ref_id: ref }, { timeoutMs: 2_000 })
            .catch(() => undefined);
          if (answer === undefined) return;
          answered.push({ ref, tid: answer.body.data.tid! });
        }
      };
      const callers = Promise.all(Array.from({ length: 8 }, caller));
      await until(
        () => answered.length,
        (n) => n >= goal,
      );
      await sandbox.kill('SIGKILL');
      await callers;
      await client.close();
    }
    const sandbox = await run(env);
    const client = createEkoClient(sandbox.url);
    for (const { ref, tid } of answered)
      expect((await byReference(client, ref)).body.data).toMatchObject({
        tid,
        tx_status: '0',
        client_ref_id: ref,
      });
    for (const { ref } of answered.slice(0, 20))
      expect(
        (await client.call('POST', '/customer/payment/bbps', { ...BILL, client_ref_id: ref })).body.status,
      ).toBe(461);
    const book = await summaryOf(client);
    expect(book.debits_paise).toBe(Number(book.transactions) * 49_929);
    expect(Number(book.transactions)).toBeGreaterThanOrEqual(answered.length);
    expect(sandbox.output()).not.toMatch(/7654320000|9903457748/);
    await client.close();
    expect(await sandbox.kill('SIGTERM')).toBe(0);
  });

  it('killed it keeps the settings that were changed, the one OTP too, whose digits are in no file', async () => {
    const dir = path.join(root, 'settings');
    const env = {
      ...sandboxEnvironment(dir, 'http://127.0.0.1:9/nowhere'),
      ...EKO_ENVIRONMENT,
      MUNIM_SANDBOX_EKO_CALLBACK_URL: t.receiver.url,
    };
    const first = await run(env);
    const before = createEkoClient(first.url);
    const { body: defaults } = await before.control('GET', '/settings');
    await before.control('POST', '/settings', { otp: '40719265', recipient_limit_paise: 300_000 });
    const { body: changed } = await before.control('POST', '/settings', { otp_ttl_ms: 600_000 });
    expect(changed).toEqual({
      ...defaults,
      otp: '40719265',
      otp_ttl_ms: 600_000,
      recipient_limit_paise: 300_000,
    });
    const sender = await activeSender(before);
    const { id } = await newRecipient(before, sender);
    const {
      body: { data: sent },
    } = await before.call('POST', '/customer/payment/dmt-fino/otp', {
      customer_id: sender,
      recipient_id: id,
      amount: 2_000,
    });
    await before.close();
    await first.kill('SIGKILL');
    for (const file of fs.readdirSync(dir))
      expect(fs.readFileSync(path.join(dir, file), 'utf8')).not.toContain('40719265');

    const second = await run(env);
    const after = createEkoClient(second.url);
    expect((await after.control('GET', '/settings')).body).toEqual(changed);
    const paid = await after.call('POST', '/customer/payment/dmt-fino', {
      customer_id: sender,
      recipient_id: id,
      amount: 2_000,
      client_ref_id: newReference(),
      otp: '40719265',
      otp_ref_id: sent.otp_ref_id,
    });
    expect(paid.body.data).toMatchObject({ tx_status: '0' });
    expect(
      (
        await after.call('POST', '/customer/payment/dmt-fino/otp', {
          customer_id: sender,
          recipient_id: id,
          amount: 2_000,
        })
      ).body.status,
    ).toBe(945); // the recipient's limit
    await after.control('POST', '/settings', { otp: null });
    await after.close();
    await second.kill('SIGKILL');

    const third = await run(env);
    const last = createEkoClient(third.url);
    expect((await last.control('GET', '/settings')).body).toEqual({ ...changed, otp: null });
    await last.close();
  });
});
