import type { Engine, Program, TensorFunction, TensorSpec } from '@diffprune/engine';

/** The programs of one function for batches of several lengths, each compiled when it is first needed. */
export class Programs {
  readonly #compiled = new Map<number, Promise<Program>>();

  /** @param inputs what the function reads of a batch of this length */
  constructor(
    readonly engine: Engine,
    readonly fn: TensorFunction,
    readonly inputs: (length: number) => Record<string, TensorSpec>,
  ) {}

  for(length: number): Promise<Program> {
    let program = this.#compiled.get(length);
    if (program === undefined) {
      program = this.engine.compile(this.fn, this.inputs(length));
      this.#compiled.set(length, program);
    }
    return program;
  }

  async dispose(): Promise<void> {
    for (const program of this.#compiled.values()) await (await program).dispose();
    this.#compiled.clear();
  }
}
