import { textOf } from '../../domain/approvals/approvals';
import { INSTEAD, personalNumberIn } from '../../domain/india/personal-numbers';
import { REASON, textOption, UsageError, type Command } from './command';
import { readUser } from './read-ids';

/** The terminals with which agents serve customers: a request from any other is refused. */

const TERMINAL = /^[A-Za-z0-9][A-Za-z0-9._-]{2,39}$/;

function changes(verb: 'register' | 'retire', summary: string): Command {
  return {
    name: `aeps-terminal ${verb}`,
    permission: 'terminals.write',
    summary,
    argument: 'USER',
    options: { terminal: { what: 'the id of the terminal', isRequired: true }, reason: REASON },
    async run({ operations, by, argument, ...context }) {
      const terminal = textOption(context, 'terminal');
      if (!TERMINAL.test(terminal))
        throw new UsageError(
          '--terminal takes 3 to 40 letters, digits and . _ - (it begins with one of the former)',
        );
      const held = personalNumberIn(terminal);
      if (held !== undefined) throw new UsageError(`--terminal ${INSTEAD[held]}`);
      const reason = textOf('reason', textOption(context, 'reason'));
      await operations.terminals[verb](readUser(argument), terminal, by.userId, reason);
      return { user: argument, terminal, status: verb === 'register' ? 'registered' : 'retired' };
    },
  };
}

export const TERMINALS: readonly Command[] = [
  changes('register', 'registers a terminal of an AEPS agent, or puts a retired one to work again'),
  changes('retire', 'refuses the requests of a terminal from now on'),
];
