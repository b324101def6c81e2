import { passwordProblem } from './password-rules';

const OWNER = { words: ['Sharma Mobile Point', '9876543210', 'shop@sharma.example'] };
const problem = (password: string): string | undefined =>
  passwordProblem(password, { shortest: 8, owner: OWNER });

it.each([
  ['eight letters that are no word', 'qzvxkjwb'],
  ['digits alone', '83920175'],
  ['blanks', 'a door in the rain'],
  ['another script', 'मेरी दुकान का ताला'],
  ['signs of several units', '🪔🪔🧿🪁🪁🪔🧿🪁'],
  ['sixty-four characters', 'a1'.repeat(30) + 'zzzz'],
  ['a word of the list with much around it', 'password-behind-the-shutter'],
])('takes %s', (_name, password) => {
  expect(problem(password)).toBeUndefined();
});

it.each([
  ['seven characters', '1Aa!xyz', 'at least 8'],
  ['seven signs of two units', '🪔🪔🧿🪁🪁🪔🧿', 'at least 8'],
  ['a thousand and one', 'x9'.repeat(501), 'at most 1000'],
  ['one of the list', 'iloveyou1', 'many people'],
  ['one of the list in capitals', 'PaSSword1', 'many people'],
  ['wide letters', 'ｐａｓｓｗｏｒｄ', 'many people'],
  ['one sign again and again', 'aaaaaaaaaaaa', 'many people'],
  ['a word and @123', 'india@123', 'many people'],
  ['another', 'Admin@123', 'many people'],
  ['the product', 'Munim@2026', 'many people'],
  ['a prayer', 'jaishreeram1', 'many people'],
  ['the own number', '9876543210', 'your name'],
  ['the own number with a little', '9876543210@a', 'your name'],
  ['the own name', 'SharmaMobile1', 'your name'],
  ['the own address', 'shop@sharma', 'your name'],
])('refuses %s', (_name, password, why) => {
  expect(problem(password)).toContain(why);
});
