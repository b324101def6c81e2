import {
  DBError,
  Model,
  snakeCaseMappers,
  type Constructor,
  type QueryBuilder,
  type QueryBuilderType,
  type TransactionOrKnex,
} from 'objection';
import { errorOfConstraint, type ConstraintErrors } from './database';
import { pageOf, type Page } from './page';

export type Query<M extends Model> = QueryBuilder<M>;

/** The properties of a model that are columns. */
export type Property<M extends Model> = Exclude<keyof M & string, keyof Model>;

/**
 * For rows that are read to be shown, and for writes of single rows off the money path; money moves in
 * set-based SQL. Properties are in camel case. Conditions in a query use the names of the database, as our
 * SQL does.
 */
export class BaseModel extends Model {
  static override readonly columnNameMappers = snakeCaseMappers();
  /**
   * The columns that a query reads by default: never `*`, which breaks prepared statements when a column is
   * added and also reads secrets.
   */
  static readonly columns: readonly string[] = [];
  /** The errors that violated constraints of the table mean to the caller. */
  static readonly constraintErrors: ConstraintErrors = {};

  /** Its errors are those of the driver, or of `constraintErrors` for a constraint named there. */
  static override query<M extends Model>(this: Constructor<M>, db?: TransactionOrKnex): QueryBuilderType<M> {
    const model = this as unknown as typeof BaseModel;
    const query = Model.query.call(model, db) as unknown as QueryBuilderType<M>;
    return query
      .onBuild((building) => {
        if (building.isFind() && !building.hasSelects()) building.select(model.columnNames());
      })
      .onError((error: unknown) => {
        // Objection wraps the driver's error, and would hide its code from whoever decides on a retry.
        const native = error instanceof DBError ? error.nativeError : error;
        throw errorOfConstraint(native, model.constraintErrors);
      });
  }

  /** `columns` as the database names them, each with its table. */
  static columnNames(): string[] {
    return this.columns.map((property) => this.columnName(property));
  }

  static columnName(property: string): string {
    return `${this.tableName}.${this.propertyNameToColumnName(property)}`;
  }
}

export interface KeysetOptions<M extends Model> {
  /** A column without duplicates, which gives the order of the list and the position in it. */
  by: Property<M>;
  order: 'asc' | 'desc';
  limit: number;
  /** The position of the last row of the page before. */
  after: string | undefined;
  /** Makes the cursor of a position. */
  encode: (position: string) => string;
}

/** One page of a query by keyset: it costs the same on the first page and on the thousandth. */
export async function readPage<M extends BaseModel>(
  query: Query<M>,
  { by, order, limit, after, encode }: KeysetOptions<M>,
): Promise<Page<M>> {
  const column = (query.modelClass() as unknown as typeof BaseModel).columnName(by);
  if (after !== undefined) query.where(column, order === 'asc' ? '>' : '<', after);
  const found = await query.orderBy(column, order).limit(limit + 1);
  return pageOf(found, limit, (last) => encode(String(last[by])));
}
