import { keepingWhatIsThere } from './policy-files';

it('what is inserted again keeps what is there, and texts and comments are no statements', () => {
  const sql = `-- dearer; from today
    insert into prices values ('a; b', 'it''s; so');
    update prices set fee_paise = 4; -- an end; and no more
    insert into rates select 'on conflict' on conflict (name) do nothing;
  `;
  expect(
    keepingWhatIsThere(sql)
      .split(';\n')
      .map((one) => one.trim().replaceAll(/\s+/g, ' ')),
  ).toEqual([
    "-- dearer; from today insert into prices values ('a; b', 'it''s; so') on conflict do nothing",
    'update prices set fee_paise = 4',
    "-- an end; and no more insert into rates select 'on conflict' on conflict (name) do nothing",
  ]);
});
