/**
 * What every call gets once a simulated crash has happened, as if the process were gone. It is no `HoldfastError`:
 * code that handles errors by their code lets it through.
 */
export class SimulatedCrash extends Error {
  override readonly name = 'SimulatedCrash';

  constructor(where: string) {
    super(`simulated crash: ${where}`);
  }
}
