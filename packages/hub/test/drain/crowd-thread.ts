import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Crowd, CrowdOptions } from './crowd.ts'

/** What a crowd is asked for. */
export interface Question {
  readonly method: keyof Crowd
  /** Only `records` looks at it. */
  readonly newest: number
}

/** A crowd in a thread of its own, so that what clients do does not hold up the hubs. */
export class CrowdThread {
  readonly #worker: Worker

  constructor(options: CrowdOptions) {
    this.#worker = new Worker(new URL('crowd-worker.ts', import.meta.url), {
      workerData: options,
      execArgv: ['--conditions=@hubbub/source'],
    })
  }

  /** One question at a time. Rejects with an error that nobody handled there. */
  async ask<M extends keyof Crowd>(method: M, newest = 0): Promise<Awaited<ReturnType<Crowd[M]>>> {
    this.#worker.postMessage({ method, newest } satisfies Question, [])
    const [answer] = (await once(this.#worker, 'message')) as [Awaited<ReturnType<Crowd[M]>>]
    return answer
  }

  async end(): Promise<void> {
    await this.ask('close')
    await this.#worker.terminate()
  }
}
