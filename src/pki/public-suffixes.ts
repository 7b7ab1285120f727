/**
 * Names of two or more labels under which strangers register theirs: a short table of what home brokers use and what
 * is common, not the whole public suffix list. Knows nothing of hosts or certificates.
 */

/** Under a country's two letters these stand for a kind of owner nearly everywhere: co.uk, com.au, or.at, ac.jp. */
const kindsOfOwner = new Set(
  'ac co com edu gen go gob gouv gov gub gv id info ltd me mil ne net nom or org plc sch'.split(' '),
);

/** Dynamic DNS, tunnels, hosts of pages and programs. */
const sharedByService = new Set(
  `ddns.net ddnss.de dedyn.io duckdns.org dynalias.com dynalias.net dynalias.org dyndns.biz dyndns.info dyndns.org
  dyndns.tv dynu.net dynv6.net eu.org freeddns.org giize.com gotdns.com gotdns.org homedns.org homeip.net
  homelinux.com homelinux.net homelinux.org hopto.me hopto.org ignorelist.com ddnsfree.com kozow.com loseyourip.com
  mooo.com myddns.me myddns.rocks myds.me myfritz.net myftp.biz myftp.org myqnapcloud.com mywire.org no-ip.biz
  no-ip.info no-ip.org noip.me redirectme.net servebeer.com serveftp.com servehttp.com servegame.com spdns.de spdns.eu
  spdns.org strangled.net sytes.net synology.me diskstation.me dscloud.biz dscloud.me i234.me selfhost.eu selfhost.de
  theworkpc.com us.to viewdns.net webhop.net webhop.org webredirect.org zapto.org
  localtunnel.me loca.lt localhost.run lhr.life ngrok.app ngrok.dev ngrok.io ngrok-free.app ngrok-free.dev
  trycloudflare.com ts.net nip.io sslip.io xip.io
  amazonaws.com appspot.com azurewebsites.net azurestaticapps.net blogspot.com cloudapp.net cloudfront.net
  codeberg.page deno.dev firebaseapp.com fly.dev github.io githubusercontent.com gitlab.io glitch.me herokuapp.com
  netlify.app neocities.org onrender.com pages.dev railway.app repl.co replit.app replit.dev run.app surge.sh
  vercel.app web.app workers.dev
  br.com cn.com com.de de.com eu.com gb.net jpn.com ru.com sa.com uk.com uk.net us.com za.com`.split(/\s+/),
);

/** Whether strangers register their names directly below this one (lower case, two labels or more). */
export function isPublicSuffix(name: string): boolean {
  const labels = name.split('.');
  const [kind = '', country = ''] = labels;
  const isOfCountry = labels.length === 2 && country.length === 2 && kindsOfOwner.has(kind);
  return isOfCountry || sharedByService.has(name);
}
