import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** Something that a client asked for and does not get; it becomes the answer's status and body. */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    readonly status: ContentfulStatusCode,
    message: string,
  ) {
    super(message);
  }
}

/** The status of what is thrown: 422 for input that cannot be used, as the packages say of their errors. */
export function statusOf(error: unknown): ContentfulStatusCode {
  if (error instanceof Problem) return error.status;
  return (error as { fault?: unknown } | undefined)?.fault === 'input' ? 422 : 500;
}
