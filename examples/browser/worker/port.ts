import type { Reply, Request } from '../messages.ts';

/** The worker's side of the channel; TypeScript's types for pages know `self` only as a window. */
const scope = globalThis as unknown as {
  postMessage(message: Reply, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent<Request>) => void) | null;
};

export const send = (reply: Reply, transfer: readonly Transferable[] = []): void =>
  scope.postMessage(reply, [...transfer]);

export const receive = (handle: (request: Request) => void): void => {
  scope.onmessage = ({ data }) => handle(data);
};
