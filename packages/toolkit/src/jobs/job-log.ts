/** Where jobs tell what nobody is told: a pino or fastify log. */
export interface JobLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}
