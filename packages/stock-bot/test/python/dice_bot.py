"""A bot that answers /dice=20 with a number from 1 to 20."""
import json, os, random, time
import pika

NAME, BOT = "dice", {"id": "bot:dice", "name": "dice"}
QUEUE, KEY = f"bot.{NAME}.v1", f"command.{NAME}"
INFO = {"name": NAME, "aliases": ["d"], "usage": "/dice=20", "description": "Throws a die.", "bot": BOT["name"]}

url = os.environ.get("AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/%2F")
channel = pika.BlockingConnection(pika.URLParameters(url)).channel()
for exchange, kind in (("commands", "topic"), ("replies", "topic"), ("dlx", "topic"), ("bots", "fanout")):
    channel.exchange_declare(f"chat.{exchange}", kind, durable=True)
channel.queue_declare(f"{QUEUE}.dead", durable=True, arguments={
    "x-queue-type": "quorum", "x-message-ttl": 604_800_000, "x-max-length": 10_000, "x-delivery-limit": 1_000_000})
channel.queue_bind(f"{QUEUE}.dead", "chat.dlx", KEY)
channel.queue_declare(QUEUE, durable=True, arguments={
    "x-queue-type": "quorum", "x-delivery-limit": 3, "x-message-ttl": 30_000, "x-max-length": 10_000,
    "x-overflow": "reject-publish", "x-dead-letter-exchange": "chat.dlx", "x-dead-letter-strategy": "at-least-once"})
channel.queue_bind(QUEUE, "chat.commands", KEY)
bots = channel.queue_declare("", exclusive=True, auto_delete=True, arguments={"x-max-length": 1_000}).method.queue
channel.queue_bind(bots, "chat.bots")
channel.confirm_delivery()  # from now on, basic_publish returns when RabbitMQ has the message
channel.basic_qos(prefetch_count=8)


def publish(exchange, key, type, body, **properties):
    properties = pika.BasicProperties(
        type=type, app_id=NAME, content_type="application/json", timestamp=int(time.time()), **properties)
    channel.basic_publish(exchange, key, json.dumps(body), properties, mandatory=exchange == "chat.replies")


def on_bots(_channel, _method, properties, _body):
    if properties.type == "chat.bots.who.v1":
        publish("chat.bots", "", "chat.bots.announce.v1", {"commands": [INFO]}, delivery_mode=1)


def on_command(_channel, method, properties, body):
    headers = {"x-deadline": int(time.time() * 1_000) + 30_000, **(properties.headers or {})}
    try:
        command, deadline, reply_id = json.loads(body), int(headers["x-deadline"]), "re:" + properties.message_id
        room, args, reply_to = command["room"], str(command["args"]), "" + properties.reply_to
    except Exception:  # nobody can read it
        return channel.basic_reject(method.delivery_tag, requeue=False)
    if time.time() * 1_000 >= deadline:
        return channel.basic_reject(method.delivery_tag, requeue=False)
    sides = int(args or 6) if (args or "6").isdecimal() and len(args) < 6 else 0
    text = f"{random.randint(1, sides)} of {sides}" if sides > 0 else f"Usage: {INFO['usage']}"
    try:
        publish("chat.replies", reply_to, "chat.reply.v1", {"room": room, "text": text, "author": BOT},
                message_id=reply_id, correlation_id=properties.correlation_id, delivery_mode=2,
                headers={name: headers[name] for name in ("x-deadline", "traceparent", "tracestate") if name in headers})
    except pika.exceptions.UnroutableError:
        pass  # the room's history is gone, and with it everybody who could read the answer
    channel.basic_ack(method.delivery_tag)


channel.basic_consume(bots, on_bots, auto_ack=True)
channel.basic_consume(QUEUE, on_command)
publish("chat.bots", "", "chat.bots.announce.v1", {"commands": [INFO]}, delivery_mode=1)
print("dice listens", flush=True)
channel.start_consuming()
