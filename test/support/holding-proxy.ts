/** A TCP proxy before a store that can hold everything back, as a store that is frozen (SIGSTOP), and let it go on. */
import net from 'node:net';

export interface HoldingProxy {
  /** The URL of the store with the address of this proxy. */
  through(url: string): string;
  hold(): void;
  letGo(): void;
  close(): Promise<void>;
}

export async function startHoldingProxy(storeUrl: string): Promise<HoldingProxy> {
  const target = new URL(storeUrl);
  const sockets = new Set<net.Socket>();
  let held = false;
  const server = net.createServer((client) => {
    const store = net.connect({ port: Number(target.port), host: target.hostname });
    for (const [socket, other] of [
      [client, store],
      [store, client],
    ] as const) {
      sockets.add(socket);
      socket.on('data', (chunk) => other.write(chunk));
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      if (held) socket.pause();
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as net.AddressInfo;
  return {
    through(url) {
      const at = new URL(url);
      at.hostname = '127.0.0.1';
      at.port = String(port);
      return at.toString();
    },
    hold() {
      held = true;
      for (const socket of sockets) socket.pause();
    },
    letGo() {
      held = false;
      for (const socket of sockets) socket.resume();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}
