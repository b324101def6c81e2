/** An answer that is an error, in the words of the product that gives it. */
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
