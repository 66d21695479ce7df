// Prints which way to flock is taken, and what was loaded for it.
import { createRequire } from 'node:module';
import { systemFlock } from '@holdfast/lockfile';

const { cache } = createRequire(import.meta.url);
const loaded = (part) => Object.keys(cache).some((name) => name.includes(part));

console.log(`before: koffi ${loaded('koffi')}, proper-lockfile ${loaded('proper-lockfile')}`);
console.log(`flock ${(await systemFlock()).name}`);
console.log(`entry of koffi loaded: ${loaded('/koffi/index')}`);
