import { datasetInfo, listFiles, modelInfo } from '@huggingface/hub';
import { HubAccessError, HubConnectionError, HubError, HubNotFoundError, reason } from './errors.ts';
import { describe, type Repository } from './repository.ts';
import type { HubSettings } from './settings.ts';

/** A file of a repository, as the hub lists it. */
export interface ListedFile {
  /** Its path in the repository. */
  readonly name: string;
  /** Length in bytes. */
  readonly size: number;
  /** Hash of the content: SHA-256 of a large file, that of a git blob (SHA-1) of any other; 64 or 40 hex digits. */
  readonly hash: string;
}

/** The files of a repository at one commit. */
export interface Listing {
  /** 40 hexadecimal digits. */
  readonly commit: string;
  readonly files: readonly ListedFile[];
}

/** How many answers a listing may take; the hub has a thousand files in each. */
const maxAnswers = 1000;

/** How long the hub may take to answer a question, in milliseconds; a download may take its time. */
const patience = 10_000;

/**
 * Asks the hub what a repository holds.
 *
 * @throws HubNotFoundError, HubAccessError, HubConnectionError
 */
export async function listRepository(repository: Repository, settings: HubSettings): Promise<Listing> {
  const { type, name, revision } = repository;
  const ask = askHub(repository, settings);
  let answers = 0;
  const params = {
    hubUrl: settings.endpoint,
    fetch: ((input, init) => {
      if (++answers > maxAnswers) throw new Error(`a listing of more than ${maxAnswers} pages`);
      return ask(input, { ...init, signal: AbortSignal.timeout(patience) });
    }) as typeof fetch,
  };
  try {
    const query = { ...params, name, revision, additionalFields: ['sha' as const] };
    const { sha: commit } = await (type === 'model' ? modelInfo(query) : datasetInfo(query));
    if (!/^[0-9a-f]{40}$/.test(commit)) throw new Error(`${JSON.stringify(commit)} is no commit`);
    const files: ListedFile[] = [];
    const entries = listFiles({ ...params, repo: { type, name }, revision: commit, recursive: true });
    for await (const { type, path, size, oid, lfs } of entries) {
      if (type === 'file') files.push(checkFile({ name: path, size, hash: lfs?.oid ?? oid ?? '' }));
    }
    return { commit, files };
  } catch (error) {
    if (error instanceof HubError) throw error;
    // A page that asks to log in to the network, for one, answers for the hub without being it.
    throw new HubConnectionError(`${settings.endpoint} gave no usable answer (${(error as Error).message})`);
  }
}

/** @throws Error for a name that would lie outside its folder, or a hash that is none */
function checkFile(file: ListedFile): ListedFile {
  const { name, size, hash } = file;
  const inside = name.split('/').every((part) => !['', '.', '..'].includes(part)) && !/[\\:\0]/.test(name);
  if (!inside || !Number.isSafeInteger(size) || size < 0 || !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(hash)) {
    throw new Error(`it lists ${JSON.stringify(file)}`);
  }
  return file;
}

/**
 * Begins to download a file.
 *
 * @param from byte to begin at
 * @throws HubNotFoundError, HubAccessError, HubConnectionError
 */
export async function openFile(
  repository: Repository,
  commit: string,
  file: string,
  from: number,
  settings: HubSettings,
): Promise<Response> {
  const folder = repository.type === 'model' ? '' : 'datasets/';
  const path = file.split('/').map(encodeURIComponent).join('/');
  const url = `${settings.endpoint}/${folder}${repository.name}/resolve/${commit}/${path}`;
  // A compressed answer could not be resumed at a byte of the file.
  const headers = { 'accept-encoding': 'identity', ...(from > 0 && { range: `bytes=${from}-` }) };
  return askHub(repository, settings, file)(url, { headers });
}

/** A `fetch` that shows the token to the hub alone, and whose every failure is an error of this package. */
function askHub(repository: Repository, settings: HubSettings, file?: string): typeof fetch {
  const { endpoint, token } = settings;
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = new Headers(init?.headers);
    if (token && url.origin === new URL(endpoint).origin) {
      headers.set('authorization', `Bearer ${token}`);
    }
    let response: Response;
    try {
      response = await settings.fetch(url, { ...init, headers });
    } catch (error) {
      throw new HubConnectionError(`${endpoint} cannot be reached (${reason(error)})`);
    }
    if (!response.ok) throw await refusal(response, repository, settings, file);
    return response;
  };
}

/** What a status other than success means; the hub tells missing things apart in the header X-Error-Code. */
async function refusal(
  response: Response,
  repository: Repository,
  { endpoint, token }: HubSettings,
  file?: string,
): Promise<HubError> {
  await response.body?.cancel();
  const what = describe(repository);
  const page = `${endpoint}/${repository.type === 'dataset' ? 'datasets/' : ''}${repository.name}`;
  const code = response.headers.get('x-error-code');
  switch (response.status) {
    case 401:
    case 403:
      return new HubAccessError(
        code === 'GatedRepo'
          ? `${what} is only for those who have accepted its conditions: accept them at ${page}, and set HF_TOKEN to a token of yours (${endpoint}/settings/tokens)`
          : `there is no ${what} on ${endpoint}, nor a folder of that name, or it is private: check the name; if it is right, ${token ? 'HF_TOKEN must be' : 'set HF_TOKEN to'} a token with access to it (${endpoint}/settings/tokens)`,
      );
    case 404:
      if (code === 'RevisionNotFound') {
        const { type, name, revision } = repository;
        return new HubNotFoundError('revision', `${type} ${name} has no revision "${revision}"; see ${page}`);
      }
      if (file !== undefined) return new HubNotFoundError('file', `${what} has no file ${file}; see ${page}`);
      return new HubNotFoundError(
        'repository',
        `there is no ${what} on ${endpoint}, nor a folder of that name`,
      );
    default:
      return new HubConnectionError(`${endpoint} answered with status ${response.status}; try again later`);
  }
}
