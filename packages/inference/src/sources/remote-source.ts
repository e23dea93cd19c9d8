import type { ModelFiles } from '@diffprune/bert';
import { absoluteAddress, isAddress } from './address.ts';
import { Downloads } from './downloads.ts';
import type { KeptModel } from './file-store.ts';
import { filesUrl, listHub, parseId } from './hub-model.ts';
import type { LoadOptions } from './load-options.ts';
import type { OpenModel } from './model-source.ts';
import { folderModel, keptModel, listedModel } from './remote-model.ts';
import { SourceError } from './source-error.ts';

const hub = 'https://huggingface.co';

/** As `withModel`, of a model at an address or of a hub. What reads those is loaded only for them. */
export async function withRemoteModel<Result>(
  source: string | URL,
  options: LoadOptions,
  use: (model: OpenModel) => Promise<Result>,
): Promise<Result> {
  const { signal } = options;
  signal?.throwIfAborted();
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal?.reason);
  signal?.addEventListener('abort', abort);
  const downloads = new Downloads(controller.signal, options);
  try {
    await downloads.start();
    const { key, files } = await remoteModel(source, downloads, options);
    try {
      const fingerprint: OpenModel['fingerprint'] = (of, compute) => downloads.fingerprint(of, compute);
      const result = await use({ files, fingerprint });
      await downloads.complete(key, files.folder);
      return result;
    } catch (error) {
      await downloads.forget(error);
      throw error;
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    controller.abort(); // what nobody reads to its end
  }
}

/** @returns the model, and what the store knows it by */
async function remoteModel(
  source: string | URL,
  downloads: Downloads,
  { endpoint = hub, onNotice }: LoadOptions,
): Promise<{ readonly key: string; readonly files: ModelFiles }> {
  const place = endpoint.replace(/\/+$/, '');
  const id = isAddress(source) ? undefined : parseId(String(source));
  const key = id ? `${place}/${id.name}@${id.revision}` : absoluteAddress(source);
  const kept = await downloads.store?.model(key);
  if (kept && id && /^[0-9a-f]{40}$/.test(id.revision)) return { key, files: keptModel(kept, downloads) };
  try {
    if (id === undefined) return { key, files: await folderModel(key, downloads) };
    const listing = await listHub(place, id, downloads.signal);
    const files = listing
      ? await listedModel(`${id.name}@${listing.commit}`, listing.files, downloads)
      : await folderModel(absoluteAddress(filesUrl(place, id, id.revision)), downloads);
    return { key, files };
  } catch (error) {
    return { key, files: keptInstead(error, kept, downloads, onNotice) };
  }
}

/** What is kept, where the server is away. */
function keptInstead(
  error: unknown,
  kept: KeptModel | undefined,
  downloads: Downloads,
  onNotice: LoadOptions['onNotice'],
): ModelFiles {
  const isAway = error instanceof SourceError && /^(unreachable|refused)$/.test(error.problem);
  if (!isAway || kept === undefined) throw error;
  onNotice?.(`using what is kept of ${kept.folder}: ${error.message}`);
  return keptModel(kept, downloads);
}
