// Check of a proxy's address while the user types.
// It is stricter than `proxySettingProblem` of `main/core/net/proxy.ts`; a test compares the two.

const host = String.raw`(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)`;
const address = new RegExp(String.raw`^https?:\/\/${host}(?::(\d{1,5}))?\/?$`, 'i');

/** The settings' word for no proxy at all. */
export const noProxy = 'direct';

/** Whether this is http or https, a host and a port, and nothing else; no login above all. */
export function isProxyAddress(typed: string): boolean {
  const found = address.exec(typed);
  if (found === null || !URL.canParse(typed)) return false;
  const port = Number(found[1] ?? 80);
  return port > 0 && port < 65_536;
}
