import type { ParseArgsConfig } from 'node:util';
import type { Operations } from '../../composition/operations';
import type { Permission } from '../../domain/access/permissions';
import type { Person } from '../../domain/approvals/approvals';
import type { Clock } from '../../platform/clock';
import type { Environment } from './environment';

/** Exit codes. They are stable; docs/munim.md lists them. */
export const EXIT = {
  done: 0,
  /** The database is away, or a fault of ours. The same command may be tried again. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** A rule says no: not found, a conflict, decided already. */
  refused: 3,
  /** Not signed in, or the account's role does not allow it. */
  notAllowed: 4,
} as const;

export type Options = NonNullable<ParseArgsConfig['options']>;
/** The values of the options, as parseArgs gives them. */
export type Given = Readonly<Record<string, string | boolean | undefined>>;

/** What a command tells: an object, or a list of objects of one form. */
export type Told = Readonly<Record<string, unknown>> | readonly Readonly<Record<string, unknown>>[];

export interface CommandContext {
  operations: Operations;
  environment: Environment;
  clock: Clock;
  given: Given;
  /** The argument after the verb. */
  argument: string;
  /** Who acts; commands that are `open` have nobody. */
  by: Person;
  /** A second factor was shown in the sign-in. */
  proved: () => Promise<void>;
}

export type Command = OpenCommand | SignedInCommand;

/** It signs in by itself, or there is nobody yet who could sign in. */
interface OpenCommand extends CommandFacts {
  isOpen: true;
}

interface SignedInCommand extends CommandFacts {
  isOpen?: never;
  /** What the role of whoever runs it must permit; what is decided there may need more. */
  permission: Permission | 'anyone';
}

interface CommandFacts {
  /** `case propose` */
  name: string;
  summary: string;
  /** The name of the argument after the verb. */
  argument?: string;
  options: Readonly<Record<string, OptionDefinition>>;
  run(context: CommandContext): Promise<Told>;
}

/** Runs it for somebody whose role permits it. Throws DomainError OPS_ROLE_MISSING. */
export async function perform(command: Command, context: CommandContext): Promise<Told> {
  if (command.isOpen !== true && command.permission !== 'anyone')
    await context.operations.access.require(context.by, command.permission);
  return command.run(context);
}

export interface OptionDefinition {
  what: string;
  isRequired?: true;
  /** It takes no value. */
  isFlag?: true;
}

/** A rule says no, and it is none of the domain: told with its code. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** The command line is wrong: shown with how it is used. */
export class UsageError extends Error {}

/** A required option, or an option that has a value. */
export function textOption({ given }: Pick<CommandContext, 'given'>, name: string): string {
  const value = given[name];
  if (typeof value !== 'string') throw new UsageError(`--${name} is needed`);
  return value;
}

export function optionalText({ given }: Pick<CommandContext, 'given'>, name: string): string | undefined {
  const value = given[name];
  return typeof value === 'string' ? value : undefined;
}

export const REASON: OptionDefinition = { what: 'why; it stands in the audit log', isRequired: true };
export const EVIDENCE: OptionDefinition = {
  what: 'what shows that it is right: a line of a statement, an answer in writing',
  isRequired: true,
};
