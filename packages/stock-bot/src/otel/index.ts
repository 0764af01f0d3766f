/** `@hubbub/stock-bot/otel`: OpenTelemetry spans of commands and replies. Needs `@opentelemetry/api`. */
export { otel, type OtelOptions } from './otel.ts'
