// node xml-rpc-server.mjs: the XML-RPC routes of the built package alone, on a port that is printed. Everybody may do everything;
// no storage is frozen. It ends with its standard input.
import { setFlagsFromString } from 'node:v8';
import Fastify from 'fastify';
import { pathFilter } from '../../dist/without-paths.js';
import { registerXmlRpc } from '../../dist/xml-rpc/register-xml-rpc.js';

// As apps/toolkit/src/main.ts.
for (const flag of ['--optimize-for-size', '--semi-space-growth-factor=1']) setFlagsFromString(flag);

const through = async () => {};
const nobody = { user: 'nobody', roles: new Set(['admin']) };
const storage = { name: 'main', source: { kind: 'filestorage', dataFs: '/nowhere' }, lifeSeconds: 60 };

const app = Fastify();
registerXmlRpc(app, {
  storages: [storage],
  paths: pathFilter([storage]),
  snapshots: { currentCode: async () => null, held: () => undefined },
  auth: { require: () => through, checkForm: through, identityOf: () => nobody },
});
const address = await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${new URL(address).port}\n`);
process.stdin.on('end', () => process.exit(0)).resume();
