import { BlockList, isIP } from 'node:net';

/**
 * Whether the one at an address may say whom it speaks for. Who connects to the unix socket has no address.
 *
 * @param trusted addresses, networks, or `unix` (`trust_proxy` in docs/toolkit/configuration.md)
 */
export function trustsProxy(trusted: readonly string[]): (address: string | undefined) => boolean {
  const list = new BlockList();
  for (const entry of trusted.filter((item) => item !== 'unix')) {
    const [address = '', bits] = entry.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  const ofSocket = trusted.includes('unix');
  return (address) => {
    if (address === undefined || address === '') return ofSocket;
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
  };
}
