/** The thread of a crowd: does one thing after another as it is asked. */
import { parentPort, workerData } from 'node:worker_threads'
import { Crowd, type CrowdOptions } from './crowd.ts'
import type { Question } from './crowd-thread.ts'

const crowd = new Crowd(workerData as CrowdOptions)

async function answer({ method, newest }: Question): Promise<void> {
  parentPort?.postMessage(await crowd[method](newest), [])
}

parentPort?.on('message', (question: Question) => {
  void answer(question)
})
