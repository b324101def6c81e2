import { BaseModel, type Property } from '../../platform/model';

/** Lines of the API log. The masked JSON of both directions is read only for a single line. */
export class ApiCallModel extends BaseModel {
  static override readonly tableName = 'api_calls';
  static override readonly columns: readonly Property<ApiCallModel>[] = [
    'id',
    'provider',
    'operation',
    'method',
    'route',
    'result',
    'latencyMs',
    'transactionId',
    'ourReference',
    'at',
  ];
  id!: string;
  provider!: string;
  operation!: string;
  method!: string;
  route!: string;
  /** The HTTP status, or why there was none. */
  result!: string;
  latencyMs!: number;
  transactionId!: string | null;
  ourReference!: string | null;
  at!: Date;
  request!: unknown;
  response!: unknown;
}
