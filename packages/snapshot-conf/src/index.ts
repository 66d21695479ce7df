export { accessPath, formatAccess, parseAccess, type ZopeAccess } from './access.js';
export {
  type ConfLine,
  formatSnapshotConf,
  type Method,
  methodsOf,
  type Problem,
  parseSnapshotConf,
  problemsOf,
} from './conf.js';
