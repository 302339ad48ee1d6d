// A connection keeps the identity that its handshake showed, for as long as it is kept busy. When an operator withdraws an authority, whoever
// has a certificate of it must not go on over what is open: connections that were begun before a change end with the request they serve.
import type { ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Certified } from './certificate-files.ts';

/** `server` as one whose older connections end with each new context. To be called before it listens. */
export function endingOlder(server: Server): Certified {
  const shaking = new Map<string, Socket>();
  const open = new Map<Socket, number>();
  const ending = new WeakSet<Socket>();

  server.on('connection', (socket: Socket) => {
    const peer = peerOf(socket);
    shaking.set(peer, socket);
    socket.once('close', () => {
      if (shaking.get(peer) === socket) shaking.delete(peer);
    });
  });
  server.on('secureConnection', (socket: TLSSocket) => {
    shaking.delete(peerOf(socket));
    open.set(socket, 0);
    socket.once('close', () => open.delete(socket));
  });
  server.on('request', ({ socket }, response: ServerResponse) => {
    open.set(socket, (open.get(socket) ?? 0) + 1);
    response.once('close', () => {
      if (open.has(socket)) open.set(socket, (open.get(socket) ?? 1) - 1);
      // Also where more was asked for in advance: that was asked by the same peer.
      if (ending.has(socket)) socket.destroySoon();
    });
  });

  return {
    setSecureContext(options) {
      server.setSecureContext(options);
      for (const socket of shaking.values()) socket.destroy();
      for (const [socket, underWay] of open) {
        if (underWay === 0) socket.destroy();
        else ending.add(socket);
      }
    },
  };
}

const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
