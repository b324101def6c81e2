import type { Knex } from 'knex';
import { errorOfConstraint } from '../../platform/database';
import { updateWhere } from '../../platform/sql';
import { DomainError } from '../errors/errors';
import { USER_EMAIL, USER_MOBILE } from '../users/sealed';
import type { AskedCode } from './codes';
import type { SignInDependencies } from './dependencies';
import { SIGN_IN_ERRORS } from './errors';
import { hintOf, loginOf, type Login } from './logins';
import { tellEverywhere, whenInIndia } from './notices';
import { activePerson, note, restPayouts, type ChosenPasswords, type SignedIn } from './passwords';
import { addressesOf, type PersonOfApp } from './people';

/** The mobile number and the e-mail address of somebody who is signed in. */
export interface Contacts {
  /**
   * Has a code sent to the new number or address, whoever may have it already. Throws DomainError PASSWORD_WRONG,
   * AUTH_RATE_LIMITED, RATE_LIMITED, REQUEST_FIELD_INVALID.
   */
  ask(who: SignedIn, wanted: { contact: string; password: string; ip: string }): Promise<AskedCode>;
  /**
   * Takes it over. Old and new ones are told, other sessions end, and payouts rest where another one stood there.
   * Throws DomainError CODE_WRONG, OTP_TRIES_USED_UP, CONTACT_TAKEN.
   */
  confirm(who: SignedIn, given: { id: string; code: string; ip: string }): Promise<void>;
}

export function createContacts(
  deps: SignInDependencies,
  { confirm }: Pick<ChosenPasswords, 'confirm'>,
): Contacts {
  const { clock, codes, knex } = deps;
  return {
    async ask(who, { contact, password, ip }) {
      const login = loginOf(deps.digest, contact, '#/contact');
      await confirm(who, password, ip);
      return codes.ask({ purpose: 'contact', login, userId: who.userId, isNew: true });
    },
    async confirm(who, { id, code, ip }) {
      const checked = await codes.check({ id, purpose: 'contact', code });
      if (checked.userId !== who.userId || checked.newAddress === null)
        throw new DomainError(SIGN_IN_ERRORS.CODE_WRONG);
      const person = await activePerson(deps, who.userId);
      const login = loginOf(deps.digest, checked.newAddress);
      const before = login.channel === 'sms' ? person.mobile : person.email;
      await knex.transaction(async (trx) => {
        await codes.use(trx, id);
        await store(trx, deps, person, login);
        await note(trx, deps, { person, ip, action: 'user.contact' });
        if (before === login.address) return; // it was there already, and is confirmed now
        await deps.sessions.endAll(trx, person.id, { reason: 'credentials_changed', but: who.sessionId });
        const now = clock.now();
        const until = before === null ? now : await restPayouts(trx, deps, person.id, 'contact');
        await tellEverywhere(trx, deps.notifier, person, {
          kind: 'contact_changed',
          values: { when: whenInIndia(now), until: whenInIndia(until) },
          also: addressesOf({
            mobile: login.channel === 'sms' ? login.address : null,
            email: login.channel === 'email' ? login.address : null,
          }),
        });
      });
    },
  };
}

async function store(
  trx: Knex.Transaction,
  { cipher, clock }: SignInDependencies,
  { id }: PersonOfApp,
  login: Login,
): Promise<void> {
  const [name, column] =
    login.channel === 'sms' ? (['mobile', USER_MOBILE] as const) : (['email', USER_EMAIL] as const);
  try {
    await updateWhere(
      trx,
      'users',
      {
        [`${name}_sealed`]: cipher.seal(login.address, column.place(id)),
        [`${name}_fingerprint`]: login.digests[0],
        [`${name}_hint`]: hintOf(login),
        [`${name}_verified_at`]: clock.now(),
      },
      { id },
    );
  } catch (error) {
    throw errorOfConstraint(error, {
      users_mobile_unique: taken,
      users_email_of_app_unique: taken,
    });
  }
}

/** Told to those alone who have shown that the number or address is theirs. */
const taken = (cause: unknown): Error => new DomainError(SIGN_IN_ERRORS.CONTACT_TAKEN, { cause });
