/** A figure that the project means to reach. */
export interface Target {
  readonly name: string;
  readonly value: number;
  /** The largest value that is good. */
  readonly limit: number;
  readonly ok: boolean;
}

/** Limits of all targets by name. */
export const limits: Readonly<Record<string, number>> = {
  'diff-step-ms/tiny': 125,
  'diff-vs-full/mini': 1.1,
  'diff-vs-full/small': 1.1,
  'diff-vs-full/base': 1.1,
  'diff-vs-torch/tiny': 0.5,
  'diff-vs-torch/mini': 0.5,
  'diff-vs-torch/base': 0.5,
  'program-vs-matmul/base': 1.25,
  'bytes-per-parameter/base': 40,
  'peak-memory-gib/large': 22,
  'position-bits-vs-entropy': 1.01,
  'apply-ms/base': 20,
};

/** Targets among figures by name; figures without a limit are none. */
export function targets(figures: Readonly<Record<string, number>>): Target[] {
  return Object.entries(limits).flatMap(([name, limit]) => {
    const value = figures[name];
    return value === undefined ? [] : [{ name, value, limit, ok: value <= limit }];
  });
}
