import { Writable } from 'node:stream';
import { createAccessLog } from './access-log';

const LINE = {
  request: 'req_1',
  key: null,
  method: 'GET',
  route: '/v1/wallets',
  status: 200,
  ms: 1.5,
  bytes: 12,
};

function written(level: string): Record<string, unknown>[] {
  let text = '';
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  createAccessLog({ process: 'api', level, destination }).write(LINE);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

it('writes one line in the form of the log', () => {
  expect(written('info')).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/Z$/),
      process: 'api',
      process_id: process.pid,
      ...LINE,
      msg: 'answered',
    },
  ]);
});

it('keeps quiet where the log does', () => {
  expect(written('warn')).toEqual([]);
});
