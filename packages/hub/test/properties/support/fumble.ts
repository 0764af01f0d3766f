import { must } from './must.ts'
import { hello, type Scene, WELCOME_MS } from './greeting.ts'

/** How many rounds of the others may go by before. */
const ROUNDS = 4

/** Somebody who does nothing right. */
export async function fumble(scene: Scene): Promise<void> {
  const { world, sees, sessions } = scene
  const { pick, integer, idle } = scene.exploration
  for (let rounds = integer(0, ROUNDS); rounds > 0; rounds -= 1) await idle()
  const stolen = sessions.get('ann')
  switch (pick(['sleep', 'steal', 'stammer', 'dawdle'])) {
    case 'sleep':
      await world.pass(WELCOME_MS)
      break
    case 'steal': {
      const { peer, welcome } = await hello(scene, 'eve', stolen)
      must(!welcome?.resumed, 'a session was given to somebody else')
      if (welcome && stolen !== undefined) sees('theft')
      peer.close(1000)
      break
    }
    case 'stammer': {
      const peer = world.peer()
      peer.send(
        { type: 'hello', id: '1', token: 'wrong', ...(stolen !== undefined && { session: stolen }) },
        { type: 'join', id: '2', room: 'general' },
        { type: 'hello', id: '3', token: 'eve' },
        { type: 'join', id: '4', room: 'general' },
        { type: 'hello', id: '5', token: 'eve' },
      )
      await peer.until(() => peer.of('error')[2] ?? peer.closed)
      const answers = peer.frames.flatMap(frame => {
        if (frame.type === 'error') return frame.code
        return 'id' in frame ? frame.type : []
      })
      const expected = ['unauthenticated', 'unauthenticated', 'welcome', 'joined', 'bad-request']
      for (const [index, answer] of answers.entries())
        must(answer === expected[index], `answer ${index + 1} was ${answer}`)
      must(answers.length === 5 || peer.closed?.code === 4401, 'not every frame was answered')
      if (answers.length === 5) sees('refused, then welcomed')
      peer.close(1000)
      break
    }
    case 'dawdle': {
      const peer = world.peer()
      peer.send({ type: 'ping', id: 'p' })
      await peer.until(() => peer.of('pong')[0] ?? peer.closed)
      if (pick([false, true])) peer.send({ type: 'hello', id: 'h', token: 'slow' })
      await world.pass(WELCOME_MS)
      await idle()
      must(peer.closed?.code === 4401, 'who was not welcomed in time was kept')
      must(peer.of('welcome').length === 0, 'welcomed too late')
      break
    }
  }
}
