/**
 * What the specs need of Jest (`describe`, `it`, `expect`), for a page. Import it first; `runSpecs` then runs what
 * the other imports have declared.
 */
type Test = { name: string; run: () => unknown };
const tests: Test[] = [];
let path: string[] = [];

function describe(name: string, declare: () => void): void {
  const outer = path;
  path = [...path, name];
  declare();
  path = outer;
}
describe.each =
  (rows: readonly (readonly unknown[])[]) =>
  (name: string, declare: (...row: unknown[]) => void): void =>
    rows.forEach((row) => describe(name.replace('%s', String(row[0])), () => declare(...row)));

function it(name: string, run: () => unknown): void {
  tests.push({ name: [...path, name].join(' › '), run });
}

/** Jest's `toEqual`: the same values within the same structure, properties that are undefined left out. */
function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Object.prototype.toString.call(a) !== Object.prototype.toString.call(b)) return false;
  const entries = (value: object): Map<unknown, unknown> =>
    value instanceof Map ? value : new Map(Object.entries(value).filter(([, item]) => item !== undefined));
  const [left, right] = [entries(a), entries(b)];
  return (
    left.size === right.size &&
    [...left].every(([key, value]) => right.has(key) && equal(value, right.get(key)))
  );
}

/** Jest's `toMatchObject` for a plain object: each property of `expected` equals that of `actual`. */
function matches(actual: unknown, expected: object): boolean {
  return Object.entries(expected).every(([key, value]) =>
    equal((actual as Record<string, unknown>)[key], value),
  );
}

function check(passed: boolean, actual: unknown, matcher: string, expected: unknown): void {
  if (!passed) throw new Error(`${String(actual)} ${matcher} ${String(expected)}`);
}

function thrown(error: unknown, expected: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return typeof expected === 'string'
    ? error.message.includes(expected)
    : error instanceof (expected as typeof Error);
}

function expect(actual: unknown) {
  const number = actual as number;
  return {
    toBe: (expected: unknown) => check(Object.is(actual, expected), actual, 'is not', expected),
    toEqual: (expected: unknown) => check(equal(actual, expected), actual, 'does not equal', expected),
    toMatchObject: (expected: object) =>
      check(matches(actual, expected), JSON.stringify(actual), 'does not match', JSON.stringify(expected)),
    toBeCloseTo: (expected: number, digits: number) =>
      check(Math.abs(number - expected) < 10 ** -digits / 2, actual, 'is not close to', expected),
    toBeLessThan: (expected: number) => check(number < expected, actual, 'is not less than', expected),
    toBeLessThanOrEqual: (expected: number) => check(number <= expected, actual, 'is greater than', expected),
    toBeGreaterThan: (expected: number) => check(number > expected, actual, 'is not greater than', expected),
    toThrow(expected: unknown) {
      let error: unknown;
      try {
        (actual as () => unknown)();
      } catch (caught) {
        error = caught;
      }
      check(thrown(error, expected), error, 'was thrown, not', expected);
    },
    rejects: {
      async toThrow(expected: unknown) {
        const error: unknown = await (actual as Promise<unknown>)
          .then(() => undefined)
          .catch((caught) => caught);
        check(thrown(error, expected), error, 'was thrown, not', expected);
      },
    },
  };
}

async function runSpecs(): Promise<{ passed: number; failed: string[] }> {
  const failed: string[] = [];
  for (const { name, run } of tests) {
    try {
      await run();
    } catch (error) {
      failed.push(`${name}: ${(error as Error).message}`);
    }
  }
  return { passed: tests.length - failed.length, failed };
}

Object.assign(globalThis, { describe, it, expect, runSpecs });
