import { HubError, reason } from './errors.ts';

/**
 * A `fetch` that heeds `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in small letters or capitals, which
 * Node's own does not. As in curl, `NO_PROXY` lists hosts, whose subdomains go without a proxy too, or is `*`.
 *
 * @throws HubError for a proxy that is not one of HTTP
 */
export async function environmentFetch(
  env: Readonly<Record<string, string | undefined>>,
): Promise<typeof fetch> {
  const variable = (name: string): string => env[name] || env[name.toUpperCase()] || '';
  const proxy = (name: string): string => proxyAddress(name, variable(name));
  const all = proxy('all_proxy');
  const httpProxy = proxy('http_proxy') || all;
  const httpsProxy = proxy('https_proxy') || all;
  const exceptions = variable('no_proxy').split(/[,\s]+/);
  if ((!httpProxy && !httpsProxy) || exceptions.includes('*')) return fetch;

  const undici = await import('undici');
  const dispatcher = new undici.EnvHttpProxyAgent({
    httpProxy,
    httpsProxy,
    noProxy: exceptions
      .map((host) => (/:.*:/.test(host) && !host.startsWith('[') ? `[${host}]` : host))
      .join(),
    proxyTunnel: false, // of plain HTTP; HTTPS goes through a tunnel
  });
  const throughProxy = async (input: string | URL, init?: RequestInit): Promise<unknown> => {
    try {
      return await undici.fetch(input, { ...(init as object), dispatcher });
    } catch (error) {
      throw new Error(`${reason(error)}; a proxy is set by HTTPS_PROXY, HTTP_PROXY or ALL_PROXY`);
    }
  };
  return throughProxy as typeof fetch;
}

function proxyAddress(name: string, value: string): string {
  const address = value === '' || /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  if (address === '' || (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)))
    return address;
  throw new HubError(
    `${name.toUpperCase()} must be the address of an HTTP proxy, such as http://host:3128; other kinds are not supported`,
  );
}
