import type { Passwords } from '../auth/passwords';
import type { Devices } from '../tokens/devices';
import type { UserSessions } from '../tokens/sessions';
import type { Attempts } from './attempts';
import type { Codes, CodesDependencies } from './codes';

/** What the parts of sign-in share. */
export interface SignInDependencies extends CodesDependencies {
  passwords: Passwords;
  sessions: Pick<UserSessions, 'start' | 'startOnKnown' | 'endAll'>;
  devices: Pick<Devices, 'isKnown'>;
  codes: Codes;
  attempts: Attempts;
}
