/** What is said once a server serves: scripts wait for it, and people learn what it does not keep. */
export function readyLine(url: string): string {
  return `chat-cli ready: ${url} (history ends with this process)`
}
