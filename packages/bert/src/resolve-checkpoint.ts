import { resolveRepository, type ResolveOptions } from '@diffprune/hub';
import { modelFolder } from './checkpoint-folder.ts';
import { readConfig } from './checkpoint.ts';
import { checkpointFiles } from './weights.ts';

export type ResolveCheckpointOptions = Omit<ResolveOptions, 'type' | 'files'>;

/**
 * The folder of a model that a user names: the folder itself, or a repository of the Hugging Face hub, downloaded into
 * the cache if it is not there. The configuration comes first, so that a model of another architecture is refused
 * before its weights are downloaded.
 *
 * @param model a folder, or a hub id such as `bert-base-uncased` or `google/bert_uncased_L-2_H-128_A-2@main`
 * @returns a folder for `loadCheckpoint`
 * @throws BertConfigError for a model that is no BERT; HubError and its kinds for one that cannot be had
 */
export async function resolveCheckpoint(
  model: string,
  options: ResolveCheckpointOptions = {},
): Promise<string> {
  const { onNotice: _notice, onProgress: _progress, ...quietly } = options;
  const isConfig = (name: string) => name === 'config.json';
  const folder = await resolveRepository(model, {
    ...quietly,
    type: 'model',
    files: (names) => names.filter(isConfig),
  });
  await readConfig(await modelFolder(folder));
  return resolveRepository(model, { ...options, type: 'model', files: checkpointFiles });
}
