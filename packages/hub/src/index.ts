export {
  HubAccessError,
  HubCacheError,
  HubConnectionError,
  HubError,
  HubHashError,
  HubNotFoundError,
} from './errors.ts';
export { parseHubId, type Repository } from './repository.ts';
export type { HubSettings } from './settings.ts';
export { showDownload, type DownloadView } from './show-download.ts';
export { resolveRepository, type DownloadProgress, type ResolveOptions } from './resolve-repository.ts';
