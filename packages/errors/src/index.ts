export { CATALOGUE, type ErrorCode, EXIT, type ExitStatus } from './catalogue.js';
export {
  type ErrorFields,
  type ErrorReport,
  errorLine,
  errorReport,
  exitStatusOf,
  HoldfastError,
  isHoldfastError,
  printable,
} from './holdfast-error.js';
export { redact, Secret } from './redact.js';
