/** Examples that somebody waits for. */
interface Request {
  readonly examples: readonly unknown[];
  readonly signal: AbortSignal | undefined;
  readonly resolve: (answers: unknown[]) => void;
  readonly reject: (reason: unknown) => void;
}

/** Examples that are answered together at most, unless one request has more. */
const mostExamples = 32;

/**
 * Requests to several tasks, of which one is served at a time. Those to a task that wait at the same time are answered
 * together; then it is the next task's turn, so that none waits for ever. A request that cannot be answered fails alone.
 */
export class Requests<Task> {
  /** The task whose turn it is comes first. */
  readonly #waiting = new Map<Task, Request[]>();
  readonly #chores: (() => Promise<void>)[] = [];
  readonly #open = new Map<Task, Set<Promise<unknown>>>();
  #isServing = false;

  /** @param answer answers examples of a task, in their order; not called before the last call is done */
  constructor(readonly answer: (task: Task, examples: readonly unknown[]) => Promise<unknown[]>) {}

  /**
   * @param signal of a caller who may lose interest: then the answer is not made, unless it is under way
   * @returns the answers to the examples, in their order
   */
  add(task: Task, examples: readonly unknown[], signal?: AbortSignal): Promise<unknown[]> {
    const answers = new Promise<unknown[]>((resolve, reject) => {
      const others = this.#waiting.get(task) ?? [];
      others.push({ examples, signal, resolve, reject });
      this.#waiting.set(task, others);
    });
    const open = this.#open.get(task) ?? new Set();
    this.#open.set(task, open.add(answers));
    const close = (): void => {
      open.delete(answers);
      if (open.size === 0 && this.#open.get(task) === open) this.#open.delete(task);
    };
    answers.then(close, close);
    void this.#serve();
    return answers;
  }

  /** Does something between two answers, as soon as that can be. */
  alone<Result>(chore: () => Result | Promise<Result>): Promise<Result> {
    const result = new Promise<Result>((resolve, reject) => {
      this.#chores.push(async () => {
        try {
          resolve(await chore());
        } catch (error) {
          reject(error as Error);
        }
      });
    });
    void this.#serve();
    return result;
  }

  /** Waits until what was asked of a task so far is answered. */
  async whenAnswered(task: Task): Promise<void> {
    await Promise.allSettled(this.#open.get(task) ?? []);
  }

  async #serve(): Promise<void> {
    if (this.#isServing) return;
    this.#isServing = true;
    await Promise.resolve(); // what is asked in one go is answered together
    for (;;) {
      const chore = this.#chores.shift();
      const [turn] = this.#waiting;
      if (chore) await chore();
      else if (turn) {
        await this.#answerTogether(turn[0], this.#take(...turn));
        await othersTurn();
      } else break;
    }
    this.#isServing = false;
  }

  /** Takes requests of a task, whose next turn comes after that of all others. */
  #take(task: Task, requests: Request[]): Request[] {
    let [count, examples] = [0, 0];
    while (
      count < requests.length &&
      (count === 0 || examples + requests[count]!.examples.length <= mostExamples)
    ) {
      examples += requests[count++]!.examples.length;
    }
    const taken = requests.splice(0, count);
    this.#waiting.delete(task);
    if (requests.length > 0) this.#waiting.set(task, requests);
    return taken;
  }

  async #answerTogether(task: Task, requests: readonly Request[]): Promise<void> {
    const wanted = requests.filter(({ signal, reject }) => {
      if (signal?.aborted) reject(signal.reason);
      return !signal?.aborted;
    });
    if (wanted.length === 0) return;
    try {
      const answers = await this.answer(
        task,
        wanted.flatMap(({ examples }) => examples),
      );
      let at = 0;
      for (const { examples, resolve } of wanted) resolve(answers.slice(at, (at += examples.length)));
    } catch (error) {
      if (wanted.length === 1) wanted[0]!.reject(error);
      else for (const request of wanted) await this.#answerTogether(task, [request]);
    }
  }
}

/** Lets whatever waits on the event loop run: new requests, timers, a page's input. */
function othersTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else {
      const { port1, port2 } = new MessageChannel(); // a timer would wait 4 ms
      port1.onmessage = () => resolve();
      port2.postMessage(undefined);
    }
  });
}
