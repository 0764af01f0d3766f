import type { Readable } from 'node:stream'
import { CliError, Exit } from '../exit.ts'

/** Far more than the longest message; what is longer is no message. */
const MAX_BYTES = 64 * 1024

/** The whole input as one text. Rejects with a CliError where it is longer than any message could be. */
export async function readAll(stream: Readable, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted()
  const chunks: Buffer[] = []
  let size = 0
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onData = (chunk: Buffer | string): void => {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    size += bytes.length
    if (size > MAX_BYTES)
      reject(new CliError(Exit.refused, `not sent: the input has more than ${MAX_BYTES} bytes`))
    else chunks.push(bytes)
  }
  const onEnd = (): void => {
    resolve()
  }
  const onAbort = (): void => {
    reject(signal.reason)
  }
  stream.on('data', onData)
  stream.on('end', onEnd)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    await promise
    return Buffer.concat(chunks).toString('utf8')
  } finally {
    stream.off('data', onData)
    stream.off('end', onEnd)
    stream.pause()
    signal.removeEventListener('abort', onAbort)
  }
}
