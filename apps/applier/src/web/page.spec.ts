import { chromiumPath } from '@diffprune/testing/chromium';
import { answersSuite } from './answers-suite.ts';
import { looksSuite } from './looks-suite.ts';
import { disposeNode } from './node-answers.fixture.ts';
import { offlineSuite } from './offline-suite.ts';
import { ownFilesSuite } from './own-files-suite.ts';
import { buildPage, Host, Visitors } from './served-page.fixture.ts';
import { serviceSuite } from './service-suite.ts';
import type { Visit } from './suite.ts';

const block = chromiumPath === undefined ? describe.skip : describe;
block(`the page in Chromium${chromiumPath === undefined ? ' (skipped: no Chromium)' : ''}`, () => {
  const visitors = new Visitors();
  const hosts: Host[] = [];
  let folder = '';

  const visit: Visit = {
    get folder() {
      return folder;
    },
    async open(isIsolated = true, options = {}, hash = '', script) {
      const host = await Host.start(folder, isIsolated);
      hosts.push(host);
      return { host, ...(await visitors.open(host.url + hash, options, script)) };
    },
    openAt: (url) => visitors.open(url, {}),
  };

  beforeAll(async () => void (folder = await buildPage()), 240_000);
  afterEach(() => visitors.leave());
  afterAll(async () => {
    await visitors.close();
    await disposeNode();
    for (const host of hosts) host.stop();
  });

  answersSuite(visit);
  ownFilesSuite(visit);
  offlineSuite(visit);
  looksSuite(visit);
  serviceSuite(visit);
});
