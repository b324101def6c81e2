import type {
  ValidationAnswer,
  ValidationInstruction,
  ValidationMethod,
} from '../../../domain/validations/port';
import { newAccount } from '../../support/eko-connected';
import { another, connector, useEkoSandbox } from '../../support/eko-sandbox-connector';
import { freshReference } from '../../support/references';

useEkoSandbox();

const instruct = (method: ValidationMethod, ending: string, ifsc = 'SBIN0007515'): ValidationInstruction => ({
  ourReference: freshReference(),
  method,
  beneficiary: {
    id: 'b',
    name: 'Test Beneficiary',
    account: { kind: 'bank', accountNumber: newAccount(ending), ifsc },
  },
});
const validate = (instruction: ValidationInstruction): Promise<ValidationAnswer> =>
  connector.validation!.validate(instruction);

describe('without a rupee', () => {
  it('an account that exists is valid, with the name that the bank has', async () => {
    for (const method of ['either', 'penniless'] as const)
      expect(await validate(instruct(method, '0000'))).toEqual({
        kind: 'valid',
        sent: true,
        rawStatus: 'success',
        registeredName: 'Test Account Holder',
      });
  });

  it('what is not published stays unknown', async () => {
    expect(await validate(instruct('penniless', '1111'))).toMatchObject({ kind: 'unknown', sent: true });
  });
});

describe('with a rupee', () => {
  it.each([
    ['0000', 'SBIN0007515', 'valid', undefined],
    ['1111', 'SBIN0007515', 'invalid', 'invalid_account'],
    ['0000', 'DEUT0000001', 'failed', 'bank_not_supported'],
  ])('%s at %s is %s', async (ending, ifsc, kind, reason) => {
    const answer = await validate(instruct('penny_drop', ending, ifsc));
    expect(answer.kind).toBe(kind);
    expect(answer.rawReason).toBe(reason);
    expect(answer.utr ?? '').toMatch(kind === 'valid' ? /^\d{12}$/ : /^$/);
  });

  it('an account number with a leading zero keeps it', async () => {
    const zero = instruct('penny_drop', '0000');
    const account = { kind: 'bank' as const, accountNumber: '0012345670000', ifsc: 'SBIN0007515' };
    expect(await validate({ ...zero, beneficiary: { ...zero.beneficiary, account } })).toMatchObject({
      kind: 'valid',
    });
  });
});

it('no answer is unknown, and there is no inquiry', async () => {
  const impatient = another({ timeouts: { connectMs: 10_000, totalMs: 500 } });
  for (const method of ['penniless', 'penny_drop'] as const)
    expect(await impatient.validation!.validate(instruct(method, '5555'))).toMatchObject({
      kind: 'unknown',
      sent: true,
      rawStatus: '<timeout>',
    });
  expect(connector.validation).not.toHaveProperty('inquire');
});

it('what the contract cannot express is refused, and not sent', async () => {
  const vpa = { kind: 'vpa' as const, address: 'test@exampleupi' };
  const instruction = instruct('either', '0000');
  expect(
    await validate({ ...instruction, beneficiary: { ...instruction.beneficiary, account: vpa } }),
  ).toEqual({
    kind: 'refused',
    sent: false,
    rawStatus: '<request not sendable>',
  });
  expect(connector.validation!.kinds).toEqual(['bank']);
});
