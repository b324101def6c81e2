import { publicKeyPem } from '../../platform/signing';
import { optionalText, type Command } from './command';
import { writeHeadsFile } from './heads-file';

/** The signed heads of the audit chain, for a place outside the database; and how far the verifier is. */
export const AUDIT: readonly Command[] = [
  {
    name: 'verify status',
    permission: 'audit.read',
    summary: 'how far the verifier is that runs by itself, and what it has found',
    options: {},
    async run({ operations }) {
      const s = await operations.verifier.status();
      return {
        findings: s.findings,
        everything_seen_since: s.lastBegunAt,
        last_pass_ended_at: s.lastEndedAt,
        last_pass_rows: s.lastRows,
        last_pass_violations: s.lastViolations,
        last_pass_busy_ms: s.lastBusyMs,
        pass: s.passNo,
        pass_begun_at: s.passBegunAt,
        pass_rows: s.passRows,
        now_at: s.walk,
        last_step_at: s.steppedAt,
        next_step_at: s.nextAt,
      };
    },
  },
  {
    name: 'audit heads',
    permission: 'audit.read',
    summary: 'the signed head of the audit chain of each day; keep them where the database is not',
    options: {
      file: { what: 'writes them to this file, one line each; what it holds already must still be true' },
    },
    async run({ operations, ...context }) {
      const heads = await operations.audit.heads();
      const file = optionalText(context, 'file');
      if (file !== undefined) return { heads: heads.length, new: writeHeadsFile(file, heads), file };
      return heads.map(({ day, seq, hash, keyId, signedAt }) => ({
        day,
        links: seq.toString(),
        hash: hash.toString('hex'),
        key: keyId,
        signed_at: signedAt,
      }));
    },
  },
  {
    name: 'audit keys',
    permission: 'audit.read',
    summary: 'the public keys with which heads were signed, and since when',
    options: {},
    async run({ operations }) {
      const keys = new Map<string, { key: string; since: string; until: string; public_key: string }>();
      for (const { day, keyId, publicKey } of await operations.audit.heads()) {
        const text = publicKeyPem(publicKey);
        const known = keys.get(`${keyId} ${text}`);
        keys.set(`${keyId} ${text}`, {
          key: keyId,
          since: known?.since ?? day,
          until: day,
          public_key: text,
        });
      }
      return [...keys.values()];
    },
  },
];
