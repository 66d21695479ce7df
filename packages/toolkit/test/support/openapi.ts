import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { expect } from 'vitest';
import { z } from 'zod';

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

/** That an answer is one of those that the OpenAPI document names for its address, by status and shape. */
export async function expectDocumented(
  app: FastifyInstance,
  method: 'get' | 'post' | 'delete',
  path: string,
  answer: LightMyRequestResponse,
): Promise<void> {
  const { paths } = (await app.inject('/api/v1/openapi.json')).json() as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  };
  const plain = `/api/v1${path.replace(/\?.*/, '')}`;
  const known = Object.keys(paths).find((template) =>
    new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(plain),
  );
  const { statusCode } = answer;
  if (known === undefined) {
    expect(statusCode).toBe(404);
    return;
  }
  const { responses } = paths[known]![method]!;
  const response = responses[String(statusCode)] ?? responses[`${String(statusCode)[0]}XX`];
  const schema = response?.content?.['application/json']?.schema;
  expect(schema, `${method} ${path}: ${statusCode}`).toBeDefined();
  const { error } = z.fromJSONSchema(schema as never).safeParse(answer.json());
  expect(error).toBeUndefined();
}
