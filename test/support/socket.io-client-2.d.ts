// The client of 2.x carries no types: as much of it as the tests use.
declare module 'socket.io-client-2' {
  type Socket = {
    readonly connected: boolean;
    on(event: string, listener: (...args: never[]) => void): Socket;
    emit(event: string, ...args: unknown[]): Socket;
    close(): Socket;
  };
  type Options = {
    readonly path?: string;
    readonly transports?: readonly string[];
    readonly forceNew?: boolean;
    readonly reconnection?: boolean;
    readonly extraHeaders?: Readonly<Record<string, string>>;
    readonly transportOptions?: Readonly<Record<string, object>>;
  };
  const io: { connect(url: string, options?: Options): Socket };
  export default io;
}
