/** Anything that keeps a repository of the hub from being used; the message says what to do. */
export class HubError extends Error {
  override readonly name: string = 'HubError';
  /** Whose mistake it is: that of what was given. */
  readonly fault = 'input';
}

/** Something that is not there: `what` says which part of what was asked for. */
export class HubNotFoundError extends HubError {
  override readonly name = 'HubNotFoundError';

  constructor(
    readonly what: 'path' | 'repository' | 'revision' | 'file',
    message: string,
  ) {
    super(message);
  }
}

/** A repository that is private, or whose conditions have not been accepted. */
export class HubAccessError extends HubError {
  override readonly name = 'HubAccessError';
}

/** No connection, one that broke, or a server that is in trouble; what has arrived is kept for the next attempt. */
export class HubConnectionError extends HubError {
  override readonly name = 'HubConnectionError';
}

/** A file whose content is not what the hub's listing says; it has been deleted. */
export class HubHashError extends HubError {
  override readonly name = 'HubHashError';
}

/** A cache that cannot be written, and does not hold what is needed. */
export class HubCacheError extends HubError {
  override readonly name = 'HubCacheError';
}

/** The innermost reason of a failed `fetch`: undici's own message says no more than "fetch failed". */
export function reason(error: unknown): string {
  const { message, cause } = error as Error;
  if (cause instanceof Error) return reason(cause);
  return message || String((error as NodeJS.ErrnoException).code);
}
