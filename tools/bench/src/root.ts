import { fileURLToPath } from 'node:url';

/** The checkout; three levels up from src and from dist alike. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
