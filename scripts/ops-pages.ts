import { CASE_KINDS, type CaseChoice, type ClosesWhen } from '../domain/cases/kinds';
import { CHARGE_CHOICES } from '../domain/decisions/charges';
import { OUTCOMES_OF, POSTINGS } from '../domain/decisions/choices';
import { STATES, WAYS_OUT } from '../domain/lifecycle/lifecycle';
import { NOTICE, pageInLines, table, wrapped } from './docs-text';
import { EXIT } from './munim/command';
import { COMMANDS } from './munim/commands';

/** The pages for ops staff: cases, what is decided about them, and the commands. */

const CHOICE: Readonly<Record<CaseChoice, string>> = {
  decide: 'decide',
  write_off: '`write_off`',
  charge: CHARGE_CHOICES.map((choice) => `\`${choice}\``).join(', '),
  release: '`release`',
  judge: '`munim risk judge`',
  settle: 'settle (`munim recon settle`)',
  close: '`close`',
};
const CLOSES: Readonly<Record<Exclude<ClosesWhen, 'never'>, string>> = {
  finished: 'the transaction has ended',
  attempt_ended: 'the attempt has ended',
  out_of_review: 'the review has ended',
  answered_since: 'the provider gives another definite answer',
  driven: 'the work has its effect',
  inquiry_answered: 'an inquiry is answered',
  matched: 'an attempt of ours has the reference',
  its_service: 'its service learns the answer',
  agrees_again: 'a run of the reconciliation finds that the two sides agree, or it was decided',
  holds_again: 'a whole pass of the verifier has not met it again',
};

/** `docs/cases.md` */
export function casesPage(): string {
  return pageInLines([
    NOTICE,
    '# Cases',
    'A case is a question that the platform cannot answer alone. It names the evidence that answers it. It closes' +
      ' by itself when its question is answered, whatever answered it; the rest is decided by persons with' +
      ' `munim case …` ([munim.md](munim.md)). `munim_cases_open` and `munim_cases_oldest_seconds` count them.',
    '- **decide**: one person proposes what became of the transaction (`munim case propose`), another approves' +
      ' (`munim case approve`). It is posted at once, as below. An answer that comes between the two makes the' +
      ' approval fail and say what came.',
    '- **`write_off`**: the provider keeps money that we gave back. Two persons, too: `expense:loss:<provider>` → float.',
    '- **`charge_stands`, `charge_corrected`, `charge_undone`**: the provider took another charge than the customer paid,' +
      ' and `suspense:<provider>` carries the difference. Two persons say where it belongs; what that posts is below. The' +
      ' case cannot be closed before. If the transaction is given back afterwards, the case opens again for' +
      ' `charge_undone`.',
    '- **`release`**: it was stopped before it was sent; two persons let it go. The other choice is `failed`: its money' +
      ' goes back. A transfer cannot be released: its one-time password has gone.',
    '- **`munim risk judge`**: one person says whether a rule was right ([risk.md](risk.md)).',
    '- **`close`**: nothing is posted. One person notes what was found (`munim case close`). It is not opened again' +
      ' for the same situation; when something new is recorded of the transaction, it is.',
    '## Kinds',
    ...Object.entries(CASE_KINDS).map(([kind, { question, evidence, choices, closes }]) =>
      [
        wrapped(`**\`${kind}\`**: ${question}`),
        wrapped(`- _evidence:_ ${evidence}`, '  '),
        `- _choices:_ ${choices.map((choice) => CHOICE[choice]).join(', ')}`,
        closes === 'never'
          ? '- _does not close by itself:_ a person closes it'
          : `- _closes by itself when_ ${CLOSES[closes]}`,
      ].join('\n'),
    ),
    '## What a decision posts',
    '“A → B” means debit A, credit B. A wallet pays for a service of the flow debit (payout, transfer, bill,' +
      ' recharge), and is paid by one of the flow credit (withdrawal). Every posting has the id of its approval,' +
      ' which names the case. In any other state nothing can be decided: ' +
      `${STATES.filter((state) => OUTCOMES_OF[state] === undefined)
        .map((state) => `\`${state}\``)
        .join(', ')} end by themselves, or have ended.`,
    ...POSTINGS.map(({ state, choice, when, debit, credit }) =>
      [
        `**\`${state}\`${when === undefined ? '' : `, ${when}`}: \`${choice}\`**`,
        '',
        wrapped(`- debit: ${debit}`, '  '),
        wrapped(`- credit: ${credit}`, '  '),
      ].join('\n'),
    ),
    '## What a decision about a charge posts',
    'Of a withdrawal, the float is what the provider owes us. A case offers what fits: while suspense carries a difference' +
      ' the first two, and `charge_undone` once a decided charge has been given back with its transaction.',
    table(
      ['Choice', 'The provider took too much', 'It took too little'],
      [
        [
          '`charge_stands`',
          '`expense:loss:<provider>` → suspense: our loss',
          'suspense → wallet: the customer gets it',
        ],
        ['`charge_corrected`', 'float → suspense: it gave it back', 'suspense → float: it took the rest'],
        ['`charge_undone`', 'what was decided, backwards', 'the same (refused while the wallet is short)'],
      ],
    ),
  ]);
}

const EXIT_MEANING: Readonly<Record<keyof typeof EXIT, string>> = {
  done: 'done',
  failed: 'the database is away, or a fault of ours; the same command may be tried again',
  usage: 'the command line is wrong; nothing was done',
  refused: 'a rule says no (not found, a conflict, decided already); nothing was done',
  notAllowed: 'not signed in, or the account may not do this; nothing was done',
};

/** `docs/munim.md` */
export function commandsPage(): string {
  return pageInLines([
    NOTICE,
    '# Commands',
    '`munim <noun> <verb> [options]` is what ops staff do in production, without SQL: `npm run -s munim -- …` in the' +
      ' folder of the release, or `node dist/scripts/munim.js …`. It needs `DATABASE_URL` (or `DATABASE_URL_FILE`),' +
      ' `NODE_ENV` and nothing else; without them it works on what `npm start` runs.',
    '- **Who acts** is an ops account: `--as EMAIL` asks for the password (or reads it from `--password-file`, or from' +
      ' the first line of the input when that is no terminal), `--sign-in FILE` uses what `munim sign-in` kept for' +
      ' 15 minutes. Viewers look, operators propose and approve, admins also manage accounts and keys.',
    '- **Money needs two**: what moves money is proposed by one and approved by another; the database refuses one for both. An ops' +
      ' account that an admin made only looks until another admin has confirmed it (`munim ops confirm`).',
    '- **Each change** leaves a row in the audit log, with its reason.',
    '- **Secrets** are shown once, or written to `--secret-file` for you alone. A file is never overwritten.',
    '- `--json` prints JSON; an error is then `{"code": …, "detail": …}` on the error output.',
    table(
      ['Exit code', 'Meaning'],
      Object.entries(EXIT).map(([name, code]) => [String(code), EXIT_MEANING[name as keyof typeof EXIT]]),
    ),
    'Options in brackets may be left out. `munim <command> --help` tells what each means.',
    ...COMMANDS.map(({ name, argument, summary, options }) => {
      const given = Object.entries(options)
        .map(([option, { isRequired }]) => (isRequired ? `\`--${option}\`` : `[\`--${option}\`]`))
        .join(' ');
      const line = `**\`munim ${name}${argument === undefined ? '' : ` ${argument}`}\`** ${given}`;
      return `${wrapped(line.trimEnd())}\\\n${summary}.`;
    }),
  ]);
}

/** Of the lifecycle's page: who takes a transaction on. */
export function waysOut(): string[] {
  return [
    '## Who takes it on, and by when',
    'No state is without a way out. What two persons can decide about a case, and what that posts, is in' +
      ' [cases.md](cases.md).',
    ...Object.entries(WAYS_OUT).map(([state, { by, within, otherwise }]) =>
      [
        `**\`${state}\`**`,
        '',
        wrapped(`- taken on by: ${by}`, '  '),
        wrapped(`- within: ${within}`, '  '),
        wrapped(`- otherwise: ${otherwise}`, '  '),
      ].join('\n'),
    ),
  ];
}
