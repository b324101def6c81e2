import { formatRupees } from '../../platform/money';
import type { Clock } from '../../platform/clock';
import type { FieldCipher } from '../../platform/encryption';
import { DomainError } from '../errors/errors';
import type { Notifier } from '../notifications/notifier';
import type { CodeTeller } from '../step-up/confirmations';
import { STEP_UP_ERRORS } from '../step-up/errors';
import { hintOf } from './logins';
import { personOf, provenAddressesOf } from './people';

/**
 * Sends the code of a payment, or of a copy of their data, to its owner: to a number or address that they have shown to
 * be theirs, the telephone first. The message names the amount and the payee, so that whoever was talked into something
 * else reads it.
 */
export function createPaymentCodes({
  clock,
  cipher,
  notifier,
}: {
  clock: Clock;
  cipher: FieldCipher;
  notifier: Notifier;
}): CodeTeller {
  return {
    async tell(trx, { userId, action, code, amountPaise, payeeShown, expiresAt }) {
      const person = await personOf({ knex: trx, cipher }, userId);
      const [to] = person === undefined ? [] : provenAddressesOf(person);
      if (person === undefined || to === undefined)
        throw new DomainError(STEP_UP_ERRORS.CONFIRMATION_NO_CONTACT, {
          detail: 'confirm a number or an address first: POST /v1/account/contact',
        });
      const minutes = Math.max(1, Math.floor((expiresAt.getTime() - clock.now().getTime()) / 60_000));
      await notifier.tell(trx, {
        userId,
        to,
        language: person.language,
        ...(action === 'data_copy'
          ? { kind: 'data_copy_code', values: { code, minutes: String(minutes) } }
          : {
              kind: 'payment_code',
              // Without the sign, which would make two messages of one: it is in no SMS alphabet of seven bits.
              values: {
                code,
                amount: formatRupees(amountPaise).slice(1),
                payee: payeeShown,
                minutes: String(minutes),
              },
            }),
      });
      return { to: hintOf(to) };
    },
  };
}
