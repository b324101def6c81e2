/**
 * Ten interruptions of a real platform under a load of every service, on each queue backend. The full run,
 * with at least forty, is `npm run interruptions`.
 */
import { reportTable } from '../../scripts/interruptions/report';
import { runInterruptions } from '../../scripts/interruptions/run';
import type { QueueBackend } from '../support/redis';

const SEED = Number(process.env.INTERRUPTIONS_SEED ?? 20_261_101);

export function describeInterruptions(backend: QueueBackend): void {
  describe(`interruptions, queues on ${backend}`, () => {
    it('P3 P4 P6: kills, freezes and outages under load lose nothing and do nothing twice', async () => {
      const said: string[] = [];
      const report = await runInterruptions({
        backend,
        seed: SEED,
        interruptions: 10,
        rate: 25,
        quick: true,
        say: (line) => {
          said.push(line);
        },
      });
      if (!report.ok)
        throw new Error(
          `seed ${SEED}\n${said.join('\n')}\n${reportTable(report)}\n${report.details}\n${report.checked.verifyOutput}`,
        );
      expect(report.done).toHaveLength(10);
      expect(Object.keys(report.hits).length).toBeGreaterThanOrEqual(2);
      expect(report.load.accepted).toBeGreaterThan(200);
      for (const service of ['payout', 'bbps', 'recharge', 'dmt', 'aeps'])
        expect([service, report.load.byService[service]]).toEqual([service, expect.any(Number)]);
      for (const check of Object.values(report.checked.services)) expect(check.net).toBeGreaterThan(0);
      expect(report.redriveMs).toBeLessThan(30_000);
      expect(report.checked.verify).toBe('green');
    }, 240_000);
  });
}
