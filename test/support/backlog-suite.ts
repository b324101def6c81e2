/**
 * A ledger that is down while payouts keep coming. Half a minute is enough for a row to be driven again twice
 * (after 10 s and 20 s more) if the loop took waiting for lost; `npm run interruptions -- --ledger-stop 300`
 * shows the five minutes.
 */
import { ledgerStopText } from '../../scripts/interruptions/report';
import { runLedgerStop } from '../../scripts/interruptions/ledger-stop';
import type { QueueBackend } from '../support/redis';

export function describeBacklog(backend: QueueBackend): void {
  describe(`a ledger stopped with a backlog, queues on ${backend}`, () => {
    it('P6: jobs never exceed twice the rows, and it recovers', async () => {
      const report = await runLedgerStop({ backend, seed: 1, stoppedS: 34, rate: 15, say: () => undefined });
      if (!report.ok) throw new Error(ledgerStopText(report));
      expect(report.backlog.rows).toBeGreaterThan(300);
      expect(report.backlog.oldestJobMs).toBeGreaterThan(25_000);
      expect(report.worstRatio).toBeLessThanOrEqual(2);
      expect(report.backlog.named).toBeLessThanOrEqual(2 * report.backlog.rows);
      expect(report.accepted).toBeGreaterThan(400);
    }, 180_000);
  });
}
