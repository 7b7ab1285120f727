/** What a console keeps; apart from the follower, whose code is fetched when a board is listened to. */

/** As many lines as a field report holds. */
export const keptLines = 20_000;
