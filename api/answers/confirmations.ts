import Joi from 'joi';
import { answer, id, instant, is, words } from './fields';

export interface ConfirmationView {
  object: 'confirmation';
  id: string;
  status: 'code_sent' | 'confirmed';
  sent_to: string | null;
  expires_at: string;
}
export const confirmation = answer<ConfirmationView>('Confirmation', 'Good for one order, for some minutes', {
  object: is('confirmation'),
  id: id('confirmation'),
  status: is('code_sent', 'confirmed'),
  sent_to: words(120).allow(null).description('Where the code went').example('98XXXXXX10'),
  expires_at: instant(),
});

export const confirmed = answer<{ object: 'confirmation'; id: string; status: 'confirmed' }>(
  'Confirmed',
  'Send the id as `Confirmation` with the order',
  { object: is('confirmation'), id: id('confirmation'), status: is('confirmed') },
);

export const pinState = answer<{ object: 'pin'; status: 'not_set' | 'set' | 'dead' }>(
  'Pin',
  'Whether there is a transaction PIN',
  {
    object: is('pin'),
    status: Joi.string()
      .valid('not_set', 'set', 'dead')
      .description('A dead one was wrong five times: set another'),
  },
);
