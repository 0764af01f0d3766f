/** `@hubbub/hub/stream`: a chat over any byte stream of Node: Unix sockets, TCP, pipes, standard input and output. */
export { acceptStream, type AcceptedStream, type AcceptOptions } from './accept.ts'
export { streamTransport, type StreamTransportOptions } from './client.ts'
export type { StreamPair } from './connection.ts'
export type { Ending } from './frame.ts'
export { listenStream, type StreamAddress, type StreamServer } from './listen.ts'
