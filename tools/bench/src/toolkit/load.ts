import { Agent, request } from 'node:http';

export interface Load {
  readonly url: string;
  readonly authorization: string;
  readonly clients: number;
  readonly seconds: number;
  /** Between an answer and the next request of a client, milliseconds. */
  readonly pauseMs: number;
}

export interface LoadFigures {
  readonly requests: number;
  readonly errors: readonly string[];
  /** Sorted, milliseconds. */
  readonly times: readonly number[];
}

const CALL = '<?xml version="1.0"?><methodCall><methodName>currentSnapshotCode</methodName></methodCall>';

/** Status and XML-RPC reads in turns, by clients that each keep a connection and wait for their answer. */
export async function runLoad({ url, authorization, clients, seconds, pauseMs }: Load): Promise<LoadFigures> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const times: number[] = [];
  const errors: string[] = [];
  const end = performance.now() + seconds * 1000;
  const client = async (number: number) => {
    for (let turn = number; performance.now() < end; turn += 1) {
      const begun = performance.now();
      const problem = await ask(agent, url, authorization, turn % 2 === 0);
      times.push(performance.now() - begun);
      if (problem !== undefined) errors.push(problem);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  agent.destroy();
  return { requests: times.length, errors, times: times.sort((a, b) => a - b) };
}

/** @returns what was wrong with the answer */
function ask(agent: Agent, url: string, authorization: string, xmlRpc: boolean): Promise<string | undefined> {
  const [path, method, type] = xmlRpc
    ? (['/main', 'POST', 'text/xml'] as const)
    : (['/api/v1/storages/main/status', 'GET', 'application/json'] as const);
  return new Promise((resolve) => {
    const made = request(
      `${url}${path}`,
      { agent, method, headers: { authorization, 'content-type': type } },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => {
          const sound = response.statusCode === 200 && !text.includes('<fault>');
          resolve(sound ? undefined : `${path}: ${response.statusCode} ${text.slice(0, 100)}`);
        });
        response.on('error', (error) => resolve(`${path}: ${error.message}`));
      },
    );
    made.on('error', (error) => resolve(`${path}: ${error.message}`));
    made.end(xmlRpc ? CALL : undefined);
  });
}
