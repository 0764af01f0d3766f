/** `@hubbub/hub/ws`: WebSockets for a hub, on Node. Needs the package `ws`. */
export { attach, type AttachOptions } from './attach.ts'
export type { CompressOptions } from './compression.ts'
export { listen, type ListenOptions, type WsServer } from './listen.ts'
export { isOriginAllowed } from './origin.ts'
