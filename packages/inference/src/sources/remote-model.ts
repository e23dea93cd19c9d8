import { checkpointFiles, tokenizerFileNames, weightFiles, type ModelFiles } from '@diffprune/bert';
import { sourceJson, type ByteSource } from '@diffprune/files';
import type { Downloads, FoundFile } from './downloads.ts';
import type { KeptModel } from './file-store.ts';
import type { RemoteFile } from './incoming-file.ts';
import { SourceError } from './source-error.ts';

/** What a folder may hold beside its weights; where it lies, an adapter makes it no whole model. */
const smallFiles = ['config.json', ...tokenizerFileNames, 'adapter_config.json'];

/**
 * The model in a folder that a server has, whose files are found by asking for them.
 *
 * @throws SourceError where there is no `config.json`, or an answer is not a file
 */
export async function folderModel(folder: string, downloads: Downloads): Promise<ModelFiles> {
  const find = (name: string) => downloads.find(name, { url: within(folder, name) });
  const answers = await Promise.all(smallFiles.map(async (name) => [name, await find(name)] as const));
  const found = answers.filter(
    (answer): answer is [string, FoundFile] => !(answer[1] instanceof SourceError),
  );
  const [, config] = answers[0]!;
  if (config instanceof SourceError) throw config;
  const files = await opened(found);
  for (const name of weightFiles) {
    const weights = await find(name);
    if (weights instanceof SourceError) continue;
    if (!name.endsWith('.index.json')) return modelFiles(folder, files, { [name]: weights.open });
    const index = await weights.open();
    const shards = await shardNames(index);
    const open = async (shard: string): Promise<ByteSource> => {
      const answer = await find(shard);
      if (answer instanceof SourceError) throw answer;
      return answer.open();
    };
    files.set(name, index);
    return modelFiles(folder, files, Object.fromEntries(shards.map((shard) => [shard, () => open(shard)])));
  }
  return modelFiles(folder, files, {});
}

/**
 * The model of a listing.
 *
 * @param folder what messages call it
 * @throws SourceError where a file cannot be had
 */
export async function listedModel(
  folder: string,
  listing: ReadonlyMap<string, RemoteFile>,
  downloads: Downloads,
): Promise<ModelFiles> {
  const names = checkpointFiles([...listing.keys()]);
  const find = async (name: string): Promise<FoundFile> => {
    const found = await downloads.find(name, listing.get(name)!);
    if (found instanceof SourceError) throw found;
    return found;
  };
  const small = names.filter((name) => smallFiles.includes(name));
  const files = await opened(await Promise.all(small.map(async (name) => [name, await find(name)] as const)));
  const others = names.filter((name) => !files.has(name));
  const later = others.map((name) => [name, async () => (await find(name)).open()] as const);
  return modelFiles(folder, files, Object.fromEntries(later));
}

/** The address of a file in a folder, with what the folder's address has after `?`. */
function within(folder: string, name: string): string {
  const url = new URL(folder);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${name}`;
  return url.href;
}

/** A model of which all is kept, without asking whether it is still what is there. */
export function keptModel({ folder, files }: KeptModel, downloads: Downloads): ModelFiles {
  const names = Object.keys(files);
  return { folder, names, open: (name) => downloads.openKept(name, files[name]!) };
}

async function opened(found: readonly (readonly [string, FoundFile])[]): Promise<Map<string, ByteSource>> {
  return new Map(await Promise.all(found.map(async ([name, file]) => [name, await file.open()] as const)));
}

function modelFiles(
  folder: string,
  files: ReadonlyMap<string, ByteSource>,
  later: Readonly<Record<string, () => Promise<ByteSource>>>,
): ModelFiles {
  return {
    folder: folder.replace(/\/$/, ''),
    names: [...files.keys(), ...Object.keys(later)],
    open: async (name) => files.get(name) ?? later[name]!(),
  };
}

/** The names of the files that an index divides the weights among; what is wrong with it is told where it is read. */
async function shardNames(index: ByteSource): Promise<string[]> {
  const { weight_map: map } = ((await sourceJson(index)) ?? {}) as { weight_map?: Record<string, unknown> };
  return [...new Set(Object.values(map ?? {}))].filter((name) => typeof name === 'string');
}
