import type { Answer as Classified, FoundAnswer } from '@diffprune/inference';
import type { Manifest } from '@diffprune/sparse-diff';

/** Where a base comes from: files under a URL, files of this computer, or the address of a folder or its id in the hub. */
export type BaseSource =
  | { readonly name: string; readonly url: string; readonly files: readonly string[] }
  | { readonly name: string; readonly files: readonly File[] }
  | { readonly name: string; readonly address: string };

/** Where a diff comes from; its name is the task's. */
export interface DiffSource {
  readonly name: string;
  readonly from: string | Blob;
}

/** How a base is run. */
export interface RunOptions {
  readonly runtime: 'auto' | 'wasm' | 'webgpu';
  /** On WebAssembly. */
  readonly threads: number;
}

/** What the page shows of a base. */
export interface BaseFacts {
  readonly name: string;
  readonly parameters: number;
  /** Of its files. */
  readonly bytes: number;
  readonly layers: number;
  readonly hidden: number;
  readonly words: number;
  readonly fingerprint: string;
  /** What it runs on, in words. */
  readonly runtime: string;
  /** Milliseconds until it could be asked. */
  readonly milliseconds: number;
}

/** How much of a part of the base a diff changes. */
export interface PartChanges {
  /** `layer 0`, …; undefined for a part outside the layers. */
  readonly layer: number | undefined;
  /** `query`, `word embeddings`, … */
  readonly part: string;
  readonly changed: number;
  readonly parameters: number;
}

/** What a task is asked: a text, a pair of texts, either of these, or a question about a context. */
export type Asks = 'text' | 'pair' | 'either' | 'question';

/** What the page shows of a task. */
export interface TaskFacts {
  readonly name: string;
  readonly asks: Asks;
  /** As answers spell them; none in a regression or where stretches of text are found. */
  readonly labels: readonly string[];
  readonly manifest: Manifest;
  /** Of its file. */
  readonly bytes: number;
  /** That it takes in memory. */
  readonly memory: number;
  /** Entries of the base that it changes, and those that it brings. */
  readonly changed: number;
  readonly brought: number;
  readonly parts: readonly PartChanges[];
}

/** A text, with its second one or without; or a context and a question about it. */
export type TaskInput =
  | { readonly textA: string; readonly textB?: string }
  | { readonly question: string; readonly context: string };

/** What a task says of an input. */
export type Answer =
  ({ readonly kind: 'classified' } & Classified) | ({ readonly kind: 'found' } & FoundAnswer);

/** An answer, and what it took. */
export interface Reply {
  readonly answer: Answer;
  /** Milliseconds from the question to the answer. */
  readonly milliseconds: number;
  /** Milliseconds that it took when the base was last switched to the task. */
  readonly switchTime: number;
}

/** What the page may call in its worker. */
export interface Calls {
  open(source: BaseSource, options: RunOptions): BaseFacts;
  add(source: DiffSource): TaskFacts;
  ask(task: string, input: TaskInput): Reply;
}

export type CallName = keyof Calls;

export type ToWorker =
  | {
      readonly [Name in CallName]: {
        readonly id: number;
        readonly call: Name;
        readonly args: Parameters<Calls[Name]>;
      };
    }[CallName]
  | { readonly cancel: number };

/** How far a file has come. */
export interface Progress {
  readonly file: string;
  readonly loaded: number;
  /** Undefined where it is not known. */
  readonly total: number | undefined;
}

export type FromWorker =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { readonly name: string; readonly message: string } }
  | { readonly progress: Progress }
  /** Why nothing can be asked any more: the GPU was lost. */
  | { readonly lost: string };
