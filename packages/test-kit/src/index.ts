export { type CertificateFiles, makeCertificate } from './certificate.js';
export { type Call, isMutating, type Method } from './faults/call.js';
export { type Failpoint, FailpointRecorder } from './faults/failpoint-recorder.js';
export type { Which } from './faults/fault-plan.js';
export { FaultyFileSystem } from './faults/faulty-file-system.js';
export { SimulatedCrash } from './faults/simulated-crash.js';
export {
  type CrashPoint,
  type CrashSweep,
  type FaultPoint,
  type FaultSweep,
  sweepCrashes,
  sweepFaults,
} from './faults/sweep.js';
export { FixedClock } from './fixed-clock.js';
export { describePeers, type PeersState, peersState } from './peers.js';
export { describeProgram } from './programs.js';
export {
  type PythonOptions,
  type PythonResult,
  python,
  pythonOutput,
  repozo,
  spawnPython,
} from './python.js';
export type { PythonProcess } from './python-process.js';
export { bushyPath, commitBlobs, type SampleBlob, type SampleBlobs } from './sample/blobs.js';
export { type GeneratedStorage, type GenerateOptions, generateStorage } from './sample/generate.js';
export {
  mappingRecord,
  objectRecord,
  PERSISTENT_MAPPING,
  type Picklable,
  Reference,
} from './sample/pickle.js';
export { Random } from './sample/random.js';
export {
  appendTransactions,
  type SampleOptions,
  type SampleStorageOptions,
  type SampleTransaction,
  sampleFile,
  sampleStorage,
} from './sample/storage.js';
export { TextSource } from './sample/text.js';
export { testSeed } from './seed.js';
export { temporaryDirectory, whenDone } from './temporary.js';
export { Waiting } from './waiting.js';
