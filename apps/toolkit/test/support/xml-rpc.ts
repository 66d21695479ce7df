import type { RunningServer, User } from './server.js';

/** Calls a method with one text, or none. @returns the text of the answer, or `fault …` */
export async function call(
  server: RunningServer,
  storage: string,
  method: string,
  code?: string,
  as: User = 'zope',
): Promise<string> {
  const params =
    code === undefined ? '' : `<params><param><value><string>${code}</string></value></param></params>`;
  const body = `<?xml version="1.0"?><methodCall><methodName>${method}</methodName>${params}</methodCall>`;
  const response = await server.ask(`/${storage}`, {
    method: 'POST',
    body,
    as,
    headers: { 'content-type': 'text/xml' },
  });
  const text = await response.text();
  if (response.status !== 200) return `fault ${response.status}`;
  const value = /<string>([^<]*)<\/string>/.exec(text)?.[1] ?? '';
  return text.includes('<fault>') ? `fault ${value}` : value;
}
