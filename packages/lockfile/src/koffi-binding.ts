import { createRequire } from 'node:module';

/** The part of koffi that is used here. */
export interface Koffi {
  readonly version: string;
  load(path: string | null): { func(prototype: string): (...args: unknown[]) => unknown };
  errno(): number;
}

/**
 * koffi, loaded at the first use. Its own entry reads the ELF headers of Node and wraps functions that are not
 * needed here, some 10 ms; its binary alone takes 2 to 3 ms (docs/decisions/0010-locks.md), so that is tried first
 * and the entry only where the binary is of another C library or lies elsewhere.
 *
 * @throws when koffi, an optional dependency, is not installed or has nothing for this platform
 */
export function loadKoffi(): Koffi {
  const require = createRequire(import.meta.url);
  return loadBinary(require) ?? (require('koffi') as Koffi);
}

function loadBinary(require: NodeJS.Require): Koffi | undefined {
  const { platform, arch } = process;
  try {
    // The binaries are dependencies of koffi: only from there can they be found in a strict node_modules.
    const fromKoffi = createRequire(require.resolve('koffi'));
    return fromKoffi(`@koromix/koffi-${platform}-${arch}/${platform}_${arch}/koffi.node`) as Koffi;
  } catch {
    return undefined;
  }
}
