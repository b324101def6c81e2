import { defineErrors } from '../errors/errors';

export const ROUTING_ERRORS = defineErrors({
  ROUTE_STOPPED: ['unavailable', 'Payments of this kind are stopped for now', true],
  ROUTE_STOPPED_ALREADY: ['conflict', 'This is stopped already', false],
  ROUTE_STOP_NOT_FOUND: ['not_found', 'There is no such stop', false],
  ROUTE_STOP_LIFTED: ['conflict', 'The stop was lifted before', false],
});
