import { readDiff } from '@diffprune/sparse-diff/node';
import { readBase, type LoadBaseOptions } from '../read-base.ts';
import type { DiffSource } from '../sources/diff-source.ts';
import type { LoadOptions } from '../sources/load-options.ts';
import type { ModelSource } from '../sources/model-source.ts';
import { ResidentBase as AnyResidentBase, type ResidentOptions } from './resident-base.ts';
import type { ResidentTask } from './resident-task.ts';

/** As of the main entry; but strings are paths, and ids of models whose files are kept in the Hugging Face cache. */
export class ResidentBase extends AnyResidentBase {
  /** @throws what `readBase` throws, for a string; else as of the main entry */
  static override async load(
    source: ModelSource,
    options: ResidentOptions & LoadOptions & Pick<LoadBaseOptions, 'onNotice'> = {},
  ): Promise<AnyResidentBase> {
    if (typeof source !== 'string') return super.load(source, options);
    const { onProgress, onNotice } = options;
    const told = { ...(onProgress && { onProgress }), ...(onNotice && { onNotice }) };
    return this.create(await readBase(source, told), options);
  }

  override async add(diff: DiffSource, name?: string): Promise<ResidentTask> {
    return super.add(typeof diff === 'string' ? await readDiff(diff) : diff, name);
  }
}
