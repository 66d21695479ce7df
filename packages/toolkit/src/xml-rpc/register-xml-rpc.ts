import type { FastifyInstance } from 'fastify';
import type { Toolkit } from '../toolkit.js';
import { browserRoutes } from './browser-routes.js';
import { xmlRpcRoutes } from './xml-rpc-routes.js';

/**
 * The addresses of DirectoryStorageToolkit (docs/toolkit/xml-rpc.md): XML-RPC at `/<storage>` and `/RPC2`, and
 * `/<storage>/enterSnapshot` and `/leaveSnapshot` for browsers. `app` must be able to read forms (`@fastify/formbody`).
 */
export function registerXmlRpc(app: FastifyInstance, toolkit: Toolkit): void {
  void app.register(async (scope) => xmlRpcRoutes(scope, toolkit));
  void app.register(async (scope) => browserRoutes(scope, toolkit));
}
