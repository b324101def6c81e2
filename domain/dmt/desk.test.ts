import { transactionId } from '../ids/ids';
import { answered, shownCode } from '../provider/desk';
import { createDesk } from './desk';
import { registryOf } from '../../providers/registry';
import { createScriptedConnector } from '../../test/support/scripted-connector';
import { createScriptedDmt, deskRefused, deskUnknown } from '../../test/support/scripted-dmt';
import { fixedPolicies } from '../../test/support/fixed-policies';

const deskOf = (...connectors: Parameters<typeof registryOf>[0]) =>
  createDesk({ providers: registryOf(connectors), policies: fixedPolicies(), provider: 'eko' });

describe('the desk', () => {
  it('has the calls of its provider, with the limits of its policy', () => {
    const eko = createScriptedDmt();
    expect(deskOf(eko).calls()).toBe(eko.dmt);
    expect(deskOf(eko).options({ transactionId: transactionId('t1') })).toEqual({
      timeouts: { connectMs: 4_000, totalMs: 30_000 },
      transactionId: 't1',
    });
  });

  it('is closed where the provider is not configured, or sends no money', () => {
    for (const desk of [deskOf(), deskOf({ ...createScriptedConnector(), name: 'eko' })])
      expect(() => desk.calls()).toThrow(expect.objectContaining({ code: 'PROVIDER_UNAVAILABLE' }));
  });

  it('gives the value of an answer, or an error with a code that carries nothing of what was asked', async () => {
    expect(await answered(Promise.resolve({ ok: true, value: 7 }))).toBe(7);
    await expect(answered(Promise.resolve(deskRefused('36')))).rejects.toMatchObject({
      code: 'DMT_REFUSED',
      detail: expect.stringContaining('(36)'),
    });
    await expect(answered(Promise.resolve({ ...deskUnknown(), retryAfterMs: 4_001 }))).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      retryAfterS: 5,
    });
    const error: unknown = await answered(Promise.reject(new Error('aadhaar 999941057058'))).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', cause: undefined });
    expect(JSON.stringify([(error as Error).message, (error as Error).stack])).not.toContain('999941057058');
  });

  it.each([
    ['36', '36'],
    ['otp_wrong', 'otp_wrong'],
    ['<timeout>', '<timeout>'],
    ['status 1', 'status 1'],
    ['id 9876543210', 'id [digits:10]'],
    ['नाम', 'no code'],
    ['a sentence, with a comma', 'no code'],
    ['x'.repeat(61), 'no code'],
    ['', 'no code'],
  ])('shows the code %j as %j', (code, shown) => {
    expect(shownCode(code)).toBe(shown);
  });
});
