import { createAepsWorld, type AepsWorld, type AepsWorldOptions, type Agent } from './aeps-world';
import { closeWithCleanBooks } from './books';

export interface UsedAepsWorld {
  /** That of the test that runs. */
  readonly w: AepsWorld;
  /** May serve customers today. */
  readonly agent: Agent;
}

/** A world of its own with an agent for each test of a file, and clean books when the test ends. */
export function useAepsWorld(options: AepsWorldOptions = {}): UsedAepsWorld {
  let w: AepsWorld;
  let agent: Agent;
  beforeEach(async () => {
    w = await createAepsWorld(options);
    agent = await w.agent();
  });
  afterEach(() => closeWithCleanBooks(w.knex, w));
  return {
    get w() {
      return w;
    },
    get agent() {
      return agent;
    },
  };
}
