/** What the help says besides the options. */

export const EXAMPLES = `
Examples:
  $ stock-bot --amqp amqp://guest:guest@127.0.0.1:5672
  $ AMQP_URL=amqps://bot:secret@mq.example/chat stock-bot --quotes stooq,sample --log json --http 9464
  $ stock-bot --amqp amqp://mq-1 --amqp amqp://mq-2 --quotes http://127.0.0.1:8080
  $ stock-bot doctor --amqp amqp://127.0.0.1
  $ stock-bot dlq list stock --amqp amqp://127.0.0.1

It answers /stock=AAPL.US in every chat on that RabbitMQ. SIGTERM lets it finish what it has begun (10 s),
a second one ends it at once.`

export const EXIT_CODES = {
  doctor: `
Exit codes: 0 nothing is wrong (there may be warnings), 1 something is, 2 the command line is.
Give the options of the bot itself: stock-bot doctor --amqp … --quotes …`,
  dlq: `
Exit codes: 0 done, 1 not done (RabbitMQ cannot be reached, no such queue), 2 the command line is wrong.`,
} as const
