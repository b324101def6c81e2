/** An error answer in the format of its product. */
export class SetuError extends Error {
  retryAfterS: number | undefined;

  constructor(
    readonly status: number,
    readonly body: Record<string, unknown>,
  ) {
    super('the request was refused');
    this.name = 'SetuError';
  }
}
