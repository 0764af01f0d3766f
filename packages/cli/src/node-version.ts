/** What to say to a Node that is too old to run this; undefined where it is not. */
export function complaintAbout(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 12)) return undefined
  return `chat-cli needs Node 22.12 or newer; this is Node ${version}.`
}
