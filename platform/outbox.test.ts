import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createOutbox } from './outbox';

it('keeps messages in a folder of the owner alone, the newest first', async () => {
  const dir = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'munim-outbox-')), 'outbox');
  const outbox = createOutbox(dir);
  expect(await outbox.newest(10)).toEqual([]);
  const messages = [1, 2, 3].map((n) => ({
    id: `00000000-0000-7000-8000-00000000000${n}`,
    at: `2026-11-29T10:00:0${n}.000Z`,
    channel: 'sms',
    to: '9876543210',
    subject: null,
    text: `number ${n}`,
  }));
  for (const message of messages) await outbox.write(message);
  fs.writeFileSync(path.join(dir, '99999999T999999999Z-broken.json'), '{');
  expect(await outbox.newest(3)).toEqual([messages[2], messages[1]]);
  expect(fs.statSync(dir).mode & 0o077).toBe(0);
  fs.rmSync(path.dirname(dir), { recursive: true });
});
