/** A function that cannot be traced, or a trace that cannot become a program. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
}

/** A tensor (an input, an output or the description of one) that is not what a program needs. */
export class ProgramTensorError extends Error {
  override readonly name = 'ProgramTensorError';

  /** @param tensor the name of the tensor at fault */
  constructor(
    readonly tensor: string,
    message: string,
  ) {
    super(message);
  }
}

/** An engine that cannot be made here: an unknown name, or a library or driver that is missing. */
export class EngineUnavailableError extends Error {
  override readonly name = 'EngineUnavailableError';
  /** Whose mistake it is: that of what was given. */
  readonly fault = 'input';
  /** The library that is not installed, where that is the reason. */
  readonly missing: string | undefined;

  constructor(
    message: string,
    { missing, ...options }: ErrorOptions & { missing?: string | undefined } = {},
  ) {
    super(message, options);
    this.missing = missing;
  }
}

/** A program that the runtime could not load or run, or that was used after `dispose`. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError';
}
