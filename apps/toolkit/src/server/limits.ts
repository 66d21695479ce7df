/** What one client, or all of them, may take of the server. Times are milliseconds. */
export interface Limits {
  /** Bytes of a body. */
  readonly body: number;
  /** For a whole request to arrive; then 408. What is answered, and streams of events, may take longer. */
  readonly requestMs: number;
  /** For its headers; before them, for the handshake of TLS. */
  readonly headersMs: number;
  /** How often the two are looked at. */
  readonly checkMs: number;
  /** A connection without a request. */
  readonly keepAliveMs: number;
  readonly requestsOfConnection: number;
  readonly connections: number;
  /** Of one address, but those of this machine and of proxies that are trusted. */
  readonly connectionsOfPeer: number;
  /** Bytes of the headers of a request. */
  readonly headers: number;
}

export const LIMITS: Limits = {
  body: 1 << 20,
  requestMs: 30_000,
  headersMs: 10_000,
  checkMs: 1_000,
  keepAliveMs: 5_000,
  requestsOfConnection: 1_000,
  connections: 500,
  connectionsOfPeer: 250,
  headers: 16 << 10,
};
