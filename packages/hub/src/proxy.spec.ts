import { mkdtemp, readFile } from 'node:fs/promises';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeHub } from './fake-hub.fixture.ts';
import { environmentFetch } from './proxy.ts';
import { resolveRepository } from './resolve-repository.ts';

const config = Buffer.from('{"model_type": "bert"}');
let hub: FakeHub;
let endpoint: string;
let asked: string[];
let proxyAuthorization: string | undefined;
let address: string;

/** A proxy whose every host is the fake hub. */
const proxy = createServer((incoming: IncomingMessage, response: ServerResponse) => {
  asked.push(`${incoming.method} ${incoming.url}`);
  proxyAuthorization = incoming.headers['proxy-authorization'];
  const { pathname, search } = new URL(incoming.url!);
  const { 'proxy-authorization': _, ...headers } = incoming.headers;
  request(`${endpoint}${pathname}${search}`, { headers }, (answer) => {
    response.writeHead(answer.statusCode!, answer.headers);
    answer.pipe(response);
  }).end();
});
proxy.on('connect', (incoming: IncomingMessage, socket: Socket) => {
  asked.push(`CONNECT ${incoming.url}`);
  socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
});

beforeAll(() => new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve)));
afterAll(() => {
  proxy.closeAllConnections();
  proxy.close();
});
beforeEach(async () => {
  hub = new FakeHub('owner/tiny', new Map([['config.json', config]]));
  endpoint = await hub.start();
  asked = [];
  address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});
afterEach(() => hub.stop());

async function get(env: Record<string, string>, hubAddress: string): Promise<string> {
  return resolveRepository('owner/tiny', {
    type: 'model',
    files: (names) => names,
    endpoint: hubAddress,
    cacheFolder: await mkdtemp(join(tmpdir(), 'hub-')),
    token: 'hf_of_mine',
    offline: false,
    fetch: await environmentFetch(env),
  });
}

describe('environmentFetch', () => {
  it.each(['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'])('goes through %s', async (name) => {
    // Nobody but the proxy knows this host.
    const folder = await get({ [name]: `http://me:secret@${address}` }, 'http://hub.invalid');
    expect(await readFile(join(folder, 'config.json'))).toEqual(config);
    expect(asked[0]).toMatch(/^GET http:\/\/hub.invalid\/api\/models\/owner\/tiny\/revision\/main\?/);
    expect(asked.at(-1)).toMatch(/^GET http:\/\/localhost:\d+\/cdn\/config.json$/);
    expect(proxyAuthorization).toBe(`Basic ${Buffer.from('me:secret').toString('base64')}`);
    for (const { path, authorization } of hub.asked) {
      expect(authorization).toBe(path.startsWith('/cdn/') ? undefined : 'Bearer hf_of_mine');
    }
  });

  it('goes to each host by its own way', async () => {
    await get({ HTTP_PROXY: address, NO_PROXY: 'localhost' }, 'http://hub.invalid');
    expect(asked).toHaveLength(3);
    expect(hub.asked).toHaveLength(4);
  });

  it.each(['127.0.0.1,localhost', 'example.com localhost 127.0.0.1', '*', '.invalid,*'])(
    'goes without one where NO_PROXY is %s',
    async (exceptions) => {
      await get({ ALL_PROXY: 'http://127.0.0.1:1', no_proxy: exceptions }, endpoint);
      expect(asked).toEqual([]);
    },
  );

  it.each(['https_proxy', 'HTTPS_PROXY', 'ALL_PROXY'])('asks %s for a tunnel to HTTPS', async (name) => {
    const folder = get({ [name]: `http://${address}` }, 'https://huggingface.co');
    await expect(folder).rejects.toThrow(
      /huggingface.co cannot be reached \(Proxy response \(403\).*; a proxy is set by HTTPS_PROXY, HTTP_PROXY or ALL_PROXY\)/,
    );
    expect(asked).toEqual(['CONNECT huggingface.co:443']);
  });

  it('says that a proxy was in the way', async () => {
    await expect(get({ HTTP_PROXY: 'http://me:secret@127.0.0.1:1' }, endpoint)).rejects.toThrow(
      /cannot be reached \(.*ECONNREFUSED 127.0.0.1:1; a proxy is set/,
    );
  });

  it('refuses what is no HTTP proxy, and repeats no secret', async () => {
    for (const value of ['socks5://me:secret@host:1', 'http://me:secret@', 'ftp://secret']) {
      await expect(environmentFetch({ HTTPS_PROXY: value })).rejects.toThrow(
        /^HTTPS_PROXY must be the address of an HTTP proxy, such as http:\/\/host:3128; other kinds are not supported$/,
      );
    }
  });

  it("is Node's own where no proxy is set", async () => {
    expect(await environmentFetch({ NO_PROXY: 'localhost', HTTP_PROXY: '' })).toBe(fetch);
  });
});
