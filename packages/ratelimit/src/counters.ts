/** Counts of decisions. One object per limiter, written by decisions and by waits. */
export class Counters {
  allowed = 0
  denied = 0
  deniedFull = 0
  shadowDenied = 0
  nearLimit = 0
}
