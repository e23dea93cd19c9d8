/** A number that no mask or schedule can have. */
export class ScoreMaskingError extends Error {
  override readonly name = 'ScoreMaskingError';
}

/** @throws ScoreMaskingError that names the number, unless it is in range */
export function expectNumber(name: string, value: number, ok: boolean, range: string): void {
  if (!ok || !Number.isFinite(value)) throw new ScoreMaskingError(`${name} is ${value}, expected ${range}`);
}
