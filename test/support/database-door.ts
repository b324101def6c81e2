/** A TCP door before PostgreSQL: shut, it breaks every connection and takes no other, as a server that is stopped. */
import net from 'node:net';

export interface DatabaseDoor {
  /** The way through it. */
  url: string;
  shut(): Promise<void>;
  open(): Promise<void>;
}

export async function startDatabaseDoor(databaseUrl: string): Promise<DatabaseDoor> {
  const target = new URL(databaseUrl);
  const postgres = { port: Number(target.port), host: target.hostname };
  const sockets = new Set<net.Socket>();
  const server = net.createServer((client) => {
    const upstream = net.connect(postgres);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.pipe(other);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => {
      server.listen(port, '127.0.0.1', resolve);
    });
  await listen(0);
  const { port } = server.address() as net.AddressInfo;
  target.hostname = '127.0.0.1';
  target.port = String(port);
  return {
    url: target.toString(),
    shut: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
    open: () => listen(port),
  };
}
