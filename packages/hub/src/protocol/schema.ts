/**
 * The one description that validation, TypeScript types and PROTOCOL.md are made from: a message is a set of
 * fields, a field knows its accepted form in words and what is wrong with a value.
 */

/** Why a value was refused. */
export interface Problem {
  readonly message: string
  readonly code: 'bad-request' | 'too-large'
  /** Dotted path of the field inside the one that was checked. */
  readonly path?: string
}

/** One field of a message; `T` is the TypeScript type of its value. */
export interface Field<T = unknown, Optional extends boolean = boolean> {
  /** The accepted form, in words. */
  readonly form: string
  readonly optional: Optional
  /** Returns what is wrong with `value`, or undefined where it fits. */
  problem(value: unknown): Problem | undefined
  /** Never set: it carries the type. */
  readonly type?: T
}

/** A set of named fields. */
export type Fields = Readonly<Record<string, Field>>

type Value<F> = F extends Field<infer T> ? T : never
type RequiredKeys<S> = { [K in keyof S]: S[K] extends Field<unknown, true> ? never : K }[keyof S]
type OptionalKeys<S> = { [K in keyof S]: S[K] extends Field<unknown, true> ? K : never }[keyof S]

/** The TypeScript type that a set of fields describes. */
export type Infer<S> = { readonly [K in RequiredKeys<S>]: Value<S[K]> } & {
  readonly [K in OptionalKeys<S>]?: Value<S[K]>
}

/** A message: its `type`, what it is for, its fields. */
export interface Message<T extends string = string, S extends Fields = Fields> {
  readonly type: T
  readonly purpose: string
  readonly fields: S
}

/** The TypeScript type of a message on the wire. */
export type Wire<M> = M extends Message<infer T, infer S> ? { readonly type: T } & Infer<S> : never

/** Characters as the protocol counts them: Unicode code points. */
export function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}

/** Names a value's kind for an error message, without echoing what a client sent. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'string') return `a string of ${codePoints(value)} characters`
  if (typeof value === 'number') return String(value)
  return value === undefined ? 'nothing' : `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`
}

const bad = (form: string, value: unknown): Problem => ({
  code: 'bad-request',
  message: `must be ${form}, got ${kindOf(value)}`,
})

/** A field from its form and a predicate. */
export function field<T>(form: string, fits: (value: unknown) => boolean): Field<T, false> {
  return { form, optional: false, problem: value => (fits(value) ? undefined : bad(form, value)) }
}

/** The same field, allowed to be absent. */
export function optional<T>(inner: Field<T>): Field<T, true> {
  return {
    form: inner.form,
    optional: true,
    problem: value => (value === undefined ? undefined : inner.problem(value)),
  }
}

/** A whole number in a range, both ends included. */
export function integer(min: number, max: number): Field<number, false> {
  const form = max === Number.MAX_SAFE_INTEGER ? `an integer from ${min}` : `an integer from ${min} to ${max}`
  return field(form, value => Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max)
}

/** One of a few strings. */
export function oneOf<T extends string>(...values: readonly T[]): Field<T, false> {
  return field(values.map(value => `"${value}"`).join(' or '), value => values.some(each => each === value))
}

export const bool: Field<boolean, false> = field('true or false', value => typeof value === 'boolean')
export const string: Field<string, false> = field('a string', value => typeof value === 'string')

/** An object with fields of its own; what it has besides is ignored. */
export function object<S extends Fields>(fields: S): Field<Infer<S>, false> {
  const form = `{${Object.keys(fields).join(', ')}}`
  return {
    form,
    optional: false,
    problem(value) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return bad(form, value)
      return firstProblem(fields, value)
    },
  }
}

/** A list. */
export function list<T>(item: Field<T>): Field<readonly T[], false> {
  const form = `a list of ${item.form}`
  return {
    form,
    optional: false,
    problem(value) {
      if (!Array.isArray(value)) return bad(form, value)
      for (const [index, each] of value.entries()) {
        const problem = item.problem(each)
        if (problem) return { ...problem, path: [String(index), problem.path].filter(Boolean).join('.') }
      }
      return undefined
    },
  }
}

/** The first thing wrong with `value`, with the field's path; unknown fields are ignored. */
export function firstProblem(fields: Fields, value: object): Problem | undefined {
  for (const name in fields) {
    const problem = fields[name]?.problem(Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined)
    if (problem) return { ...problem, path: [name, problem.path].filter(Boolean).join('.') }
  }
  return undefined
}
