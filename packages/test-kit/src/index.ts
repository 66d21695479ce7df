export { describePeers, type PeersState, peersState } from './peers.js';
export {
  type PythonOptions,
  type PythonResult,
  python,
  pythonOutput,
  repozo,
  spawnPython,
} from './python.js';
export type { PythonProcess } from './python-process.js';
export { temporaryDirectory, whenDone } from './temporary.js';
