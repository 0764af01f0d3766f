import type { Command, HandlerContext } from './broker/broker.ts'
import { MIN_BUDGET_MS, REPLY_MS } from './budget.ts'
import type { Clock } from './clock.ts'
import { type BotCommand, userMessageOf } from './command.ts'
import type { Deadline, DeadlineQueue } from './deadline-queue.ts'
import { JobCall } from './job-call.ts'
import { type BotMiddleware, throughMiddleware } from './middleware.ts'
import { traceCommand } from './trace.ts'
import { type OutgoingReply, type ReplyTransformer, throughTransformers } from './transform.ts'
import type { Turn, Turns } from './turns.ts'

/** Rejects a delivery, so that the broker gives the command to another bot. */
export class GivenBack extends Error {
  override readonly name = 'GivenBack'
}

/** What a job needs of its bot. */
export interface JobContext {
  readonly clock: Clock
  readonly deadlines: DeadlineQueue
  readonly turns: Turns
  readonly middleware: readonly BotMiddleware[]
  readonly transformers: readonly ReplyTransformer[]
  /** Told of errors that have no text for the user. */
  readonly onError: (error: unknown, command: Command) => void
}

/** How a job ended. */
export interface Ending {
  readonly text: string
  readonly outcome: OutgoingReply['outcome']
}

/**
 * One command in hand: waits for its turn, runs within its budget, and ends in exactly one way. The budget is what
 * is left until the command's deadline but for the reply's own way, or the command's own timeout where that is
 * shorter. What cannot begin in time is answered as expired instead.
 */
export class Job {
  /** The reply; undefined where it is too late to answer. Rejects with GivenBack, and with nothing else. */
  readonly ending: Promise<Ending | undefined>
  readonly #settle: PromiseWithResolvers<Ending | undefined>
  readonly #command: Command
  readonly #known: BotCommand
  readonly #context: JobContext
  readonly #inHand: HandlerContext | undefined
  readonly #call: JobCall
  #state: 'waiting' | 'running' | 'done' = 'waiting'
  #isAnswering = false
  #turn: Turn | undefined
  #deadline: Deadline | undefined
  #abort: AbortController | undefined
  /** Why it was ended before it had run. */
  #reason: Error | undefined
  #unlink: (() => void) | undefined

  constructor(command: Command, known: BotCommand, context: JobContext, inHand?: HandlerContext) {
    this.#settle = Promise.withResolvers()
    this.ending = this.#settle.promise
    this.#command = command
    this.#known = known
    this.#context = context
    this.#inHand = inHand
    this.#call = new JobCall(command, known.name, this)
    this.#wait()
  }

  get state(): 'waiting' | 'running' | 'done' {
    return this.#state
  }

  /** The signal of its call: made when first read. */
  get signal(): AbortSignal {
    if (this.#abort) return this.#abort.signal
    this.#abort = new AbortController()
    if (this.#reason) this.#abort.abort(this.#reason)
    else if (this.#state !== 'done') this.#link()
    return this.#abort.signal
  }

  /** Ends the job without an answer. Harmless when it is done. */
  giveBack(): void {
    if (this.#state === 'done') return
    const reason = new GivenBack(`/${this.#command.name} is given back: the bot is stopping`)
    this.#finish()
    this.#settle.reject(reason)
    this.#end(reason)
  }

  #wait(): void {
    const { clock, deadlines, turns } = this.#context
    const latest = this.#command.deadline - MIN_BUDGET_MS
    if (clock.now() > latest) {
      this.#expire()
      return
    }
    try {
      this.#turn = turns.take(this.#call, this.#begin)
    } catch (error) {
      this.#fail(error)
    }
    // It may have begun, and even ended, within this call.
    if (this.#state === 'done') this.#turn?.end()
    else if (this.#state === 'waiting' && !this.#isAnswering)
      this.#deadline = deadlines.add(latest, this.#expire)
  }

  readonly #begin = (): void => {
    if (this.#isAnswering) return
    const { clock, deadlines, middleware } = this.#context
    const { name, deadline } = this.#command
    this.#deadline?.cancel()
    // A broker that is closed has forgotten what waited here.
    if (this.#inHand && (this.#inHand.aborted ?? this.#inHand.signal.aborted)) {
      this.giveBack()
      return
    }
    if (clock.now() > deadline - MIN_BUDGET_MS) {
      this.#expire()
      return
    }
    this.#state = 'running'
    const call = this.#call
    call.deadline = Math.min(deadline - REPLY_MS, clock.now() + this.#known.timeout)
    this.#deadline = deadlines.add(call.deadline, () => {
      const late = new DOMException(`/${name} ran out of time`, 'TimeoutError')
      this.#end(late)
      this.#fail(late)
    })
    const run = (): Promise<string> => this.#known.answer(call)
    // A run that does not listen to its signal goes on, but nobody waits for it any more.
    traceCommand(
      middleware.length === 0 ? run : () => throughMiddleware(middleware, call, run),
      this.#command,
    ).then(
      text => {
        this.#answer(text, 'answered')
      },
      (error: unknown) => {
        this.#fail(error)
      },
    )
  }

  readonly #expire = (): void => {
    this.#turn?.end()
    const text = `/${this.#command.name} waited too long for its turn`
    // Whoever counts and traces runs must not take it for one that was answered.
    const late = (): Promise<string> => Promise.reject(new DOMException(text, 'TimeoutError'))
    traceCommand(late, this.#command).catch(() => undefined)
    this.#answer(`${text}. Try again.`, 'expired')
  }

  #fail(error: unknown): void {
    if (this.#isAnswering || this.#state === 'done') return
    this.#report(error)
    this.#answer(this.#known.explain(error, this.#call), 'failed')
  }

  /** Sends the first text that comes, and no other. */
  #answer(text: string, outcome: OutgoingReply['outcome']): void {
    if (this.#isAnswering || this.#state === 'done') return
    this.#isAnswering = true
    const { deadlines, transformers } = this.#context
    if (transformers.length === 0) {
      this.#reply({ text, outcome })
      return
    }
    this.#deadline?.cancel()
    this.#deadline = deadlines.add(this.#command.deadline, () => {
      this.#reply()
    })
    throughTransformers(transformers, { text, outcome, call: this.#call }).then(
      sent => {
        this.#reply({ text: sent, outcome })
      },
      (error: unknown) => {
        this.#report(error)
        this.#reply({ text: this.#known.explain(error, this.#call), outcome: 'failed' })
      },
    )
  }

  /** Nobody answers after the deadline: the chat does. */
  #reply(ending?: Ending): void {
    if (this.#state === 'done') return
    this.#finish()
    this.#settle.resolve(this.#context.clock.now() < this.#command.deadline ? ending : undefined)
  }

  #finish(): void {
    this.#state = 'done'
    this.#deadline?.cancel()
    this.#unlink?.()
    this.#turn?.end()
  }

  /** Tells the run that it is over. */
  #end(reason: Error): void {
    this.#reason = reason
    this.#abort?.abort(reason)
  }

  #report(error: unknown): void {
    if (userMessageOf(error) === undefined) this.#context.onError(error, this.#command)
  }

  /** From now on, what the broker says reaches whoever has read the signal. */
  #link(): void {
    const signal = this.#inHand?.signal
    if (!signal) return
    // At the deadline the job ends by itself; before it, the broker wants the command back.
    const onAbort = (): void => {
      const isLate = signal.reason instanceof Error && signal.reason.name === 'TimeoutError'
      if (!isLate && this.#context.clock.now() < this.#command.deadline) this.giveBack()
    }
    signal.addEventListener('abort', onAbort)
    this.#unlink = () => {
      signal.removeEventListener('abort', onAbort)
    }
    if (signal.aborted) onAbort()
  }
}
