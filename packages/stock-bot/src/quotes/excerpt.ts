/**
 * The beginning of a text that others wrote, fit for one line of a chat or a log: control, format and
 * unassigned characters become `·`, runs of white space one space, and what is over `length` code points `…`.
 */
export function excerpt(text: string, length = 40): string {
  // The slice first: what comes from a server may be large, and the rest is cut off anyway.
  const line = text
    .slice(0, length * 8)
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(/\p{C}/gu, '·')
    .trim()
  const characters = Array.from(line)
  return characters.length > length ? `${characters.slice(0, length).join('')}…` : line
}
