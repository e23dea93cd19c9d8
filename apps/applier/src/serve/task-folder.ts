import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '@diffprune/command-line';
import { writeFileAtomically } from '@diffprune/files/node';
import type { ResidentBase, ResidentTask } from '@diffprune/inference/node';
import { Problem } from './problem.ts';

const ending = '.sdiff';

/** Names that are files of this folder and of no other, on every system. */
const possible = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/**
 * The diffs of a folder as tasks of a base: `sst2.sdiff` is the task `sst2`. What is put or removed changes the folder,
 * too, so that the tasks are the same after a restart.
 */
export class TaskFolder {
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly base: ResidentBase,
    readonly folder: string,
  ) {}

  /** @throws InputError naming a file that is no diff of this base, or has a name that no task can have */
  static async open(base: ResidentBase, folder: string): Promise<TaskFolder> {
    const files = (await readdir(folder)).filter((file) => file.endsWith(ending)).sort();
    for (const file of files) {
      const name = file.slice(0, -ending.length);
      const path = join(folder, file);
      if (!possible.test(name)) {
        throw new InputError(
          `${path}: a task cannot have this name: take letters, digits, dot, hyphen and underscore`,
        );
      }
      try {
        await base.add(await readFile(path), name);
      } catch (error) {
        throw new InputError(`${path}: ${(error as Error).message}`, { cause: error });
      }
    }
    return new TaskFolder(base, folder);
  }

  /**
   * Adds a task, or replaces one: the file is written when the base has taken the diff.
   *
   * @throws Problem for a name that no task can have; WrongBaseError, DiffFitError, FormatError for another diff
   */
  put(name: string, diff: Uint8Array): Promise<ResidentTask> {
    const path = this.#path(name);
    return this.#alone(async () => {
      const before = this.base.tasks.some((task) => task.name === name);
      const task = await this.base.add(diff, name);
      try {
        await writeFileAtomically(path, diff);
      } catch (error) {
        if (!before) await this.base.remove(name);
        throw error;
      }
      return task;
    });
  }

  /** @throws InferenceError if there is no such task */
  remove(name: string): Promise<void> {
    const path = this.#path(name);
    return this.#alone(async () => {
      this.base.task(name);
      await rm(path, { force: true });
      await this.base.remove(name);
    });
  }

  #path(name: string): string {
    if (possible.test(name)) return join(this.folder, `${name}${ending}`);
    throw new Problem(
      400,
      'a name has 1 to 100 letters, digits, dots, hyphens and underscores, and begins with a letter or a digit',
    );
  }

  /** One change at a time: the file and the task that it is stay together. */
  #alone<Result>(change: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(change);
    this.#last = result.catch(() => {});
    return result;
  }
}
