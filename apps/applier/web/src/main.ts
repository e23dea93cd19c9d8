import { render } from 'lit';
import { announce } from './announce.ts';
import { keepOffline } from './keep-offline.ts';
import { listenToDrops } from './drops.ts';
import { listenToKeys } from './keys.ts';
import { Page } from './page.ts';
import { Store } from './state.ts';
import { mostThreads } from './threads.ts';
import { app } from './views/app.ts';

const root = document.getElementById('page')!;
const store = new Store(
  {
    ...{ base: undefined, failure: undefined, tasks: [], selected: '', said: new Map(), asking: false },
    texts: { text: { textA: '' }, pair: { textA: '', textB: '' }, question: { question: '', context: '' } },
    loading: { file: 'the model', loaded: 0, total: undefined },
    choice: { runtime: 'auto', threads: mostThreads() },
    ...{ notice: undefined, dragging: false },
  },
  (state) => {
    render(app(state, page), root);
    announce(state);
  },
);
const page = new Page(store);
render(app(store.state, page), root);
listenToKeys(page);
listenToDrops(page, store);
addEventListener('hashchange', () => page.applyAddress());
void page.start();
void keepOffline(page, store);
