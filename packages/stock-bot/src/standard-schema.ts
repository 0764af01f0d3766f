/**
 * The part of Standard Schema v1 that a bot needs, by structure: schemas of zod, valibot, arktype and others
 * fit, and none of them is a dependency. https://standardschema.dev
 */

/** What is wrong with a value. */
export interface SchemaIssue {
  readonly message: string
}

/** A checked value, or what is wrong with it. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

/** A schema: turns a value into an `Output`, or says why it is none. */
export interface StandardSchemaV1<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    /** Never set at run time: it carries the types. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/**
 * A schema from a function: it returns what `run` gets as `args`, or throws an error whose message is shown
 * to the user behind the usage.
 * @example
 * const sides = schema(text => {
 *   if (!/^\d+$/.test(text)) throw new Error('How many sides?')
 *   return Number(text)
 * })
 */
export function schema<Output>(parse: (text: string) => Output): StandardSchemaV1<unknown, Output> {
  return {
    '~standard': {
      version: 1,
      vendor: 'hubbub',
      validate(value) {
        try {
          return { value: parse(String(value)) }
        } catch (error) {
          return { issues: [{ message: error instanceof Error ? error.message : String(error) }] }
        }
      },
    },
  }
}
