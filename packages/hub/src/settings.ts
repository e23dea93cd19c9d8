import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { getHFHubCachePath, HUB_URL } from '@huggingface/hub';

/** How to reach the hub, and where its files are kept. Each has the default of Hugging Face's own libraries. */
export interface HubSettings {
  /** `HF_HUB_CACHE`, or `hub` in `HF_HOME`, which is `~/.cache/huggingface`. */
  readonly cacheFolder: string;
  /** `HF_ENDPOINT`, or https://huggingface.co. */
  readonly endpoint: string;
  /** `HF_TOKEN`, or the text of the file `HF_TOKEN_PATH`, which is `token` in `HF_HOME`. */
  readonly token: string | undefined;
  /** Whether to use the cache alone: `HF_HUB_OFFLINE`. */
  readonly offline: boolean;
  readonly fetch: typeof fetch;
}

/** The settings that are given, the others from the environment. */
export async function completeSettings(given: Partial<HubSettings>): Promise<HubSettings> {
  const env = process.env;
  const endpoint = given.endpoint ?? env['HF_ENDPOINT'] ?? HUB_URL;
  return {
    cacheFolder: given.cacheFolder ?? getHFHubCachePath(),
    endpoint: endpoint.replace(/\/+$/, ''),
    token: given.token ?? (env['HF_TOKEN']?.trim() || (await tokenFile())),
    offline: given.offline ?? /^(1|on|yes|true)$/i.test(env['HF_HUB_OFFLINE'] ?? ''),
    fetch: given.fetch ?? fetch,
  };
}

async function tokenFile(): Promise<string | undefined> {
  const env = process.env;
  const home = env['HF_HOME'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'huggingface');
  // A token that cannot be read is as good as none: most repositories are public.
  const text = await readFile(env['HF_TOKEN_PATH'] ?? join(home, 'token'), 'utf8').catch(() => '');
  return text.trim() || undefined;
}
