/** What `munim route` makes of the name of a bank: one that is no bank stops nothing, so it is not taken. */
import { UsageError, type CommandContext } from './command';
import { ROUTES } from './routes';

const ID = '01890a5d-ac96-774b-bcce-b302099a8057';

/** The subjects that the desk was asked about. */
async function asked(command: string, given: Record<string, string>): Promise<unknown[]> {
  const subjects: unknown[] = [];
  const hear = ({ subject }: { subject: unknown }): void => void subjects.push(subject);
  const routing = {
    preview: async (what: { subject: unknown }) => {
      hear(what);
      return { roads: [] };
    },
    stop: async (what: { subject: unknown }) => {
      hear(what);
      return ID;
    },
  };
  const context = { operations: { routing }, given, by: {}, clock: { now: () => new Date() } };
  await ROUTES.find(({ name }) => name === command)!.run(context as unknown as CommandContext);
  return subjects;
}
describe.each([
  ['route stop', { reason: 'their bank is down' }],
  ['route preview', { service: 'payout', rupees: '10.00' }],
])('%s', (command, more) => {
  test.each(['hdfc', 'HDFC'])('takes %s for a bank', async (bank) => {
    expect(await asked(command, { ...more, bank })).toEqual(['HDFC']);
  });

  test.each(['HDFC0', 'HDF', 'HDFC0000001', '607152', 'HDFC Bank', ''])(
    'does not take "%s" for a bank',
    async (bank) => {
      await expect(asked(command, { ...more, bank })).rejects.toThrow(UsageError);
    },
  );

  test.each([
    ['607152', '607152'],
    ['sbin', 'SBIN'],
    ['fino2', 'FINO2'],
  ])('takes %s for one of aeps', async (bank, subject) => {
    expect(await asked(command, { ...more, service: 'aeps', bank })).toEqual([subject]);
  });
});

test('a biller keeps its code as it is, and is no bank', async () => {
  const given = { reason: 'their system is down', biller: 'ABcd00001' };
  expect(await asked('route stop', given)).toEqual(['ABcd00001']);
  await expect(asked('route stop', { ...given, bank: 'HDFC' })).rejects.toThrow(UsageError);
});
