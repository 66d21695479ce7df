/** What one body may cost. A body beyond any of them is refused as soon as that is known. */
export interface XmlRpcLimits {
  /** Bytes. */
  readonly body: number;
  /** Elements inside each other. */
  readonly depth: number;
  /** Elements, comments, CDATA sections and references (`&…;`). */
  readonly nodes: number;
}

/** docs/decisions/0060-xml-rpc-reader.md says what a body at these limits costs. */
export const XML_RPC_LIMITS: XmlRpcLimits = { body: 1 << 20, depth: 32, nodes: 20_000 };

/** Calls in one `system.multicall`. */
export const MOST_CALLS = 100;
