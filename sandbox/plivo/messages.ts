/** The messages that Plivo's API took in the sandbox. They are kept in memory: nobody owes anybody money for them. */
export type MessageState = 'queued' | 'sent' | 'delivered' | 'undelivered' | 'failed';

export interface SandboxMessage {
  uuid: string;
  src: string;
  dst: string;
  text: string;
  url: string | undefined;
  state: MessageState;
  sequence: number;
  errorCode: string | undefined;
  dltEntityId: string;
  dltTemplateId: string;
  takenAtMs: number;
}

export interface Messages {
  add(message: SandboxMessage): void;
  get(uuid: string): SandboxMessage | undefined;
  /** The newest first. */
  list(limit: number): SandboxMessage[];
}

const KEPT = 5_000;

export function createMessages(): Messages {
  const kept = new Map<string, SandboxMessage>();
  return {
    add(message) {
      kept.set(message.uuid, message);
      if (kept.size > KEPT) kept.delete(kept.keys().next().value!);
    },
    get: (uuid) => kept.get(uuid),
    list: (limit) => [...kept.values()].toReversed().slice(0, limit),
  };
}
