import type { Page } from './page.ts';
import type { Store } from './state.ts';

/** Keeps the page for when there is no network, and says when a new version of it is there. */
export async function keepOffline(page: Page, store: Store): Promise<void> {
  const { serviceWorker } = navigator;
  if (serviceWorker === undefined) return; // not a secure place
  const isControlled = serviceWorker.controller !== null;
  serviceWorker.addEventListener('controllerchange', () => {
    if (!isControlled) return;
    page.writeAddress();
    location.reload(); // all of its files are of the new build, now
  });
  let registration: ServiceWorkerRegistration;
  try {
    registration = await serviceWorker.register('service-worker.js');
  } catch {
    return; // storage is refused, as in some private windows: the page does without
  }
  const tell = (waiting: ServiceWorker): void =>
    store.set({
      notice: {
        kind: 'note',
        text: 'There is a new version of this page.',
        action: { label: 'Use it', run: () => waiting.postMessage('activate') },
      },
    });
  if (registration.waiting !== null && isControlled) tell(registration.waiting);
  registration.addEventListener('updatefound', () => {
    const found = registration.installing!;
    found.addEventListener('statechange', () => {
      if (found.state === 'installed' && serviceWorker.controller !== null) tell(found);
    });
  });
}
