/** Names of parts and of storages: they become parts of file names. */
export const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
