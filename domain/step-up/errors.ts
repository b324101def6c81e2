import { defineErrors } from '../errors/errors';

export const STEP_UP_ERRORS = defineErrors({
  CONFIRMATION_NEEDED: [
    'forbidden',
    'This must be confirmed first: POST /v1/confirmations, then send its id as Confirmation',
    false,
  ],
  CONFIRMATION_FOR_ANOTHER: ['conflict', 'The confirmation is for another amount or another payee', false],
  CONFIRMATION_OVER: ['conflict', 'The confirmation was used, has ended or is dead: begin another', false],
  CONFIRMATION_NOT_FOUND: ['not_found', 'There is no such confirmation', false],
  CONFIRMATION_CODE_WRONG: ['conflict', 'The code is wrong', false],
  CONFIRMATION_NO_CONTACT: ['conflict', 'There is no verified number or address to send a code to', false],
  PIN_WRONG: ['forbidden', 'The PIN is wrong', false],
  PIN_DEAD: ['conflict', 'The PIN was wrong five times and is dead: set a new one', false],
  PIN_NOT_SET: ['conflict', 'There is no PIN yet: set one', false],
  PIN_TOO_EASY: ['invalid', 'The PIN is one that is guessed first: choose another', false],
  PIN_NEEDS_SIGN_IN: ['forbidden', 'Sign in again: a first PIN is set within minutes of a sign-in', false],
});
