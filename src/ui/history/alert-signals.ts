/** Alerts outside the page's own words: the browser's notification, and a sound. Only what the person switched on. */
import type { AlertEvent } from '../../telemetry/alerts/watch.ts';
import type { HistorySettings } from '../../workflows/history-settings.ts';
import { conditionWords } from './alert-words.ts';
import { deviceName, lookOf } from './series-looks.ts';

let audio: AudioContext | null = null;

export function signalAlerts(events: readonly AlertEvent[], settings: HistorySettings): void {
  const raised = events.filter(({ kind }) => kind === 'raised');
  if (raised.length === 0) return;
  if (settings.isSounding) playSound();
  if (!settings.isNotifying || notificationState() !== 'granted') return;
  for (const { rule } of raised) {
    const { label } = lookOf(rule.deviceId, rule.quantity);
    const title = `${deviceName(rule.deviceId)}: ${label} ${conditionWords(rule, settings.unit)}`;
    try {
      // The same rule replaces its own notification.
      new Notification(title, { tag: rule.id, body: 'Signet' });
    } catch {
      // Chrome on Android shows none outside a service worker; the banner stands in the page.
    }
  }
}

export const notificationState = (): NotificationPermission | 'missing' =>
  'Notification' in window ? Notification.permission : 'missing';

/** Asks; only after a click. True when the browser may show them. */
export async function askForNotifications(): Promise<boolean> {
  return 'Notification' in window && (await Notification.requestPermission()) === 'granted';
}

/** Two short tones. Browsers play nothing before the first click in a page. */
export function playSound(): void {
  audio ??= new AudioContext();
  void audio.resume();
  const { currentTime, destination } = audio;
  [660, 880].forEach((frequency, i) => {
    if (!audio) return;
    const [tone, volume] = [audio.createOscillator(), audio.createGain()];
    const startS = currentTime + i * 0.18;
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0.0001, startS);
    volume.gain.exponentialRampToValueAtTime(0.2, startS + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, startS + 0.16);
    tone.connect(volume).connect(destination);
    tone.start(startS);
    tone.stop(startS + 0.17);
  });
}
