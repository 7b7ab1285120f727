/**
 * Each error code's cause (`message`) and next thing to do (`remedy`), in the person's words. `{name}` is filled from
 * `details`. A table: the only file that may grow with the product.
 */
export interface ErrorText {
  readonly message: string;
  readonly remedy: string;
}

export const errorTexts = {
  internal: {
    message: 'Something in the page went wrong ({what}).',
    remedy: 'Reload the page: what you made is saved. If it happens again, please report it.',
  },

  // --- forms and projects (project/, workflows/) ---
  'form.project-name': {
    message: 'The project name "{value}" cannot be used: {why}.',
    remedy: 'Use 1 to 32 letters, digits or hyphens, for example "porch".',
  },
  'form.device-name': {
    message: 'The device name "{value}" cannot be used: {why}.',
    remedy: 'Use 1 to 32 letters, digits or hyphens, for example "porch-1".',
  },
  'form.wifi-ssid': {
    message: 'The Wi-Fi name is {sizeBytes} bytes long.',
    remedy:
      "Type the network's name as the router shows it: 1 to 32 bytes (a letter with an accent counts two).",
  },
  'form.wifi-password': {
    message: 'This cannot be a Wi-Fi password.',
    remedy:
      'Use 8 to 63 plain characters (no accents), the 64 hex digits of the key, or nothing for an open network.',
  },
  'form.broker-hosts': {
    message: 'No broker host is given.',
    remedy: 'Type the name or address under which the broker will be reached, for example "pi.local".',
  },
  'form.broker-host-long': {
    message: 'The broker host "{value}" is longer than the 64 characters a device can hold.',
    remedy: 'Put a shorter name first: devices connect to the first one.',
  },
  'form.pin-missing': {
    message: 'No pin is given.',
    remedy: 'Type the number of a GPIO: 0, 2, 4, 5 or 12 to 16.',
  },
  'form.pin-refused': {
    message: 'GPIO {pin} cannot be used: {why}.',
    remedy: 'Use 4, 5, 12, 13 or 14, or with care 0, 2, 15 or 16.',
  },
  'form.pin-shared': {
    message: 'GPIO {pin} is given to two: {first} and {second}.',
    remedy: 'Give one of them another pin.',
  },
  'form.interval': {
    message: 'This cannot be the time between two readings.',
    remedy: 'Type whole seconds from 2 to 86400 (a day).',
  },
  'form.pulse': {
    message: 'This cannot be the length of a pulse.',
    remedy: 'Type whole milliseconds from 100 to 5000.',
  },
  'project.device-taken': {
    message: 'The project has a device named "{device}" already.',
    remedy: 'Choose another device name.',
  },
  'form.wifi-count': {
    message: 'A project has one to {most} networks.',
    remedy: 'Change one of them, or take one away before another is added; the last one stays.',
  },
  'form.thresholds': {
    message: 'These cannot be the four temperatures at which the colour changes.',
    remedy: 'Give four rising temperatures in °C from -100 to 150, for example 0, 10, 25, 30.',
  },
  'form.time-servers': {
    message: 'These cannot be time servers.',
    remedy: 'Give one to three host names with commas, for example pool.ntp.org.',
  },
  'form.time-zone': {
    message: 'This is no POSIX time zone.',
    remedy: 'Choose one of the list, or write it like CET-1CEST,M3.5.0,M10.5.0/3 (at most 48 characters).',
  },
  'form.topic-base': {
    message: 'This cannot be the beginning of a topic.',
    remedy: 'Use 1 to 80 bytes without #, + and without a slash at either end, for example house/porch.',
  },
  'fleet.no-table': {
    message: 'This is no table of devices: its first line needs a column "id", and rows beneath it.',
    remedy: 'Save the sample, fill it in with a spreadsheet, and save it as CSV.',
  },
  'fleet.unknown-column': {
    message: 'The column "{column}" has no meaning here.',
    remedy: 'Use these columns, in any order: {columns}.',
  },
  'fleet.too-many-rows': {
    message: 'The table has more than {limit} rows.',
    remedy: 'Bring it in several parts.',
  },
  'fleet.too-large': {
    message: 'The file is larger than 4 MB.',
    remedy: 'Choose a table saved as CSV; a spreadsheet file itself is none.',
  },
  'program.no-certificate': {
    message: 'There is no certificate with its key for this program, or it is revoked or has ended.',
    remedy: 'Set the program up here, or renew its certificate under Trust.',
  },
  'project.timed-out': {
    message: 'Making the project took longer than {timeoutMs} ms and was stopped; nothing was saved.',
    remedy: 'Close other busy pages and press Create again.',
  },
  'project.device-missing': {
    message: 'The device {device} is not in this project any more.',
    remedy: 'Reload the page: it may have been changed in another tab.',
  },
  'device.key-on-chip': {
    message:
      "The device's private key is not here: it was made on its own chip, or stayed where its request was.",
    remedy:
      'Renew the device in Trust with a new key, then write it again; or connect the board that has it.',
  },
  'device.config-too-long': {
    message: 'The settings take {bytes} bytes; the device holds {limit}.',
    remedy: 'Shorten the Wi-Fi name and the broker host, then try again.',
  },

  // --- rotation over the broker (workflows/rotation/) ---
  'rotation.no-answer': {
    message: '{device} is online, but did not answer.',
    remedy: 'It is asked again by itself. If it stays silent, restart the device or write it by USB.',
  },

  // --- keys and certificates (pki/) ---
  'pki.host-empty': {
    message: 'A broker host is empty.',
    remedy: 'Type a name such as "pi.local" or an address such as "192.168.1.10", or remove the line.',
  },
  'pki.host-url': {
    message: '"{value}" is an address of a page, not a host.',
    remedy: 'Leave out "https://" and everything after the name: only "pi.local".',
  },
  'pki.host-port': {
    message: '"{value}" has a port at its end.',
    remedy: 'Leave out the colon and the number after it: only the name or the address.',
  },
  'pki.host-range': {
    message: '"{value}" is a range of addresses, not one host.',
    remedy: 'Leave out the "/" and the number after it, and give the address of the broker itself.',
  },
  'pki.host-single': {
    message:
      '"{value}" is a name without a dot. A certificate authority for it could vouch for every site that ends so.',
    remedy: 'Write it with ".local" after it, for example "pi.local", or give the address of the broker.',
  },
  'pki.host-suffix': {
    message: 'Names of strangers stand below "{value}": an authority for it could vouch for all of them.',
    remedy: 'Give the whole name of the broker, for example "mqtt.{value}" or "my-home.{value}".',
  },
  'pki.host-wildcard': {
    message: '"{value}" has a wildcard, which devices and browsers refuse on home networks.',
    remedy: 'List every name of the broker instead.',
  },
  'pki.host-characters': {
    message: '"{value}" has characters that a host name cannot have.',
    remedy: 'Use letters, digits and hyphens, with dots between; no spaces or underscores.',
  },
  'pki.host-length': {
    message: '"{value}" has a part that is empty or longer than 63 characters, or is longer than 253 in all.',
    remedy: 'Use a shorter name.',
  },
  'pki.host-number': {
    message: '"{value}" is not a whole address.',
    remedy: 'Write four numbers from 0 to 255 without leading zeros, for example "192.168.1.10".',
  },
  'pki.host-zone': {
    message: '"{value}" has a zone ("%"), which certificates cannot carry.',
    remedy: 'Use a name such as "pi.local", or an address that needs no zone.',
  },
  'pki.host-link-local': {
    message:
      '"{value}" is a link-local address: it is only good together with a network card, and certificates cannot name one.',
    remedy: 'Use a name such as "pi.local", or an address of the broker that does not begin with "fe80".',
  },
  'pki.host-mapped': {
    message: '"{value}" is an IPv4 address in IPv6 clothes.',
    remedy: 'Write it as an IPv4 address, for example "192.168.1.10".',
  },
  'pki.host-address': {
    message: '"{value}" does not belong to one computer.',
    remedy: 'Use the broker\'s own address, for example "192.168.1.10".',
  },
  'pki.pem-format': {
    message: 'The text holds no readable {label}.',
    remedy: 'Copy the whole block, with its BEGIN and END lines.',
  },
  'pki.key-format': {
    message: 'The private key is not a readable P-256 key in PKCS#8.',
    remedy: 'Choose the key file again; it may be cut off or of another kind.',
  },
  'pki.certificate-format': {
    message: 'The certificate cannot be read.',
    remedy: 'Choose the file again; it may be cut off or no certificate at all.',
  },
  'pki.authority-expired': {
    message: 'The authority "{authority}" has expired.',
    remedy:
      'In Trust, renew it or replace it by a new one: nothing that an expired authority signs is accepted.',
  },
  'pki.key-unsupported': {
    message: 'The key is of a kind that is not supported here: {what}.',
    remedy: 'Use P-256, P-384, or RSA with 2048, 3072 or 4096 bits.',
  },
  'pki.key-mismatch': {
    message: 'The private key does not belong to the certificate.',
    remedy: 'Choose the two files that were made together.',
  },
  'pki.key-taken': {
    message: 'Another certificate of this project has the same key: {owner}.',
    remedy: 'Make a new key. Who holds one key could pose as both.',
  },
  'pki.alt-name-kind': {
    message: '"{value}" is not of the kind "{kind}".',
    remedy: 'Choose the kind that fits: a name is DNS, numbers are an address.',
  },
  'pki.alt-name-email': {
    message: '"{value}" is not an e-mail address that a certificate can carry.',
    remedy: 'Write it like "me@example.org", without accents before the "@".',
  },
  'pki.alt-name-uri': {
    message: '"{value}" is not a URI that a certificate can carry.',
    remedy: 'Write it whole, like "https://example.org/me", without spaces or accents.',
  },
  'pki.outside-constraints': {
    message: 'The authority may not vouch for {name}: its name constraints do not cover it.',
    remedy: 'Make a new web authority for the new names in Trust; the browser must then trust that one.',
  },
  'pki.request-format': {
    message: 'This is not a readable certificate request (PKCS#10).',
    remedy: 'Paste the whole block, from BEGIN CERTIFICATE REQUEST to its END line.',
  },
  'pki.classic-value': {
    message: 'The {what} "{value}" cannot stand in the scripts: {why}.',
    remedy: 'Change it in the form above; the commands and the scripts follow.',
  },
  'pki.readers-differ': {
    message: 'Two readers that share no code do not find the same in this file ({what}).',
    remedy: 'Do not use it: have it made anew. What one program reads here, another may read otherwise.',
  },
  'pki.request-signature': {
    message:
      "The request's signature does not fit its key: it was changed, or the sender does not hold the key.",
    remedy: 'Ask for a new request, made with "openssl req -new" or here.',
  },
  'pki.subject-empty': {
    message: '{field} is empty.',
    remedy: 'Every certificate needs a common name, for example "porch-1".',
  },
  'pki.subject-country': {
    message: '"{value}" is not a country code.',
    remedy: 'Choose one of the list: two capital letters of ISO 3166, for example "GB" (not "UK").',
  },
  'pki.subject-email': {
    message: '"{value}" is not an e-mail address that a certificate can carry.',
    remedy: 'Write it like "me@example.org", without accents, or leave it empty.',
  },
  'pki.subject-characters': {
    message: '{field} has characters that no certificate can carry.',
    remedy: 'Leave out line breaks and other invisible characters.',
  },
  'pki.subject-length': {
    message: '{field} is longer than {limit} characters.',
    remedy: 'Use a shorter text.',
  },
  'pki.subject-taken': {
    message: 'Another certificate of this project has exactly this subject: {owner}.',
    remedy: 'Change the common name: authority, broker and each client need subjects of their own.',
  },
  'pki.name-reserved': {
    message: '"{value}" means somebody else on the broker.',
    remedy: 'Choose another common name; Node-RED, Home Assistant and dashboards have kinds of their own.',
  },
  'pki.name-characters': {
    message: '"{value}" cannot be a user name on the broker.',
    remedy:
      'Use 1 to 64 letters, digits, dots, colons, hyphens or underscores: no spaces, slashes, "+" or "#".',
  },
  'pki.name-taken': {
    message: 'There is a certificate with the name "{value}" already.',
    remedy: 'Choose another name, or renew the one that is there.',
  },
  'pki.validity': {
    message: 'A certificate cannot be valid for {days} days.',
    remedy: 'Give a whole number from 1 to {limit}.',
  },
  'pki.path-length': {
    message: '"{value}" is no path length.',
    remedy: 'Give a whole number from 0 to 9, or nothing for no limit.',
  },
  'pki.no-authority': {
    message:
      'The certificate says that it is no authority: CA:FALSE, or a key usage without certificate signing.',
    remedy: 'Choose the certificate of the authority itself, with its key.',
  },
  'pki.authority-below': {
    message: 'The authority "{name}" is itself signed by another one: {above}.',
    remedy:
      'Take in the one at the top, which signed itself: brokers do not believe one from the middle alone.',
  },
  'pki.authority-constraints': {
    message:
      'The authority may not vouch for {name}, a name of the broker: its name constraints leave it out.',
    remedy: 'Choose it for another job, take in one without such constraints, or make a new one here.',
  },
  'trust.certificate-missing': {
    message: 'This certificate is not in the project any more.',
    remedy: 'Another tab may have changed it. Look at the list again.',
  },
  'trust.authority-in-use': {
    message: 'Certificates that it signed are still in use: {owners}.',
    remedy:
      'Renew these first, write the devices, start the broker with its new files; then stop trusting it.',
  },
  'trust.change-unfinished': {
    message: 'The authority before this one is still trusted.',
    remedy:
      'Finish that change first: renew what the old one signed, then stop trusting it. Devices hold two at most.',
  },
  'trust.already-revoked': {
    message: 'The certificate is revoked already.',
    remedy: 'Get the broker files again and start the broker with them.',
  },
  'trust.not-revocable': {
    message: 'Nobody would look at a revocation of this certificate.',
    remedy:
      'Renew it with a new key, or replace its authority: devices and browsers check no revocation list here.',
  },
  'trust.key-elsewhere': {
    message: 'The key of this certificate is not here: it was made from a request.',
    remedy: 'Let its owner make a new request, and sign that.',
  },

  // --- files that people bring (pki/import/) and take away (pki/export/) ---
  'pki.import-empty': {
    message: 'The file is empty.',
    remedy: 'Choose another file, or paste the text with its BEGIN and END lines.',
  },
  'pki.import-too-large': {
    message: 'The file has {sizeBytes} bytes; no key or certificate is larger than 4 MiB.',
    remedy: 'Choose the certificate, key or .p12 file itself.',
  },
  'pki.import-too-many': {
    message: 'The file holds more than {limit} certificates or keys.',
    remedy: 'Take out what belongs to your broker and its authority, and bring that.',
  },
  'pki.import-truncated': {
    message: 'The file or text ends too early: a part of it is missing.',
    remedy: 'Copy or download it again, whole: a text needs its END line too.',
  },
  'pki.import-unknown': {
    message: 'This is no certificate, key, request, revocation list or PKCS#12 file.',
    remedy: 'Choose a PEM, DER, .p12 or .p7b file. What it is called does not matter, only what is in it.',
  },
  'pki.import-damaged': {
    message: 'The file is damaged: in {what}, {why}.',
    remedy: 'Copy or download it again; text must not be reformatted on the way.',
  },
  'pki.import-unsupported': {
    message: 'This page cannot use {what}.',
    remedy:
      'Convert it with OpenSSL on your computer first, for example "openssl pkey" for keys, into RSA or P-256, P-384, P-521 and AES.',
  },
  'pki.import-password-wrong': {
    message: 'The password does not open the file.',
    remedy: "Try again; mind capitals and the keyboard's language. Nothing was changed.",
  },
  'pki.import-password-needed': {
    message: 'The {what} is protected by a password.',
    remedy: 'Type the password that was chosen when it was made.',
  },
  'pki.import-derivation': {
    message: 'The file asks for {iterations} rounds of password calculation; {limit} are the most done here.',
    remedy: 'Write it again with fewer rounds: a million is plenty.',
  },
  'pki.import-slow': {
    message: 'Reading the file took longer than {timeoutMs} ms and was stopped.',
    remedy: 'It is probably no certificate or key, or made to do harm. Nothing was changed.',
  },
  'pki.import-no-certificate': {
    message: 'There is a key, but no certificate that belongs to it.',
    remedy: 'Add the certificate, or a .p12 file that holds both.',
  },
  'pki.import-no-key': {
    message: 'There is a certificate, but no private key that belongs to it.',
    remedy: 'Add the key file, or a .p12 file that holds both.',
  },
  'pki.import-not-authority': {
    message: 'The certificate "{name}" is not one of an authority: it may sign no others.',
    remedy: 'Choose the certificate of the authority (often ca.crt or rootCA), with its key.',
  },
  'pki.export-passwords-differ': {
    message: 'The two passwords differ.',
    remedy: 'Type the same password into both fields.',
  },
  'pki.export-password-weak': {
    message: 'The password is too weak: {why}.',
    remedy: 'Use four or more unrelated words, or 16 random characters.',
  },
  'pki.export-password-characters': {
    message:
      'The password has characters outside plain ASCII, which Java and Windows read differently in a .p12.',
    remedy: 'Use letters, digits and signs without accents.',
  },
  'pki.export-format': {
    message: 'A key of the kind {kind} has no form as {format}.',
    remedy: 'Choose PKCS#8.',
  },

  // --- vault and storage (vault/, platform/storage/) ---
  'vault.locked': {
    message: "The project's keys are locked.",
    remedy: 'Unlock with the passphrase, then try again.',
  },
  'vault.wrong-passphrase': {
    message: "This is not the project's passphrase.",
    remedy: "Try again; mind capitals and the keyboard's language. Nothing was changed.",
  },
  'vault.wrong-secret': {
    message: 'This does not open the project (by {way}).',
    remedy: 'Compare the code digit by digit, use the passkey that was made for it, or give the passphrase.',
  },
  'vault.not-a-code': {
    message: 'This cannot be a recovery code: it has 32 digits and letters in eight groups.',
    remedy: 'Type it as it stands on the paper; capitals, spaces and hyphens do not matter.',
  },
  'vault.no-passkey': {
    message: 'This browser or key cannot guard a secret with a passkey ({why}).',
    remedy: 'Use another authenticator, or the passphrase and a recovery code.',
  },
  'vault.weak-passphrase': {
    message: 'The passphrase is too weak: {why}.',
    remedy:
      'Use four or more unrelated words, or 16 random characters. Without a passphrase, leave the field empty.',
  },
  'vault.damaged': {
    message: 'The secret "{record}" cannot be opened: its stored bytes were changed or belong elsewhere.',
    remedy: 'Reload the page. If it stays so, make the project anew and write its devices again.',
  },
  'vault.header-refused': {
    message: "The project's lock is not one this page accepts ({why}).",
    remedy: 'Reload the page to get its newest version. If it stays so, make the project anew.',
  },
  'vault.browser-key-missing': {
    message: 'The key that this browser kept for the project is gone.',
    remedy: "It goes with the browser's site data. Make the project anew and write its devices again.",
  },
  'backup.not-a-backup': {
    message: 'This file is no backup of Signet.',
    remedy: 'Choose a file that this page saved as a backup; its name ends in ".signet-backup".',
  },
  'backup.newer': {
    message: 'The backup was made by a newer version of this page.',
    remedy: 'Reload the page, without its cache if it stays the same, and open the file again.',
  },
  'backup.too-large': {
    message: 'The file is larger than 256 MB: no backup of this page is.',
    remedy: 'Choose a file that this page saved as a backup.',
  },
  'backup.wrong-passphrase': {
    message: "This is not the backup's passphrase, or the file's beginning was changed.",
    remedy: "Try again; mind capitals and the keyboard's language. Nothing was changed here.",
  },
  'backup.damaged': {
    message: 'The backup was changed or cut since it was made ({what}).',
    remedy: 'Take another copy of it. Nothing of this one was taken over.',
  },
  'backup.weak-passphrase': {
    message: "The backup's passphrase is too weak: {why}.",
    remedy: 'Use four or more unrelated words, or 16 random characters: the file may fall into other hands.',
  },
  'backup.passphrases-differ': {
    message: 'The two passphrases are not the same.',
    remedy: 'Type it once more in both fields: without it the file cannot be opened.',
  },
  'journal.not-a-journal': {
    message: 'This file is no journal of Signet.',
    remedy: 'Choose a file that *Export journal* saved; its name ends in "-journal.json".',
  },
  'storage.newer': {
    message: 'The project was saved by a newer version of this page.',
    remedy: 'Reload the page, without its cache if it stays the same. Nothing was changed.',
  },
  'storage.conflict': {
    message: 'The project was changed elsewhere, probably in another tab.',
    remedy: 'Look at the newer state and do it again; nothing was overwritten.',
  },
  'storage.full': {
    message: 'The browser gives this page no more space.',
    remedy: 'Delete old projects or free disk space, then try again; nothing was half-saved.',
  },
  'storage.not-found': {
    message: 'There is no {what} "{id}" in this browser.',
    remedy: 'It may have been deleted in another tab. Reload the page.',
  },
  'storage.unavailable': {
    message: 'The browser does not let this page store anything ({what}).',
    remedy: 'Allow site data for this page, or leave the private window.',
  },
  'storage.failed': {
    message: "Saving or reading failed in the browser's storage ({what}).",
    remedy: 'Try again; if it stays, restart the browser. Nothing was half-saved.',
  },

  // --- who may do what on the broker (workflows/broker-access) ---
  'access.device': {
    message: 'A device may only write what it says and read its commands.',
    remedy: 'Leave its other fields empty: with more it could pose as somebody else.',
  },
  'access.prefix': {
    message: '"{value}" cannot be the prefix of Home Assistant\'s topics.',
    remedy:
      'Use what stands in Home Assistant, usually "homeassistant": up to 31 letters, digits, "-", "_" and "/".',
  },
  'access.user-name': {
    message: '"{value}" cannot be the name of a broker user.',
    remedy:
      'Use 1 to 32 lower-case letters, digits or hyphens; broker, dashboard, nodered, admin and signet are kept.',
  },
  'access.user-taken': {
    message: 'Somebody else is called "{value}" on the broker.',
    remedy: 'Choose another name: devices, certificates and users with passwords share one list of names.',
  },
  'access.user-missing': {
    message: 'There is no user "{value}" any more.',
    remedy: 'It was removed, perhaps in another tab.',
  },
  'broker.needs-passwords': {
    message: 'This engine knows names and passwords only, and your devices log in by certificate alone.',
    remedy:
      'Choose "By certificate and password" under "Who may do what" first, then write the devices again.',
  },
  'broker.registration-code': {
    message: 'This is no registration code.',
    remedy: 'Paste what "aws iot get-registration-code" prints: 64 digits and letters a to f.',
  },
  'broker.aws-account': {
    message: 'Region or account number is not right.',
    remedy: 'A region looks like "eu-central-1"; the account has 12 digits.',
  },
  'broker.nodes': {
    message: 'The addresses of the machines are not right.',
    remedy: 'Give one name or address for each machine, separated by commas.',
  },
  'hosted.address': {
    message: 'The address of the hosted broker is not right.',
    remedy:
      'Give a host name, a port from 1 to 65535, and for this page an address that begins with "wss://" or nothing.',
  },
  'hosted.authority': {
    message: 'The authority of the hosted broker cannot be used.',
    remedy: 'Paste one or two certificates of authorities as PEM, 3,200 bytes together at most.',
  },
  'hosted.login': {
    message: 'The user name has more than 96 bytes or the password more than 128.',
    remedy: 'Devices cannot hold longer ones: make shorter ones at your provider.',
  },
  'access.password': {
    message:
      'The password has fewer than {least} characters, more than {most} bytes, or characters that are not printed.',
    remedy: 'Leave it empty and one is made that nobody can guess.',
  },

  // --- broker bundle (broker/) ---
  'broker.name': {
    message:
      'The {what} name "{value}" cannot be used on the broker: it is not allowed, reserved or used twice.',
    remedy: 'Use 1 to 32 lower-case letters, digits or hyphens, and a name that nothing else has.',
  },
  'broker.host': {
    message: 'The broker address "{value}" is no host name and no IP address.',
    remedy:
      'Give the name or address of the computer the broker runs on, for example "pi.local" or "192.168.1.20".',
  },
  'broker.port': {
    message: 'The broker cannot listen on port {value}.',
    remedy: 'Use two different ports from 1 to 65535; 8883 and 8884 are usual.',
  },

  // --- file system images (littlefs/) ---
  'littlefs.path': {
    message: 'The file name "{path}" cannot be used: {why}.',
    remedy: 'Use a path like "/ca.pem" whose names have 1 to 31 bytes each.',
  },
  'littlefs.space': {
    message: 'The files need {neededBytes} bytes, and the file system has {availableBytes}.',
    remedy: 'Leave files out, or choose a layout with a larger file system.',
  },
  'littlefs.geometry': {
    message: 'The file system does not fit the layout: {found} here, {expected} expected.',
    remedy: 'Choose the layout that the sketch was built with.',
  },
  'littlefs.absent': {
    message: 'There is no LittleFS file system here.',
    remedy:
      'Check the layout: another one places the file system elsewhere. A new board has none before it is flashed.',
  },
  'littlefs.version': {
    message: 'This file system has LittleFS disk version {version}; the ESP8266 mounts 2.0 only.',
    remedy: 'Make the image again for disk version 2.0, for example with mklittlefs 3.x or with this page.',
  },
  'littlefs.limits': {
    message:
      'This file system allows {what} of up to {found} bytes, and the ESP8266 mounts none that allows more than {max}.',
    remedy: 'Make the image again with the limits of the ESP8266 core, for example with this page.',
  },
  'littlefs.file-gone': {
    message: 'The file "{path}" is not on the board any more.',
    remedy: 'Read the board again: its list shows what is there now.',
  },
  'littlefs.damaged': {
    message: 'The file system is damaged: {where}.',
    remedy: 'Write the settings again: the file system is made anew.',
  },

  // --- files for people's own sketches (sketch/, workflows/sketch-files) ---
  'sketch.path': {
    message: 'The file name "{path}" cannot be used: {why}.',
    remedy: 'Use a path like "/client.crt.der" whose names have 1 to 31 bytes each.',
  },
  'sketch.path-twice': {
    message: 'The name "{path}" is there twice (as "{other}").',
    remedy: 'Give one of them another name, or leave it out. Capitals do not make a difference here.',
  },
  'sketch.file-as-folder': {
    message: '"{path}" lies in "{folder}", which is a file.',
    remedy: 'Rename one of them.',
  },
  'sketch.too-large': {
    message:
      'The files need {neededBytes} bytes, and the file system of the layout {layout} has {availableBytes}.',
    remedy: 'Leave files out, or choose a layout with a larger file system in the IDE and here.',
  },
  'sketch.file-too-large': {
    message:
      '"{path}" has {foundBytes} bytes, and the file system of the layout {layout} has {availableBytes}.',
    remedy: 'Leave it out, or choose a layout with a larger file system in the IDE and here.',
  },
  'sketch.too-many-files': {
    message: 'More than {limit} files and folders were chosen at once: none was taken.',
    remedy: 'Choose the folder with the sketch\'s own files, often named "data".',
  },
  'sketch.file-unreadable': {
    message: 'The browser could not read "{path}".',
    remedy: 'Check that the file is still there and not open elsewhere, then choose it again.',
  },
  'sketch.nothing-to-write': {
    message: 'There is nothing to write: no files, and no program.',
    remedy: 'Choose the .bin of the sketch, or drop in files for it.',
  },
  'sketch.spiffs-image': {
    message: "This is a SPIFFS image; today's core for the ESP8266 mounts LittleFS.",
    remedy: 'Drop the files themselves in here: they become a LittleFS image. Use LittleFS in the sketch.',
  },

  // --- crashes (console/elf-symbols) ---
  'crash.not-elf': {
    message: 'This is no .elf file of an ESP8266 program that can be read: {why}.',
    remedy:
      'Choose the .elf of the build that is on the board. In the Arduino IDE, "Export Compiled Binary" puts it beside the sketch.',
  },

  // --- field reports (console/field-report-reader) ---
  'report.not-readable': {
    message: 'This is not a field report that can be read: {where} {why}.',
    remedy: 'Choose the file as it was saved, unchanged.',
  },
  'report.version': {
    message: 'The field report has version {found}; this page reads version {known}.',
    remedy: 'Open it with the version of the page that made it, or update this page.',
  },

  // --- firmware images (contract/firmware-image) ---
  'firmware.not-esp8266': {
    message: 'The file is not an ESP8266 program: {why}.',
    remedy: 'Choose the .bin that the Arduino IDE or PlatformIO made for an ESP8266 board.',
  },
  'firmware.truncated': {
    message: 'The firmware file ends too early, after {haveBytes} bytes.',
    remedy: 'Download or build it again; the file was cut short.',
  },
  'firmware.bad-checksum': {
    message: 'The firmware file is damaged: its checksum does not fit its bytes.',
    remedy: 'Download or build it again.',
  },

  // --- serial port and flashing (flash/, platform/serial/) ---
  'flash.layout-unknown': {
    message: 'There is no flash layout called "{name}".',
    remedy: 'Choose one from the list, for example 4m2m for a NodeMCU or D1 mini.',
  },
  'flash.layout-without-files': {
    message: 'The layout "{name}" has no file system, so keys and settings have no place on the board.',
    remedy:
      'Choose a layout with a file system, for example {name}64 or 4m2m, that your sketch was built for.',
  },
  'flash.wrong-chip': {
    message: 'This board has an {found}; the firmware is for the ESP8266. Nothing was erased.',
    remedy: 'Connect an ESP8266 board (NodeMCU, D1 mini, ESP-01), or check that you picked the right port.',
  },
  'flash.too-small': {
    message:
      'The flash of this board holds {foundKb} KB (id {flashId}); the layout {layout} needs {neededKb} KB. Nothing was erased.',
    remedy: 'Choose a layout for {foundKb} KB, or connect a board with at least {neededKb} KB of flash.',
  },
  'flash.wrong-mode': {
    message:
      'The firmware asks for the flash mode {mode}; this {chip} has its flash inside, where {mode} starts nothing. Nothing was erased.',
    remedy:
      'Build the firmware with the flash mode DOUT (Arduino: Tools, Flash Mode, DOUT; PlatformIO: board_build.flash_mode = dout), or choose the published firmware.',
  },
  'flash.backup-size': {
    message:
      'The backup has {foundBytes} bytes; this place on the flash has {neededBytes}. Nothing was erased.',
    remedy: 'Choose a backup of the same flash size, or of the same file system and layout.',
  },
  'flash.backup-unknown': {
    message:
      'The file has {foundBytes} bytes: it is neither a backup of this whole flash ({flashBytes} bytes) nor a LittleFS image of one of its layouts.',
    remedy:
      'Choose the file as it was downloaded, unpacked and unchanged. A program (.bin) is written on the part Board.',
  },
  'flash.other-board': {
    message:
      'Another board is on the cable than the one that was read: {found} instead of {expected}. Nothing was changed.',
    remedy: 'Read the board again, look at what is on it, and decide anew.',
  },
  'flash.outside-flash': {
    message:
      'The range {offset}, {sizeBytes} bytes long, is not made of whole sectors inside the flash ({flashBytes} bytes).',
    remedy: 'Choose offsets and sizes that are multiples of 4096 and end within the flash.',
  },
  'flash.size-unknown': {
    message: 'The flash chip answered with the id {flashId}, which tells no size. Nothing was erased.',
    remedy: 'Unplug the board, take other parts off its pins, plug it in again and press Retry.',
  },
  'flash.firmware-too-large': {
    message:
      'The firmware has {foundBytes} bytes; the layout {layout} has room for {limitBytes} before {what}. Nothing was erased.',
    remedy: 'Choose a layout with more room for the program, or a smaller firmware.',
  },
  'flash.layout-mismatch': {
    message: 'The firmware was built for the layout {firmwareLayout}; the files were made for {layout}.',
    remedy: 'Make the files for {firmwareLayout}, or choose the firmware built for {layout}.',
  },
  'flash.outside-file-system': {
    message:
      'A part of the files lies at {offset}, {sizeBytes} bytes long: outside the file system of {layout} ({fsOffset} to {fsEnd}).',
    remedy: 'Make the files again for the layout {layout}.',
  },
  'flash.virtual-image': {
    message:
      'This firmware is the one for the virtual board; a real ESP8266 cannot run it. Nothing was erased.',
    remedy: 'Choose a firmware built for the chip, or connect the virtual board.',
  },
  'flash.no-answer': {
    message: 'The board does not answer: it is not in its boot loader ({tried} reset sequences tried).',
    remedy:
      'Hold FLASH (or BOOT), press RST, let both go, then press Retry. On an ESP-01 connect GPIO0 to GND and power it again.',
  },
  'flash.loader-failed': {
    message: 'The board answered, but its flash loader did not start ({why}).',
    remedy: 'Press RST on the board, then Retry. If it stays so, try another USB cable or port.',
  },
  'flash.command-failed': {
    message: 'The board refused or lost a step: {step} ({why}).',
    remedy:
      'Press Resume: only what is missing is written. If it fails again, use another cable or USB port.',
  },
  'flash.timed-out': {
    message: 'The board stopped answering during: {step} (waited {waitedS} s).',
    remedy: 'Check the cable and press Resume: only what is missing is written.',
  },
  'flash.verify-failed': {
    message:
      'What the flash holds at {offset} ({sizeBytes} bytes) is not what was sent: MD5 {found} instead of {expected}.',
    remedy:
      'Press Resume to write it again. If it fails at the same place, the flash chip is worn: use another board.',
  },
  'serial.unsupported': {
    message: 'This browser cannot reach serial ports.',
    remedy:
      'Use Chrome, Edge, Opera, or Firefox 151 or newer on a computer, and open the page over https or from localhost.',
  },
  'serial.port-busy': {
    message: 'The serial port cannot be opened: another program uses it, or this user may not.',
    remedy:
      'Close the Arduino IDE, serial monitors and other tabs, then press Retry. If that does not help, go through the checks for your system.',
  },
  'serial.already-open': {
    message: 'The serial port is already open in this page.',
    remedy: 'Close the console or the other flash job that uses it, then press Retry.',
  },
  'serial.used-for-device': {
    message: 'The port is in use on the page of {device}.',
    remedy: 'Finish or cancel what runs there, then start this lane again.',
  },
  'serial.used-in-lane': {
    message: 'The port is in use in Many boards, lane {lane}.',
    remedy: 'Release the lane there, or choose another port here.',
  },
  'serial.gone': {
    message: 'The board was unplugged.',
    remedy: 'Plug it in again and press Resume. If it keeps going away, use another cable or USB port.',
  },
  'serial.failed': {
    message: 'The serial port failed: {why}.',
    remedy: 'Unplug the board, plug it in again and press Retry.',
  },
  'jobs.failed': {
    message: 'A background task ({job}) failed: {why}.',
    remedy: 'Press Retry. If it happens again, reload the page: what you made is saved.',
  },

  'firmware.none-published': {
    message: 'This release has no firmware image for an ESP8266 with the layout {layout}.',
    remedy: 'Choose a .bin of your own, built from the folder firmware/, or write the settings only.',
  },
  'firmware.not-reachable': {
    message: 'The firmware file {file} could not be fetched.',
    remedy: "Check the connection to the page's host, reload, and try again.",
  },
  'firmware.manifest': {
    message: 'The list of firmware images beside the page is not readable.',
    remedy: 'Install the page again, whole, or choose a .bin of your own.',
  },
  'firmware.damaged': {
    message: 'The firmware file {file} is not the one that was published: its SHA-256 differs.',
    remedy: 'Install the page again, whole. Nothing was written to the board.',
  },

  // --- broker connection and commands (telemetry/, platform/mqtt/) ---
  'history.damaged': {
    message: 'A stretch of the kept readings cannot be read: its bytes were changed.',
    remedy: 'It is left out; everything else is shown. Clear the history to be rid of it.',
  },
  'history.elsewhere': {
    message: 'Another tab of this browser keeps the readings of this project.',
    remedy: 'Do it in that tab, or close it and try again here.',
  },
  'history.export-large': {
    message: 'What was chosen is more than one file can hold.',
    remedy: 'Choose a shorter range, or take the devices one by one on their own pages. Nothing was lost.',
  },
  'history.csv-empty': {
    message: 'The file holds no readings.',
    remedy: 'Choose a CSV file with a heading, a column of times and a column for each series.',
  },
  'history.csv-large': {
    message: 'The file is {sizeBytes} bytes long; at most {maxBytes} can be taken in at once.',
    remedy: 'Split it into several files, for example one for each month.',
  },
  'history.csv-heading': {
    message: 'The file has no column of times.',
    remedy: 'Name it "time" in the first line, as in an exported file.',
  },
  'live.plain-websocket': {
    message:
      'An address that begins with ws:// is not encrypted: everybody in the network could read and write.',
    remedy:
      'Use the address that begins with wss://, for example wss://{host}, with the port of the browser listener.',
  },
  'live.hosted-without-web': {
    message: 'The hosted broker has no address for this page.',
    remedy:
      'Give one that begins with "wss://" under Broker, Other engines; without it devices work, and Live stays empty.',
  },
  'live.broker-address': {
    message: 'This is not an address of a broker.',
    remedy: 'Enter it as wss://name:port, without user and password; those have their own fields.',
  },
  'live.not-websocket': {
    message: 'A browser cannot speak plain MQTT: it needs a broker that offers MQTT over secure WebSockets.',
    remedy:
      'Enter the address of that listener, which begins with wss:// and often has the port 8884, 8084 or 443.',
  },
  'live.topic-filter': {
    message: 'The topic "{topic}" cannot be subscribed.',
    remedy:
      'Write at most 16 topics, separated by spaces; + stands for one level, # at the end for all below.',
  },
  'pass.not-a-pass': {
    message: 'This is not a Live pass, or not the whole of it.',
    remedy: 'Choose the file that ends in .signet-pass, or have a new pass made where the project is.',
  },
  'pass.newer': {
    message: 'This Live pass was made by a newer version of the page.',
    remedy: 'Reload this page, or have the pass made by the version that you use here.',
  },
  'pass.wrong-code': {
    message: 'The code does not open this pass, or the pass was changed on its way.',
    remedy:
      'Type the code again: four groups of four letters and digits. If it stays so, have a new pass made.',
  },
  'live.not-connected': {
    message: 'The page is not connected to the broker.',
    remedy: 'Wait until it is connected, then send again. Nothing was sent.',
  },
  'live.no-acknowledgement': {
    message: 'The broker did not say whether it took the message.',
    remedy: 'It may have arrived. Look at the device before you send again.',
  },
  'live.device-not-seen': {
    message:
      'The device "{deviceId}" has not been heard since the page connected, so a command cannot be made for it.',
    remedy: 'Wait until it is online, then send again. Nothing was sent.',
  },
  'live.unsigned-not-allowed': {
    message: 'This project does not allow commands without a signature.',
    remedy:
      'Allow them beside the device, if you accept that others on the broker can give them too. Nothing was sent.',
  },
  'live.command-too-large': {
    message: 'The command is {sizeBytes} bytes long; a device takes {maxBytes}.',
    remedy: 'Shorten its text and send it again.',
  },
} as const satisfies Record<string, ErrorText>;
