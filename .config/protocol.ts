/**
 * Writes the tables of packages/hub/PROTOCOL.md from the messages that the code validates with.
 * `--check` fails where the file says something else.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { clientMessages, serverMessages } from '../packages/hub/src/protocol/messages.ts'
import type { Message } from '../packages/hub/src/protocol/schema.ts'

const file = new URL('../packages/hub/PROTOCOL.md', import.meta.url)

function table(messages: Readonly<Record<string, Message>>): string {
  const rows = Object.values(messages).map(({ type, purpose, fields }) => {
    const named = Object.entries(fields).map(
      ([name, { form, optional }]) =>
        `\`${name}\`${optional ? ' (optional)' : ''}: ${form.replaceAll('|', '\\|')}`,
    )
    return `| \`${type}\` | ${purpose} | ${named.join('<br>')} |`
  })
  return ['| type | what it is for | fields |', '| --- | --- | --- |', ...rows].join('\n')
}

const before = readFileSync(file, 'utf8')
const fill = (text: string, name: string, content: string): string =>
  text.replace(
    new RegExp(`(<!-- ${name} -->)[\\s\\S]*?(<!-- end of ${name} -->)`),
    (_whole, open: string, close: string) => `${open}\n\n${content}\n\n${close}`,
  )
const after = fill(
  fill(before, 'client messages', table(clientMessages)),
  'server messages',
  table(serverMessages),
)
if (!process.argv.includes('--check')) writeFileSync(file, after)
else if (after !== before) {
  console.error('PROTOCOL.md differs from the code: run `npm run protocol`.')
  process.exitCode = 1
}
