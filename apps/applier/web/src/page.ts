import { readAddress, writeAddress } from './address.ts';
import { addTasks, withTasks, type Addition } from './added-tasks.ts';
import { askedTasks, inputFor, shownTexts } from './asking.ts';
import { messageOf } from './format.ts';
import { sortFiles, type PlacedFile } from './placed-files.ts';
import type { StartModels } from './start-models.ts';
import { allTasks, type Field, type Said, type State, type Store, type Texts } from './state.ts';
import { BaseWorker, CallError } from './worker/base-worker.ts';
import type { BaseSource, DiffSource, RunOptions } from './worker/protocol.ts';

/** Milliseconds without another letter after which the address says what stands in the fields. */
const addressDelay = 300;

/** What a reader can do on the page. */
export class Page {
  readonly #store: Store;
  #worker: BaseWorker | undefined;
  /** The one that is to take its place. */
  #opening: BaseWorker | undefined;
  #source: BaseSource | undefined;
  readonly #diffs = new Map<string, DiffSource>();
  #asking = new AbortController();
  #addressTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  get state(): State {
    return this.#store.state;
  }

  /** Opens the models that `models.json` names. */
  async start(): Promise<void> {
    try {
      const answer = await fetch('models.json');
      if (!answer.ok) throw new Error(`models.json: the server answered ${answer.status}`);
      const { base, diffs } = (await answer.json()) as StartModels;
      const absolute = (url: string) => new URL(url, document.baseURI).href;
      this.applyAddress();
      await this.open(
        { ...base, url: absolute(base.url) },
        diffs.map(({ name, url }) => ({ name, from: absolute(url) })),
      );
    } catch (error) {
      this.#store.set({ failure: messageOf(error), loading: undefined });
    }
  }

  /**
   * Opens a base and tasks in place of those that there are, which stay until the new ones are there. An opening that is
   * under way is given up.
   *
   * @throws CallError if the base cannot be had; diffs that cannot be added are told of
   */
  async open(
    source: BaseSource,
    diffs: readonly DiffSource[],
    choice: RunOptions = this.state.choice,
  ): Promise<void> {
    this.#opening?.stop();
    let lost: string | undefined;
    const worker: BaseWorker = (this.#opening = new BaseWorker(
      (progress) => this.#store.set({ loading: progress }),
      (reason) => {
        lost = reason;
        if (worker === this.#worker) void this.#goOn(reason);
      },
    ));
    this.#store.set({ loading: { file: source.name, loaded: 0, total: undefined }, failure: undefined });
    try {
      const base = await worker.call('open', [source, choice]);
      const addition = await addTasks(worker, diffs);
      if (this.#opening !== worker) return;
      this.#opening = undefined;
      this.#asking.abort();
      this.#worker?.stop();
      [this.#worker, this.#source] = [worker, source];
      this.#diffs.clear();
      this.#store.set({ base, choice, tasks: [], said: new Map() });
      if (lost === undefined) this.#take(addition);
      else await this.#goOn(lost, diffs);
    } catch (error) {
      if (this.#opening !== worker) return; // given up
      this.#opening = undefined;
      worker.stop();
      this.#store.set({ loading: undefined });
      throw error;
    }
  }

  /** Adds tasks; of those that cannot be added the reader is told why. */
  async add(diffs: readonly DiffSource[]): Promise<void> {
    const worker = this.#worker!;
    const addition = await addTasks(worker, diffs);
    if (worker !== this.#worker) return; // another base was opened meanwhile, with these tasks or its own
    this.#take(addition);
  }

  /** Shows tasks that were added. */
  #take({ added, problems }: Addition): void {
    for (const { diff } of added) this.#diffs.set(diff.name, diff);
    this.#store.set({
      ...withTasks(
        this.state,
        added.map(({ task }) => task),
      ),
      loading: undefined,
    });
    if (problems.length > 0) this.#tell(problems.join('\n'));
    const { tasks, selected } = this.state;
    const isThere = selected === allTasks || tasks.some(({ name }) => name === selected);
    if (!isThere) this.#store.set({ selected: tasks[0]?.name ?? '' });
    else if (added.length === 1 && problems.length === 0) this.#store.set({ selected: added[0]!.task.name });
    this.ask();
    void this.#warmUp();
  }

  /** Asks each task once, for nobody, so that the first answer after a change of task is as quick as the others. */
  async #warmUp(): Promise<void> {
    const [worker, { tasks, selected, texts }] = [this.#worker!, this.state];
    const others = tasks.filter(({ name }) => name !== selected);
    for (const { name, asks } of [...others, ...tasks.filter((task) => task.name === selected)]) {
      const input = inputFor({ asks }, { ...this.state, texts, selected: name });
      if (input !== undefined) await worker.call('ask', [name, input]).catch(() => {});
    }
  }

  /** Opens the base among a reader's files, if there is one, and adds the tasks. */
  async takeFiles(files: readonly PlacedFile[]): Promise<void> {
    const { base, diffs } = sortFiles(files);
    if (base !== undefined) await this.#openOrTell(base, diffs, this.state.choice);
    else if (diffs.length > 0 && this.#worker !== undefined) await this.add(diffs);
    else if (files.length > 0)
      this.#tell(
        'There is neither a .sdiff file nor the folder of a base (with its config.json) among these files.',
      );
  }

  /** Opens the same base and tasks in another way. */
  async run(choice: RunOptions): Promise<void> {
    if (this.#source !== undefined) await this.#openOrTell(this.#source, [...this.#diffs.values()], choice);
  }

  /** Opens an address, or a base of the hub by its id. */
  async openAddress(address: string): Promise<void> {
    await this.#openOrTell({ name: address, address }, [], this.state.choice);
  }

  /** Goes on without the GPU that was lost. */
  async #goOn(reason: string, diffs: Iterable<DiffSource> = this.#diffs.values()): Promise<void> {
    await this.#openOrTell(this.#source!, [...diffs], { ...this.state.choice, runtime: 'wasm' });
    this.#tell(`${reason}. The page goes on with WebAssembly; you may choose WebGPU again.`);
  }

  async #openOrTell(source: BaseSource, diffs: readonly DiffSource[], choice: RunOptions): Promise<void> {
    try {
      await this.open(source, diffs, choice);
    } catch (error) {
      this.#tell(`${source.name} was not opened: ${messageOf(error)}`);
    }
  }

  #tell(text: string): void {
    this.#store.set({ notice: { kind: 'problem', text } });
  }

  select(name: string): void {
    if (name === this.state.selected) return;
    this.#store.set({ selected: name });
    this.ask();
  }

  /** Selects the task at a place, as the list shows them; all of them at 0. */
  selectAt(place: number): void {
    const name = place === 0 ? allTasks : this.state.tasks[place - 1]?.name;
    if (name !== undefined && this.state.tasks.length > 0) this.select(name);
  }

  /** Takes over what a field has, without asking: while an input method composes, too. */
  write(field: Field, text: string): void {
    const kind = shownTexts(this.state);
    this.#store.set({ texts: { ...this.state.texts, [kind]: { ...this.state.texts[kind], [field]: text } } });
  }

  /** Puts an example into the fields, and asks it. */
  take(example: Partial<Texts[keyof Texts]>): void {
    for (const [field, text] of Object.entries(example)) this.write(field as Field, text);
    this.ask();
  }

  /** Asks what stands in the fields; earlier questions are given up. */
  ask(): void {
    this.#asking.abort();
    const asking = (this.#asking = new AbortController());
    const { state } = this;
    const asked = askedTasks(state).flatMap((task) => {
      const input = inputFor(task, state);
      return input === undefined ? [] : [{ task, input }];
    });
    const kept = asked.flatMap(({ task: { name } }) => {
      const said = state.said.get(name);
      return said === undefined ? [] : [[name, said] as const];
    });
    this.#store.set({ said: new Map(kept), asking: asked.length > 0 });
    this.#writeAddressSoon();
    const answers = asked.map(async ({ task: { name }, input }) => {
      let said: Said;
      try {
        const reply = await this.#worker!.call('ask', [name, input], asking.signal);
        said = { input, reply };
      } catch (error) {
        if (error instanceof CallError && error.name === 'DeviceLostError') return; // it is asked again
        said = { input, problem: messageOf(error) };
      }
      if (asking.signal.aborted) return;
      this.#store.set({ said: new Map(this.state.said).set(name, said) });
    });
    void Promise.all(answers).then(() => {
      if (!asking.signal.aborted) this.#store.set({ asking: false });
    });
  }

  /** Takes over what the address says. */
  applyAddress(): void {
    const { task, texts } = readAddress(location.hash);
    const before = this.state.texts;
    this.#store.set({
      ...(task !== undefined && { selected: task }),
      texts: {
        text: { ...before.text, ...texts.text },
        pair: { ...before.pair, ...texts.pair },
        question: { ...before.question, ...texts.question },
      },
    });
    if (this.state.base !== undefined) this.ask();
  }

  dismissNotice(): void {
    this.#store.set({ notice: undefined });
  }

  #writeAddressSoon(): void {
    clearTimeout(this.#addressTimer);
    this.#addressTimer = setTimeout(() => this.writeAddress(), addressDelay);
  }

  /** Lets the address say what the page shows, so that it is there again when it is loaded anew. */
  writeAddress(): void {
    const { selected, texts, tasks } = this.state;
    const kind = shownTexts(this.state);
    if (tasks.length > 0) history.replaceState(null, '', writeAddress(selected, kind, texts[kind]));
  }
}
