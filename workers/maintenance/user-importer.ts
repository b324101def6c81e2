import type { UserImports } from '../../domain/users/imports';

export interface UserImporterDependencies {
  userImports: Pick<UserImports, 'work'>;
}

/** One round: registers some of the users of a file. Returns true when there is more to do. */
export function importUsers({ userImports }: UserImporterDependencies): Promise<boolean> {
  return userImports.work();
}
