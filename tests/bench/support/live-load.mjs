// Load for the live figures, in a process of its own: publishes over the broker's plain port with mqtt.js, QoS 0, and
// tells how many messages left. Arguments: port, devices, messages a second for each (0: as fast as it goes), seconds or,
// as fast as it goes, the number of messages.
import mqtt from 'mqtt';

const [port, devices, rate, amount] = process.argv.slice(2).map(Number);
const nonce = 'b'.repeat(16);
const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
  username: 'everybody',
  password: 'everybody-secret',
  timerVariant: 'native',
});
let sent = 0;

/** `x` is the time of sending in seconds, modulo 100: what the card shows tells how old it is. */
function publish(device, sequence) {
  const x = (Date.now() % 100_000) / 1000;
  const payload = JSON.stringify({ v: 1, n: nonce, q: sequence, x });
  client.publish(`signet/bench/d${String(device).padStart(4, '0')}/tele`, payload, { qos: 0 });
  sent += 1;
}

async function drained() {
  if (client.stream.writableLength < 256 * 1024) return;
  await new Promise((resolve) => client.stream.once('drain', resolve));
}

if (rate === 0) {
  for (let i = 0; i < amount; i += 1) {
    publish(i % devices, Math.floor(i / devices));
    if (i % 500 === 0) await drained();
  }
} else {
  const startedMs = performance.now();
  const total = devices * rate * amount;
  while (sent < total) {
    // Spread over the second, as devices are that were started at different times.
    const due = Math.min(total, Math.floor(((performance.now() - startedMs) / 1000) * devices * rate));
    while (sent < due) publish(sent % devices, Math.floor(sent / devices));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
await client.endAsync();
process.stdout.write(`${sent}\n`);
