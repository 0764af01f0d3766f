import { replace } from './property.ts'

/** Counts how often each message of a room is made JSON, until it is disposed of. */
export class JsonWatch {
  /** By the message's id. */
  readonly encoded = new Map<string, number>()
  readonly #end: () => void

  constructor() {
    this.#end = replace(JSON, 'stringify', stringify => (value: unknown, ...rest: unknown[]) => {
      if (isMessage(value)) this.encoded.set(value.id, (this.encoded.get(value.id) ?? 0) + 1)
      return Reflect.apply(stringify, JSON, [value, ...rest]) as string
    })
  }

  [Symbol.dispose](): void {
    this.#end()
  }
}

const isMessage = (value: unknown): value is { readonly id: string } =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === 'message'
