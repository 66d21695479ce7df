// Prints what its open descriptors are.
import { readdirSync, readlinkSync } from 'node:fs';

for (const name of readdirSync('/proc/self/fd')) {
  try {
    console.log(name, readlinkSync(`/proc/self/fd/${name}`));
  } catch {
    // The descriptor of the listing itself.
  }
}
