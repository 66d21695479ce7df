import { HoldfastError } from '@holdfast/errors';
import type { FastifyInstance, FastifySchema } from 'fastify';
import { z } from 'zod';
import { error } from './schemas.js';

/** Which zod schema a JSON schema was made from: fastify knows only the latter. */
const origins = new WeakMap<object, z.ZodType>();

/** A schema as fastify and the OpenAPI document take it. */
function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...made } = z.toJSONSchema(schema, { io }) as { readonly $schema?: string };
  origins.set(made, schema);
  return made;
}

export interface RouteShapes {
  readonly summary: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** By status. */
  readonly answers: Readonly<Record<number, z.ZodType>>;
  /** Media type of the answers; default: JSON. Errors are JSON always. */
  readonly type?: string;
}

/** The schema of a route; errors are the same for all. */
export function routeSchema({ summary, params, query, body, answers, type }: RouteShapes): FastifySchema {
  const told = Object.entries(answers).map(([status, shape]) => {
    const schema = jsonSchemaOf(shape, 'output');
    const description = summary;
    if (type === undefined) return [status, Object.assign(schema, { description })];
    return [status, { description, content: { [type]: { schema } } }];
  });
  const failed = (description: string) => Object.assign(jsonSchemaOf(error, 'output'), { description });
  return {
    summary,
    ...(params !== undefined && { params: jsonSchemaOf(params, 'input') }),
    ...(query !== undefined && { querystring: jsonSchemaOf(query, 'input') }),
    ...(body !== undefined && { body: jsonSchemaOf(body, 'input') }),
    response: {
      ...Object.fromEntries(told),
      '4xx': failed('The request was refused.'),
      '5xx': failed('The server could not answer.'),
    },
  } as FastifySchema;
}

/** Requests are checked, and answers written, by the zod schemas: what a schema does not name is not told. */
export function useZod(app: FastifyInstance): void {
  app.setValidatorCompiler(({ schema, httpPart }) => {
    const origin = originOf(schema);
    return (value) => {
      const { success, data, error: problem } = origin.safeParse(value);
      if (success) return { value: data };
      const [first] = problem.issues;
      const where = [httpPart, ...(first?.path ?? [])].filter((part) => part !== undefined).join('.');
      return {
        error: new HoldfastError('toolkit.request', `${where}: ${first?.message ?? 'not understood'}`),
      };
    };
  });
  app.setSerializerCompiler(({ schema }) => {
    const origin = originOf(schema);
    return (value) => JSON.stringify(origin.parse(value));
  });
}

function originOf(schema: unknown): z.ZodType {
  const origin = origins.get(schema as object);
  if (origin === undefined)
    throw new HoldfastError('internal', 'a route of the API has a schema that is not made by routeSchema');
  return origin;
}
