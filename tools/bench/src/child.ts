import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A process that answers each line of its standard input with one line of JSON; its own side is `answerTurns`. */
export class Child {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(
    readonly name: string,
    command: string,
    args: readonly string[],
  ) {
    this.#process = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
  }

  /** Runs one of this package's modules in Node, with the loaders that this process was run with. */
  static module(file: string, args: readonly string[]): Child {
    const path = fileURLToPath(new URL(file, import.meta.url));
    return new Child([file, ...args].join(' '), process.execPath, [...process.execArgv, path, ...args]);
  }

  /** Runs a program. */
  static program(command: string, args: readonly string[]): Child {
    return new Child([command, ...args].join(' '), command, args);
  }

  /** The next answer. @throws Error if the process has ended */
  async answer<Answer>(): Promise<Answer> {
    const { value, done } = await this.#lines.next();
    if (done) {
      await this.#ended();
      const { exitCode, signalCode } = this.#process;
      throw new Error(`${this.name} ended (${signalCode ?? `exit code ${exitCode}`}) without an answer`);
    }
    return JSON.parse(value) as Answer;
  }

  /** Asks and waits for the answer. */
  ask<Answer>(): Promise<Answer> {
    this.#process.stdin!.write('\n');
    return this.answer<Answer>();
  }

  /** Writes a line of JSON, which is not answered. */
  tell(value: unknown): void {
    this.#process.stdin!.write(`${JSON.stringify(value)}\n`);
  }

  /** Closes its input and waits for its last answer and its end. */
  async end<Answer>(): Promise<Answer> {
    this.#process.stdin!.end();
    const last = await this.answer<Answer>();
    await this.#ended();
    return last;
  }

  async #ended(): Promise<void> {
    const { exitCode, signalCode } = this.#process;
    if (exitCode === null && signalCode === null) {
      await new Promise((done) => this.#process.once('exit', done));
    }
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }
}
