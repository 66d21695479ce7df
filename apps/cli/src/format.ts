export { count, formatBytes, formatDuration, formatTime, table } from '@holdfast/backup';
