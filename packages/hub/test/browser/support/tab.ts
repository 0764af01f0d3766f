import type { ClientState } from '@hubbub/hub/client'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { Chat, ChatOptions, Sight } from './page.ts'

type StateOf<S extends ClientState['status']> = Extract<ClientState, { readonly status: S }>

/** A tab with the site's page in it, as the only one of a profile of its own. */
export class Tab implements AsyncDisposable {
  /** What the page saw, as far as it was asked. */
  readonly sights: Sight[] = []
  /** Addresses that the page asked for. */
  readonly requests: string[] = []
  /** Errors that nobody caught, and what the browser itself complained of. */
  readonly complaints: string[] = []
  readonly #context: BrowserContext
  readonly #page: Page
  #reading: Promise<void> | undefined

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context
    this.#page = page
    page.on('request', request => this.requests.push(request.url()))
    page.on('pageerror', error => this.complaints.push(error.message))
    page.on('console', message => this.complaints.push(message.text()))
  }

  /** Loads the page and has it enter the chat. */
  static async enter(browser: Browser, origin: string, options: ChatOptions): Promise<Tab> {
    const context = await browser.newContext()
    const page = await context.newPage()
    const tab = new Tab(context, page)
    await page.goto(origin)
    if (!(await page.evaluate(() => 'chat' in globalThis))) {
      await context.close()
      throw new Error(`the page could not load the SDK: ${tab.complaints.join('; ')}`)
    }
    await tab.ask('enter', options)
    return tab
  }

  /** Has the page do something, and returns what became of it. */
  ask<K extends keyof Chat>(what: K, ...args: Parameters<Chat[K]>): Promise<Awaited<ReturnType<Chat[K]>>> {
    return this.#page.evaluate(
      ({ what, args }) => {
        const act = globalThis.chat[what] as (...args: unknown[]) => Awaited<ReturnType<Chat[K]>>
        return act(...args)
      },
      { what, args },
    )
  }

  /** Resolves once `fits` finds something in what the page has seen. */
  async until<T>(fits: () => T | undefined): Promise<T> {
    for (;;) {
      const found = fits()
      if (found !== undefined) return found
      // Whoever waits at the same time waits for the same answer.
      this.#reading ??= this.#read()
      await this.#reading
    }
  }

  /** Resolves with the nth (from 1) state of the client that had this status. */
  status<S extends ClientState['status']>(status: S, nth = 1): Promise<StateOf<S>> {
    const fits = (state: ClientState): state is StateOf<S> => state.status === status
    return this.until(() => this.states.filter(fits)[nth - 1])
  }

  /** Resolves when a message with this text was delivered. */
  async message(text: string): Promise<void> {
    await this.until(() => this.lines.includes(text) || undefined)
  }

  /** The states that the client was in so far. */
  get states(): readonly ClientState[] {
    return this.sights.filter(sight => sight.kind === 'state').map(({ state }) => state)
  }

  /** One line for each delivery so far: the text of a message, the kind of anything else. */
  get lines(): readonly string[] {
    return this.sights
      .filter(sight => sight.kind === 'delivery')
      .map(({ delivery }) => (delivery.kind === 'message' ? delivery.message.text : delivery.kind))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close()
  }

  async #read(): Promise<void> {
    const more = await this.ask('after', this.sights.length)
    this.sights.push(...more)
    this.#reading = undefined
  }
}
