export { ipKey, type IpKeyOptions } from './address.ts'
export { expressLimit, type ExpressRequest } from './express.ts'
export { fastifyLimit, type FastifyReply, type FastifyRequest } from './fastify.ts'
export type { Decider, GuardOptions, HttpKey } from './guard.ts'
export { type Policy, rateLimitHeaders } from './headers.ts'
export { type HonoContext, honoLimit } from './hono.ts'
export { nodeLimit, type NodeRequest, type NodeResponse } from './node.ts'
export { type Problem, problemOf } from './problem.ts'
export { clientAddress, type Trust, trustedProxies } from './proxies.ts'
export {
  createSocketLimiter,
  type SocketAction,
  type SocketLimit,
  type SocketLimiterOptions,
  type SocketRate,
} from './socket.ts'
