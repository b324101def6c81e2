import { WORKER_TYPES } from '../workers/types';
import { SIGNING_PROCESSES } from '../composition/config';
import { settingRows } from './settings-page';

const meaningOf = (name: string): string => settingRows().find((row) => row.name === name)!.meaning;

test('the page names every process that signs heads, and no other', () => {
  const named = WORKER_TYPES.filter((type) => meaningOf('MUNIM_AUDIT_KEYS').includes(`\`${type}\``));
  expect(named).toEqual(['maintenance', 'nightly']);
  expect(named).toEqual(SIGNING_PROCESSES);
});

test('each setting says what it is for', () => {
  expect(settingRows().filter(({ meaning }) => meaning === '')).toEqual([]);
});
