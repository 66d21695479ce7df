import type { FastifyRequest } from 'fastify';

export const OTHER_SITE_HINT =
  'Do it on the page of the server itself; a proxy before it must pass on Host with the port, as the browser sent it.';

/**
 * Whether a browser sent the request because another site said so: a link, a form, a script. Browsers add the password by
 * themselves, so it proves nothing there. Programs send neither header. Nobody is believed about another host than `Host`, also no proxy that
 * is trusted: it may pass on an `X-Forwarded-Host` that it got.
 *
 * @param origins of this server, besides the one that the request is addressed to: `https://backup.example.org`
 */
export function fromOtherSite(request: FastifyRequest, origins: readonly string[]): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site === 'cross-site' || site === 'same-site') return true;
  // The browser has compared already.
  if (site === 'same-origin') return false;
  const { origin, host = '', 'content-type': type = '' } = request.headers;
  // What a strict Referrer-Policy makes of the origin, here and elsewhere: a form shows by its token where it is from.
  if (origin === 'null') return !/^application\/x-www-form-urlencoded\b/i.test(type);
  if (origin === undefined || origins.includes(origin)) return false;
  return hostOf(origin) !== host.toLowerCase();
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
