import { Victim } from '../../../hub/test/kill/victim.ts'

/** Bots to kill, each a process of its own. */
export class Crew {
  /** What bots did that they should not have. */
  readonly complaints: string[] = []
  readonly #script: URL
  readonly #args: readonly string[]
  readonly #bots: Victim[] = []
  /** How often each command was begun. */
  readonly #begun = new Map<string, number>()

  /** @param script a file beside this one */
  constructor(script: string, args: readonly string[]) {
    this.#script = new URL(script, import.meta.url)
    this.#args = args
  }

  /** Commands that were begun by one bot, and by another again. */
  get begunAgain(): number {
    return Array.from(this.#begun.values()).filter(times => times > 1).length
  }

  /** Adds a bot; resolves once it takes commands. */
  async hire(): Promise<void> {
    this.#bots.push(await this.#start())
  }

  /** Kills the bot that is there longest, and puts another in its place. */
  async replace(): Promise<void> {
    await this.#kill(this.#bots.shift())
    await this.hire()
  }

  async close(): Promise<void> {
    await Promise.all(this.#bots.splice(0).map(bot => this.#kill(bot)))
  }

  async #start(): Promise<Victim> {
    let rest = ''
    const bot = new Victim('a bot', this.#script, this.#args, text => {
      const lines = `${rest}${text}`.split('\n')
      rest = lines.pop() ?? ''
      for (const id of lines) if (id !== 'ready') this.#begun.set(id, (this.#begun.get(id) ?? 0) + 1)
    })
    if (!(await bot.ready)) throw new Error(await bot.kill())
    return bot
  }

  async #kill(bot: Victim | undefined): Promise<void> {
    const complaint = await bot?.kill()
    if (complaint !== undefined) this.complaints.push(complaint)
  }
}
