/** Signals that end the server: the first asks it to, the second does not ask. */
const STOPPING = ['SIGTERM', 'SIGINT'] as const;

export interface Signals {
  /** The first that came. */
  readonly stopped: Promise<NodeJS.Signals>;
  readonly isStopping: boolean;
  end(): void;
}

export function listenToSignals(on: { reload(): void; again(signal: NodeJS.Signals): void }): Signals {
  let isStopping = false;
  let stop: (signal: NodeJS.Signals) => void = () => {};
  const stopped = new Promise<NodeJS.Signals>((resolve) => {
    stop = resolve;
  });
  const onStop = (signal: NodeJS.Signals) => {
    if (isStopping) on.again(signal);
    isStopping = true;
    stop(signal);
  };
  const onReload = () => on.reload();
  for (const name of STOPPING) process.on(name, onStop);
  process.on('SIGHUP', onReload);
  return {
    stopped,
    get isStopping() {
      return isStopping;
    },
    end() {
      for (const name of STOPPING) process.off(name, onStop);
      process.off('SIGHUP', onReload);
    },
  };
}
