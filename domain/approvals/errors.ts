import { defineErrors } from '../errors/errors';

export const APPROVAL_ERRORS = defineErrors({
  APPROVAL_NOT_FOUND: ['not_found', 'There is no such proposal', false],
  APPROVAL_DECIDED: ['conflict', 'The proposal has been decided already', false],
  APPROVAL_NEEDS_ANOTHER: ['forbidden', 'Another person than the one who proposed it must decide', false],
  APPROVAL_NOT_YOURS: ['forbidden', 'Only the person who proposed it may withdraw it', false],
  APPROVAL_EXPIRED: ['conflict', 'The proposal waited too long; make it again if it is still needed', false],
  APPROVAL_NOTHING_CHANGES: ['conflict', 'What was proposed is so already', false],
  APPROVAL_CHANGED_SINCE: ['conflict', 'What is to be changed is not any more as it was proposed', false],
  APPROVAL_MAKER_GONE: ['conflict', 'Whoever proposed it may not do so any more', false],
  APPROVAL_OPEN: ['conflict', 'There is an open proposal about this already', false],
  APPROVAL_OVERTAKEN: ['conflict', 'What was proposed does not fit any more', false],
});
