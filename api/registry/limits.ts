/**
 * The classes of limits (domain/limits/rules.ts says what each is for). Each route belongs to one: requests of a
 * class share what a caller may use up.
 */
export { ROUTE_CLASSES as LIMIT_CLASSES, type RouteClass as LimitClass } from '../../domain/limits/rules';
