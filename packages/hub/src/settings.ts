import { readFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { HUB_URL } from '@huggingface/hub';
import { HubError } from './errors.ts';
import { environmentFetch } from './proxy.ts';

/** How to reach the hub, and where its files are kept. Each has the default of Hugging Face's own libraries. */
export interface HubSettings {
  /** `HF_HUB_CACHE`, or `hub` in `HF_HOME`, which is `~/.cache/huggingface`. */
  readonly cacheFolder: string;
  /** `HF_ENDPOINT`, or https://huggingface.co. */
  readonly endpoint: string;
  /** `HF_TOKEN`, or the text of the file `HF_TOKEN_PATH`, which is `token` in `HF_HOME`. */
  readonly token: string | undefined;
  /** Whether to use the cache alone: `HF_HUB_OFFLINE`, or `TRANSFORMERS_OFFLINE`. */
  readonly offline: boolean;
  /** Goes through the proxies that `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say. */
  readonly fetch: typeof fetch;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The settings that are given, the others from the environment.
 *
 * @throws HubError for a setting that cannot be used
 */
export async function completeSettings(given: Partial<HubSettings>): Promise<HubSettings> {
  const env: Environment = process.env;
  const offline = given.offline ?? isTrue(env['HF_HUB_OFFLINE'] || env['TRANSFORMERS_OFFLINE']);
  const endpoint = (given.endpoint ?? (env['HF_ENDPOINT'] || HUB_URL)).replace(/\/+$/, '');
  const token = given.token ?? (await tokenOf(env));
  if (!offline) checkQuestions(endpoint, token);
  return {
    cacheFolder: given.cacheFolder ?? cacheOf(env),
    endpoint,
    token,
    offline,
    fetch: given.fetch ?? (offline ? fetch : await environmentFetch(env)),
  };
}

/** What Python's `huggingface_hub` takes for true. */
function isTrue(value: string | undefined): boolean {
  return /^(1|on|yes|true)$/i.test(value ?? '');
}

function homeOf(env: Environment): string {
  const caches = env['XDG_CACHE_HOME'] || '~/.cache';
  return expand('HF_HOME', env['HF_HOME'] || join(caches, 'huggingface'), env);
}

function cacheOf(env: Environment): string {
  const older = env['HUGGINGFACE_HUB_CACHE'] || join(homeOf(env), 'hub');
  return expand('HF_HUB_CACHE', env['HF_HUB_CACHE'] || older, env);
}

async function tokenOf(env: Environment): Promise<string | undefined> {
  if (isTrue(env['HF_HUB_DISABLE_IMPLICIT_TOKEN'])) return undefined;
  const said = env['HF_TOKEN'] || env['HUGGING_FACE_HUB_TOKEN'];
  const path = expand('HF_TOKEN_PATH', env['HF_TOKEN_PATH'] || join(homeOf(env), 'token'), env);
  // A token that cannot be read is as good as none: most repositories are public.
  const text = said ?? (await readFile(path, 'utf8').catch(() => ''));
  return text.replace(/[\r\n]/g, '').trim() || undefined;
}

/** Python's `os.path.expandvars(os.path.expanduser(path))`: `~`, `$NAME` and `${NAME}`; unknown names stay. */
function expand(name: string, path: string, env: Environment): string {
  const [, user] = /^~([^/\\]*)/.exec(path) ?? [];
  if (user && user !== userInfo().username) {
    throw new HubError(`${name} is ${path}: where ${user} is at home is not known; give the whole path`);
  }
  const home = (process.platform !== 'win32' && env['HOME']) || homedir();
  const expanded = user === undefined ? path : home + path.slice(1 + user.length);
  return expanded.replace(/\$(?:(\w+)|\{([^}]*)\})/g, (text, bare: string, braced: string) => {
    return env[bare ?? braced] ?? text;
  });
}

function checkQuestions(endpoint: string, token: string | undefined): void {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw new HubError(`HF_ENDPOINT must be an address such as ${HUB_URL}, without a name or password in it`);
  }
  if (token && !/^[\x21-\x7e]+$/.test(token)) {
    throw new HubError('HF_TOKEN, or the file of the token, holds characters that no token has; set it anew');
  }
}
