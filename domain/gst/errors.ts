import { defineErrors } from '../errors/errors';

export const GST_ERRORS = defineErrors({
  TAX_DOCUMENT_NOT_FOUND: ['not_found', 'There is no such tax document', false],
});
