import { SimulatedCrash } from './simulated-crash.js';

/**
 * What an engine takes as its optional `failpoint`: called with the name of each step that it has just done.
 * A name is a verb phrase in the engine's terms: `published-data`.
 */
export type Failpoint = (name: string) => Promise<void> | void;

/**
 * Notes the failpoints that an operation passes, and lets it die or fail at a chosen one.
 *
 *     const points = new FailpointRecorder(fs);
 *     points.crashAt('published-data');
 *     await expect(backup({ fs, failpoint: points.hook })).rejects.toThrow(SimulatedCrash);
 */
export class FailpointRecorder {
  readonly names: string[] = [];
  private readonly actions: { name: string; nth: number; act: () => Promise<void> | void }[] = [];
  private crash: SimulatedCrash | undefined;

  /** @param fs dies together with the recorder, so that no cleaning-up reaches the disk */
  constructor(private readonly fs?: { crash(where: string): Promise<never> }) {}

  readonly hook: Failpoint = async (name) => {
    if (this.crash !== undefined) throw this.crash;
    this.names.push(name);
    const passed = this.names.filter((other) => other === name).length;
    for (const action of this.actions) {
      if (action.name === name && action.nth === passed) await action.act();
    }
  };

  /** The process dies when the point is passed for the nth time. */
  crashAt(name: string, nth = 1): this {
    return this.at(
      name,
      async () => {
        this.crash = new SimulatedCrash(`failpoint ${name}`);
        await this.fs?.crash(`failpoint ${name}`);
        throw this.crash;
      },
      nth,
    );
  }

  /** Does something at the point; what it throws comes out of the step. */
  at(name: string, act: () => Promise<void> | void, nth = 1): this {
    this.actions.push({ name, nth, act });
    return this;
  }
}
